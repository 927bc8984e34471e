"""Settings of one port or host: policies for its listeners."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.model import FieldRef, Outcome
from converter.routing.steps import AddressList
from converter.routing.table import Feature, Port
from converter.targets.context import Grant
from converter.targets.envoy_gateway.client_traffic_policy.write import merged
from converter.targets.envoy_gateway.client_traffic_policy.write_client_certificates import outcomes
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import write_forwarded
from converter.targets.envoy_gateway.client_traffic_policy.write_keepalive import keepalive, kept_alive
from converter.targets.envoy_gateway.client_traffic_policy.write_tls import cipher_outcome, known_ciphers
from converter.targets.envoy_gateway.envoy_proxy.write_nlb import prefix_lists
from converter.targets.envoy_gateway.security_policy.write_authorization import authorization

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

Placed = Outcome | dict[str, Outcome] | None
"""One outcome, or one for each setting of the feature by its name; None: only words are left."""
PlaceHandler = Callable[["GatewayDraft", Port, "str | None", Feature], Placed]
_MODES = {"on": "RequireAndVerify", "optional": "VerifyIfGiven", "optional_no_ca": "Request"}


def _addresses(writer: GatewayDraft, port: Port, host: str | None, feature: Feature) -> Outcome | None:
    """An address list of a whole port: a SecurityPolicy for its listeners."""
    context = writer.context
    if host is not None or not isinstance(feature.value, AddressList):
        return prefix_lists(feature, context)
    context.entry.port_lists[port.number] = authorization(feature.value)
    context.entry.default_policies.add("SecurityPolicy")
    name = f"{writer.gateway.name}-{port.number}"
    fields = (FieldRef("SecurityPolicy", writer.gateway.namespace, name, "spec.authorization"),)
    return Outcome.approximate(
        "ip-access.listener",
        "becomes a SecurityPolicy for the listeners: other clients get 403, after the handshake",
        "firewall rules in front of the Gateway can still drop their packets",
        fields=fields,
        affects={"connection", "status", "body", "backends", "location", "response-headers"},
    )


def _client_certificate(
    writer: GatewayDraft, port: Port, host: str | None, feature: Feature
) -> Outcome | dict[str, Outcome] | None:
    """Client certificates of one host: a ClientTrafficPolicy for its listener, with the CA of the same Secret."""
    value: dict[str, Any] = feature.value if isinstance(feature.value, dict) else {}
    secret, mode = str(value.get("secret", "")), str(value.get("verify", "on"))
    if port.protocol != "HTTPS":
        return Outcome.exact(
            "client-certificate.https-only", "requests client certificates over HTTPS only, before and after"
        )
    listener = writer.listeners.find(port, host or "")
    odd = "/" not in secret or mode not in _MODES
    if host is None or listener is None or listener.hostname != host or listener.holder != writer.gateway or odd:
        return None
    namespace, _, name = secret.partition("/")
    reference: dict[str, Any] = {"kind": "Secret", "name": name}
    if namespace != writer.gateway.namespace:
        reference["namespace"] = namespace
        grant = Grant("ClientTrafficPolicy", writer.gateway.namespace, "Secret", namespace, name)
        writer.context.output.grants[grant] = None
    validation = {"mode": _MODES[mode], "caCertificateRefs": [reference]}
    listener.options = merged(listener.options, {"tls": {"clientValidation": validation}})
    fields = (
        FieldRef(
            "ClientTrafficPolicy",
            writer.gateway.namespace,
            f"{writer.gateway.name}-{listener.name}",
            "spec.tls.clientValidation",
        ),
    )
    return outcomes(value, mode, host, fields)


def _tls_options(writer: GatewayDraft, port: Port, host: str | None, feature: Feature) -> Placed:
    """Ciphers of one host: a ClientTrafficPolicy for its listener. Envoy prefers the order of its own list."""
    value: dict[str, Any] = feature.value if isinstance(feature.value, dict) else {}
    if host is None or port.protocol != "HTTPS" or not value.keys() <= {"ciphers", "prefer-server"}:
        return None
    if value.get("prefer-server") is True:
        return Outcome.exact("tls-options.order", "the order of the server's list decides, before and after")
    names = str(value.get("ciphers", "")).split(":")
    kept, listener = known_ciphers(value.get("ciphers")), writer.listeners.find(port, host)
    if "ciphers" not in value or listener is None or listener.hostname != host or listener.holder != writer.gateway:
        return None
    if not kept:
        return cipher_outcome(names)
    listener.options = merged(listener.options, {"tls": {"ciphers": kept}})
    policy = f"{writer.gateway.name}-{listener.name}"
    field = FieldRef("ClientTrafficPolicy", writer.gateway.namespace, policy, "spec.tls.ciphers")
    return cipher_outcome(names)._replace(fields=(field,))


def _connection(writer: GatewayDraft, port: Port, host: str | None, feature: Feature) -> Outcome | None:
    """Keepalive towards the clients of a port."""
    fields = keepalive(feature.value)
    if host is not None or not fields or not writer.context.capabilities.policies:
        return None
    writer.context.entry.keepalives[port.number] = merged(writer.context.entry.keepalives.get(port.number, {}), fields)
    return kept_alive(fields, writer.gateway.namespace, writer.gateway.name)


PLACE_HANDLERS: dict[str, PlaceHandler] = {
    "connection": _connection,
    "ip-access": _addresses,
    "client-certificate": _client_certificate,
    "tls-options": _tls_options,
    "forwarded-headers": write_forwarded,
    "request-headers": write_forwarded,
}
"""By feature. None from a handler: only words are left."""
