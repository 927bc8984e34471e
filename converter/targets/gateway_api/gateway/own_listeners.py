"""Hosts that get an HTTPS listener of their own beside a listener for all others."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.model import ObjectRef
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.certificates import has_secret
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.http_route.write_misdirected import has_own_tls, has_tls_settings
from converter.targets.virtual_hosts import PortHost


def separate_hosts(served: Iterable[PortHost], listeners: Listeners, context: Context) -> None:
    """Choose the hosts with listeners of their own, before any listener is made.

    These are hosts with TLS settings of their own, and, where the platform presents listeners by host (setting
    `own_certificate_listeners`), hosts whose certificate no other host of the port has. Hosts that share a certificate
    stay together, so that browsers and gRPC clients keep HTTP/2. The listener without hostname is for unknown names
    alone where these have TLS settings, which would be those of every host on it.
    """
    https = [place for place in served if place.port.protocol == "HTTPS"]
    for place in https:
        if has_own_tls(place, context):
            listeners.separate(place.port, place.host)
    alone = {place.port.number for place in https if not place.host and has_tls_settings(place, context)}
    for number in alone:
        listeners.need_nameless(number)
    for place in https:
        if place.host and place.port.number in alone:
            listeners.separate(place.port, place.host, movable=True)
    written = listeners.mode == "shared" and not context.options.gateway
    if written and context.pack.settings.get("own_certificate_listeners"):
        for place in _alone(https, listeners):
            listeners.separate(place.port, place.host, movable=True)


def _alone(https: list[PortHost], listeners: Listeners) -> Iterator[PortHost]:
    """Places whose certificate is neither a default one nor that of another host."""
    users: dict[tuple[int, ObjectRef], list[PortHost]] = {}
    for place in https:
        certificate = listeners.certificate(place.port, place.host)
        if certificate is not None and certificate.hosts:
            users.setdefault((place.port.number, listeners.secret(certificate)), []).append(place)
    ports = {id(place.port): place.port for place in https}.values()
    default = {
        (port.number, listeners.secret(one))
        for port in ports
        for one in port.certificates
        if not one.hosts and has_secret(one)
    }
    for key, places in users.items():
        if len(places) == 1 and key not in default and places[0].host and not places[0].host.startswith("*"):
            yield places[0]
