"""How an entry is reached and run: fields of the EnvoyProxy that stands beside its Gateway."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import FieldRef, Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler
from converter.targets.envoy_gateway.envoy_proxy.write_access_log import with_lists
from converter.targets.envoy_gateway.envoy_proxy.write_nlb import nlb_service
from converter.targets.envoy_gateway.envoy_proxy.write_service import SERVICE_SETTINGS, finished
from converter.targets.gateway_api.gateway.write_allowed_routes import namespaces_by_label

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

PROXY = "EnvoyProxy"
KUBERNETES = (PROXY, "provider", "kubernetes")
DEPLOYMENT, SERVICE = (*KUBERNETES, "envoyDeployment"), (*KUBERNETES, "envoyService")
OFFSET = 10_000
"""Envoy Gateway lets Envoy listen on ports below 1024 at this distance (internal/gatewayapi/listener.go)."""

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


def _kept(text: str) -> Outcome:
    return Outcome.exact("load-balancer.proxy", text)


def _changed(text: str, hint: str) -> Outcome:
    return Outcome.approximate("load-balancer.differs", text, hint, affects=())


def _network(field_set: FieldSet, value: Any) -> Outcome | None:
    if value == "host":
        field_set.put(
            "load-balancer",
            (*DEPLOYMENT, "patch"),
            {
                "type": "StrategicMerge",
                "value": {
                    "spec": {"template": {"spec": {"hostNetwork": True, "dnsPolicy": "ClusterFirstWithHostNet"}}}
                },
            },
        )
        field_set.put("load-balancer", (*SERVICE, "type"), "ClusterIP")
        return _changed(
            f"Envoy uses the network of the nodes; it listens on ports below 1024 at {OFFSET} more (80 becomes 10080, "
            "443 becomes 10443)",
            "send the balancer in front, and its health checks, to those ports; both proxies can run side by side so",
        )
    if value == "nodes-by-default":
        return _changed(
            "the proxy listens on the nodes' own ports today; the Gateway gets a Service of type LoadBalancer",
            "let clients use its address, or use the network of the nodes by a patch of the EnvoyProxy",
        )
    return _kept("the pods are reached through a Service") if value == "container" else None


def _service(field_set: FieldSet, value: Any) -> Outcome | None:
    if value:
        field_set.put("load-balancer", (*SERVICE, "type"), "LoadBalancer")
        return _kept("the Gateway has a Service of type LoadBalancer for all its ports")
    return _changed(
        "the pods have no Service of type LoadBalancer today; that of the Gateway is one",
        "set envoyService.type of the EnvoyProxy if there is no provider of addresses",
    )


def _annotations(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, dict) or not value:
        return None
    field_set.put("load-balancer", (*SERVICE, "annotations"), {key: str(text) for key, text in value.items()})
    if any(key.endswith("/loadBalancerIPs") for key in value):
        return _changed(
            "the Service of the Gateway asks for the same address, which it gets when the old Service has given it up",
            "cut over by deleting the old Service, or try the Gateway on another address first",
        )
    return _kept("become annotations of the Gateway's Service")


def _node_ports(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, bool):
        return None
    field_set.put("load-balancer", (*SERVICE, "allocateLoadBalancerNodePorts"), value)
    return _kept("is the same for the Gateway's Service")


def _families(field_set: FieldSet, value: Any) -> Outcome | None:
    patch = {"type": "StrategicMerge", "value": {"spec": {"ipFamilyPolicy": value}}}
    field_set.put("load-balancer", (*SERVICE, "patch"), patch)
    return _kept("is the same for the Gateway's Service")


def _replicas(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    field_set.put("load-balancer", (*DEPLOYMENT, "replicas"), value)
    return _kept(f"Envoy runs in {value} pods, as the proxy does today")


def _nodes(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, dict) or not value:
        return None
    field_set.put(
        "load-balancer", (*DEPLOYMENT, "pod", "nodeSelector"), {key: str(text) for key, text in value.items()}
    )
    return _kept("Envoy runs on the same nodes")


def _resources(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, dict):
        return None
    parts = {key: value.get(key) for key in ("limits", "requests")}
    resources = {key: dict(part) for key, part in parts.items() if isinstance(part, dict)}
    if not resources:
        return None
    field_set.put("load-balancer", (*DEPLOYMENT, "container", "resources"), resources)
    return _changed(
        "Envoy gets the same CPU and memory, which it may use otherwise",
        "2 CPU and 1Gi serve about 4000 requests a second; watch the pods and adapt",
    )


def _ipv6(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, bool):
        return None
    field_set.put("load-balancer", (PROXY, "ipFamily"), "DualStack" if value else "IPv4")
    return _kept("Envoy listens on IPv4 and IPv6" if value else "Envoy listens on IPv4")


_SETTINGS = {
    "network": _network,
    "service": _service,
    "service_annotations": _annotations,
    "node_ports": _node_ports,
    "service_ip_families": _families,
    "replicas": _replicas,
    "node_selector": _nodes,
    "resources": _resources,
    "ipv6": _ipv6,
    **SERVICE_SETTINGS,
}


def write_proxy(writer: GatewayDraft) -> str:
    """The EnvoyProxy of the Gateway at work, if it needs one; its name, or ""."""
    context, gateway = writer.context, writer.gateway
    if not context.capabilities.proxy_objects:
        return ""
    spec = with_lists(context.entry.settings.nested(PROXY))
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


def settle_switches(writer: GatewayDraft) -> None:
    """Switches of Envoy Gateway itself that the output needs and that somebody must set."""
    context = writer.context
    place = context.pack.settings.get("switch_place")
    if not place:
        return
    from converter.model import Location, Origin

    for kind, switch in context.pack.settings.get("switches", {}).items():
        count = sum(resource.kind == kind for resource in context.output.objects.by_ref.values())
        if count:
            known = writer.table.origin
            where = known.location if known is not None else Location("")
            origin = Origin("default", switch, "true", where, known.object if known is not None else None)
            context.ledger.settle(
                origin,
                Outcome.manual(
                    "preset.switch",
                    f"objects of kind {kind} ({count} here) count only where {switch} is "
                    "on; without it their routes answer 500",
                    f"set {switch} to true in {place}",
                    affects=(),
                ),
            )
