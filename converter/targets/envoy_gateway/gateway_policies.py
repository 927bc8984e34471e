"""Policies on the Gateway of an entry, or on some of its listeners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.targets.envoy_gateway.client_traffic_policy.write import client_traffic
from converter.targets.envoy_gateway.policy_attachment.write import wider_lists, with_denials
from converter.targets.envoy_gateway.security_policy.write_authorization import narrowed
from converter.targets.envoy_gateway.security_policy.write_header_denial import DENIALS
from converter.targets.gateway_api.gateway.written_listener import WrittenListener

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft


def write_policies(writer: GatewayDraft) -> None:
    """The policies of the Gateway; plain HTTP listeners get one of their own where TLS listeners differ."""
    context, gateway = writer.context, writer.gateway
    if context.options.gateway or context.output.objects.get("Gateway", gateway.namespace, gateway.name) is None:
        return
    target = {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": gateway.name}
    origin = f"defaults of {writer.table.controller} {writer.table.entry}"
    for kind in ("BackendTrafficPolicy", "SecurityPolicy"):
        spec = context.entry.settings.nested(kind)
        if kind == "SecurityPolicy" and DENIALS in context.entry.settings.heads:
            spec["authorization"] = with_denials(spec.get("authorization", {"defaultAction": "Allow"}), context)
        if spec:
            targets = _of_requests(writer) if kind == "SecurityPolicy" else []
            _add(writer, kind, gateway.name, {"targetRefs": targets or [target]} | spec, origin)
    for name, listeners, body in client_traffic(writer):
        targets = [_section(one) for one in listeners] or [target]
        _add(writer, "ClientTrafficPolicy", name, {"targetRefs": targets} | body, origin)
    listeners = list(writer.listeners.by_key.values())
    for number, authorization in writer.context.entry.port_lists.items():
        targets = [_section(one) for one in listeners if one.port == number]
        if targets:
            body = {"authorization": with_denials(narrowed(authorization, wider_lists(context)), context)}
            _add(writer, "SecurityPolicy", f"{gateway.name}-{number}", {"targetRefs": targets} | body, origin)


def _of_requests(writer: GatewayDraft) -> list[dict[str, Any]]:
    """The listeners for requests, where there are others: rules on headers cannot be translated for a TCPRoute.

    Envoy Gateway then loses the whole Gateway (measured on 1.9: "invalid RBAC.Matcher").
    """
    listeners = list(writer.listeners.by_key.values())
    if all(one.protocol in ("HTTP", "HTTPS") for one in listeners):
        return []
    own = writer.context.entry.port_lists
    return [_section(one) for one in listeners if one.protocol in ("HTTP", "HTTPS") and one.port not in own]


def _section(listener: WrittenListener) -> dict[str, Any]:
    """A listener as a policy names it, in whatever object it stands."""
    holder = listener.holder
    return {
        "group": "gateway.networking.k8s.io",
        "kind": holder.kind,
        "name": holder.name,
        "sectionName": listener.name,
    }


def _add(writer: GatewayDraft, kind: str, name: str, spec: dict[str, Any], origin: str) -> None:
    context, namespace = writer.context, writer.gateway.namespace
    name = context.output.names.claim(kind, namespace, name, f"{writer.gateway}/{kind}/{name}")
    context.output.objects.add(kind, namespace, name, spec, origin=origin)
