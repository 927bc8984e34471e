"""How an entry is reached and run: fields of the EnvoyProxy that stands beside its Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import FieldRef, Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler
from converter.targets.envoy_gateway.envoy_proxy.container_ports import settle_ports
from converter.targets.envoy_gateway.envoy_proxy.write_access_log import with_lists
from converter.targets.envoy_gateway.envoy_proxy.write_network import NETWORK_SETTINGS
from converter.targets.envoy_gateway.envoy_proxy.write_nlb import nlb_service
from converter.targets.envoy_gateway.envoy_proxy.write_pods import POD_SETTINGS
from converter.targets.envoy_gateway.envoy_proxy.write_service import (
    FEATURE,
    SERVICE,
    SERVICE_SETTINGS,
    changed,
    finished,
    kept,
)
from converter.targets.gateway_api.gateway.write_allowed_routes import namespaces_by_label

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

PROXY = "EnvoyProxy"

entry_handler("allowed-namespaces")(namespaces_by_label)


@entry_handler("load-balancer")
def exposure(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """One setting a feature; what is not known here stays with the words of the pack."""
    if not isinstance(feature.value, dict) or len(feature.value) != 1:
        return outcome_from_row(row, feature.name, feature.note)
    [(name, value)] = feature.value.items()
    known, before = _SETTINGS.get(name), set(field_set.values)
    outcome = known(field_set, value) if known is not None else None
    if outcome is None:
        part = row.fields.get(name) or (row.fields.get("attributes") if "." in name else None)
        return outcome_from_row(part or row, feature.name, feature.note)
    written = sorted(".".join(("spec", *path[1:])) for path in field_set.values.keys() - before)
    return outcome._replace(fields=tuple(FieldRef(PROXY, "", "", path) for path in written))


def _annotations(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, dict) or not value:
        return None
    field_set.put(FEATURE, (*SERVICE, "annotations"), {key: str(text) for key, text in value.items()})
    if any(key.endswith("/loadBalancerIPs") for key in value):
        return changed(
            "the Service of the Gateway asks for the same address, which it gets when the old Service has given it up",
            "cut over by deleting the old Service, or try the Gateway on another address first",
        )
    return kept("become annotations of the Gateway's Service")


def _node_ports(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, bool):
        return None
    field_set.put(FEATURE, (*SERVICE, "allocateLoadBalancerNodePorts"), value)
    return kept("is the same for the Gateway's Service")


_SETTINGS = {
    "service_annotations": _annotations,
    "node_ports": _node_ports,
    **POD_SETTINGS,
    **NETWORK_SETTINGS,
    **SERVICE_SETTINGS,
}


def write_proxy(writer: GatewayDraft) -> str:
    """The EnvoyProxy of the Gateway at work, if it needs one; its name, or ""."""
    context, gateway = writer.context, writer.gateway
    if not context.capabilities.proxy_objects:
        return ""
    settle_ports(writer)
    spec = with_lists(context.entry.settings.nested(PROXY), context.entry.unlogged)
    service = nlb_service(writer.table, context)
    if service:
        kubernetes = spec.setdefault("provider", {}).setdefault("kubernetes", {})
        kubernetes["envoyService"] = service | kubernetes.get("envoyService", {})
    if "provider" in spec:
        kubernetes = finished(spec["provider"]["kubernetes"])
        spec["provider"] = {"type": "Kubernetes", "kubernetes": kubernetes}
    if writer.keep_order:
        spec = {"preserveRouteOrder": True} | spec
    if not spec and not context.pack.settings.get("own_proxy"):
        return ""
    name = context.output.names.claim(PROXY, gateway.namespace, gateway.name, str(gateway))
    if context.output.objects.get(PROXY, gateway.namespace, name) is None:
        context.output.objects.add(PROXY, gateway.namespace, name, spec)
    return name
