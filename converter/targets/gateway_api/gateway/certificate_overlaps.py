"""Certificates of one port that cover the same names: which of them Envoy presents, and where HTTP/2 is lost."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from converter.model import NO_ASPECTS, Fidelity, ObjectRef, Outcome
from converter.reading.certificate_names import certificate_names
from converter.reading.manifests import mapping
from converter.routing.actions import Forward
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.route_host_names import host_name

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

_SHOWN = 3


def names_in(secret: ObjectRef, context: Context) -> tuple[str, ...] | None:
    """DNS names of the certificate in a Secret; None where the input does not have it."""
    found = context.inventory.get(*secret)
    if found is None:
        return None
    for field in ("stringData", "data"):
        text = mapping(found.body.get(field)).get("tls.crt")
        if isinstance(text, str) and text:
            return certificate_names(text)
    return None


def unknown_certificates(listener: WrittenListener, listeners: Listeners) -> list[ObjectRef]:
    """Secrets of a listener whose names are not known."""
    refs = dict.fromkeys(map(listeners.secret, listener.certificates))
    return [one for one in refs if names_in(one, listeners.context) is None]


def other_certificates(listener: WrittenListener, listeners: Listeners) -> list[str]:
    """Hosts that Envoy presents another certificate for than the controller does, as sentences.

    Envoy takes the first certificate of the listener with the server name among its names, else the first with a
    wildcard for it (envoy: source/common/tls/server_context_impl.cc, findTlsContext); the controller goes by spec.tls.
    """
    context = listeners.context
    known = [(one, listeners.secret(one)) for one in listener.certificates]
    names = {secret: names_in(secret, context) or () for _, secret in known}
    exact: dict[str, ObjectRef] = {}
    for _, secret in known:
        for name in names[secret]:
            exact.setdefault(name, secret)
    out = []
    for certificate, secret in known:
        for host in certificate.hosts if names[secret] else ():
            picked = exact.get(host.lower()) or exact.get(f"*.{host.lower().partition('.')[2]}")
            if picked is not None and picked != secret:
                out.append(
                    f"{host} gets the certificate of Secret {picked.namespace}/{picked.name}, not of "
                    f"{secret.namespace}/{secret.name}"
                )
    return out


def other_certificates_of(writer: GatewayDraft) -> Iterator[tuple[str, Outcome]]:
    """Two Secrets of one listener with names in common, where the other one is presented."""
    found = [
        words
        for listener in writer.listeners.by_key.values()
        if not listener.hostname and len(listener.certificates) > 1
        for words in other_certificates(listener, writer.listeners)
    ]
    if found:
        more = f"; {len(found) - _SHOWN} more hosts" if len(found) > _SHOWN else ""
        yield (
            "certificate-overlap",
            Outcome.approximate(
                "tls.other-certificate",
                "Several certificates of the HTTPS listener cover the same name, and Envoy presents the first of them: "
                f"{'; '.join(found[:_SHOWN])}{more}.",
                "Remove the names from the certificate that is not meant for them, or use --listeners host.",
                affects=(),
            ),
        )


def without_http2(writer: GatewayDraft) -> Iterator[tuple[str, Outcome]]:
    """Listeners of a port whose certificates overlap, which Envoy Gateway offers no HTTP/2 on.

    envoy-gateway: internal/gatewayapi/listener.go checkOverlappingCertificates (condition OverlappingTLSConfig).
    """
    by_port: dict[int, list[WrittenListener]] = {}
    for listener in writer.listeners.by_key.values():
        if listener.protocol == "HTTPS":
            by_port.setdefault(listener.port, []).append(listener)
    lost: list[WrittenListener] = []
    for group in by_port.values():
        lost += [one for one in _overlapping(group, writer) if one.hostname]  # `offer_http2` keeps it on the shared one
    if not lost:
        return
    hosts = sorted(one.hostname for one in lost if one.hostname)
    text = ", ".join(hosts[:_SHOWN]) + (f" and {len(hosts) - _SHOWN} more" if len(hosts) > _SHOWN else "")
    who = "Envoy Gateway offers" if writer.context.capabilities.policies else "an implementation may offer"
    grpc = _grpc_hosts(writer, set(hosts))
    yield (
        "http2",
        Outcome(
            "tls.http2-lost",
            Fidelity.MANUAL if grpc else Fidelity.APPROXIMATE,
            f"Certificates of HTTPS listeners cover the same names ({text}), so {who} HTTP/1.1 only on them (condition "
            f"OverlappingTLSConfig): HTTP/2 is lost{f', and gRPC fails for {grpc}' if grpc else ', and gRPC with it'}.",
            "Give each host a certificate with its own names only, or use --listeners shared with --to envoy-gateway.",
            affects=NO_ASPECTS,
        ),
    )


def _overlapping(group: Sequence[WrittenListener], writer: GatewayDraft) -> list[WrittenListener]:
    """Listeners with a certificate that covers a name of another one's."""
    listeners, context = writer.listeners, writer.context
    by_name: dict[str, set[int]] = {}
    for index, listener in enumerate(group):
        for certificate in listener.certificates:
            secret = listeners.secret(certificate)
            for name in names_in(secret, context) or (f"/{secret.namespace}/{secret.name}",):
                by_name.setdefault(name, set()).add(index)
    found = {index for indexes in by_name.values() if len(indexes) > 1 for index in indexes}
    for name, indexes in by_name.items():
        above = by_name.get(f"*.{name.partition('.')[2]}", indexes)
        if len(above | indexes) > 1:
            found |= above | indexes
    return [group[index] for index in sorted(found)]


def _grpc_hosts(writer: GatewayDraft, hosts: set[str]) -> str:
    """Hosts of these listeners with a backend that speaks gRPC."""
    found = set()
    for port, vhost, rule in writer.table.rules():
        backends = rule.action.backends if isinstance(rule.action, Forward) and port.protocol == "HTTPS" else ()
        if any(one.protocol == "GRPC" for one in backends):
            found |= {name for test in (*vhost.hosts, *rule.hosts) if (name := host_name(test)) in hosts and name}
    return ", ".join(sorted(found)[:_SHOWN])
