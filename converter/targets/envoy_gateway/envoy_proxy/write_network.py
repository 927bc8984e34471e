"""How a proxy is reached: network of the nodes or a Service, IP families, port of health checks."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.envoy_proxy.write_service import (
    DEPLOYMENT,
    FEATURE,
    SERVICE,
    Setting,
    changed,
    kept,
)

DEPLOYMENT_PATCH = (*DEPLOYMENT, "patch")
POD_PATCH = (*DEPLOYMENT_PATCH, "value", "spec", "template", "spec")
SERVICE_PATCH = (*SERVICE, "patch")
READINESS, METRICS = 19003, 19001
"""Ports of every Envoy (envoy-gateway: internal/xds/bootstrap/bootstrap.go:45-47)."""


def uses_node_network(field_set: FieldSet) -> bool:
    """True where the pods of the proxy share the network of their nodes."""
    return (*POD_PATCH, "hostNetwork") in field_set.values


def _network(field_set: FieldSet, value: Any) -> Outcome | None:
    if value != "host":
        return kept("the pods are reached through a Service") if value == "container" else None
    field_set.put(FEATURE, (*DEPLOYMENT_PATCH, "type"), "StrategicMerge")
    field_set.put(FEATURE, (*POD_PATCH, "hostNetwork"), True)
    field_set.put(FEATURE, (*POD_PATCH, "dnsPolicy"), "ClusterFirstWithHostNet")
    if (*SERVICE, "type") not in field_set.values:
        field_set.put(FEATURE, (*SERVICE, "type"), "ClusterIP")
    return changed(
        "Envoy uses the network of the nodes. Ports below 1024 are shifted by 10000 there (80 becomes 10080, 443 "
        "becomes "
        "10443); higher ports are not shifted",
        "point the balancer in front to the shifted ports; Envoy and the running proxy can then share nodes, except "
        "for ports that a finding of their own names. Where the balancer must keep ports 80 and 443, set "
        "useListenerPortAsContainerPort with the capability NET_BIND_SERVICE, and use other nodes or drain node by "
        "node",
    )


def _service(field_set: FieldSet, value: Any) -> Outcome | None:
    if value["load_balancer"]:
        field_set.put(FEATURE, (*SERVICE, "type"), "LoadBalancer")
        return kept("the Gateway has a Service of type LoadBalancer for all its ports")
    if value["network"] == "host":
        return kept("clients reach the ports of the nodes, without a Service of type LoadBalancer")
    return changed(
        "the Service of the Gateway is of type LoadBalancer (was: no such Service)",
        "set envoyService.type of the EnvoyProxy if there is no provider of addresses",
    )


def _service_families(field_set: FieldSet, value: Any) -> Outcome | None:
    _patch_families(field_set, str(value))
    return kept("is the same for the Gateway's Service")


def _ipv6(field_set: FieldSet, value: Any) -> Outcome | None:
    """Envoy Gateway makes a Service RequireDualStack for DualStack, which a cluster with one family refuses.

    Source: envoy-gateway: internal/infrastructure/kubernetes/proxy/resource_provider.go, "Set IP family policy".
    """
    if not isinstance(value, bool):
        return None
    field_set.put(FEATURE, ("EnvoyProxy", "ipFamily"), "DualStack" if value else "IPv4")
    if not value:
        return kept("Envoy listens on IPv4")
    if (*SERVICE_PATCH, "type") not in field_set.values:
        _patch_families(field_set, "PreferDualStack")
    return kept("Envoy listens on IPv4 and IPv6; its Service has the families that the cluster has")


def _patch_families(field_set: FieldSet, policy: str) -> None:
    """The policy; an empty list lets the API server choose the families by it."""
    field_set.put(FEATURE, (*SERVICE_PATCH, "type"), "StrategicMerge")
    field_set.put(FEATURE, (*SERVICE_PATCH, "value", "spec", "ipFamilyPolicy"), policy)
    field_set.put(FEATURE, (*SERVICE_PATCH, "value", "spec", "ipFamilies"), [])


def _health_port(field_set: FieldSet, value: Any) -> Outcome | None:
    """Nothing of the old proxy answers on its port of metrics and health checks any more."""
    port = value["port"]
    if not value["front"]:
        words = f"the port {port} of metrics and health checks goes away with the old proxy"
        return Outcome.obsolete("load-balancer.health-port", words)
    return Outcome.approximate(
        "load-balancer.health-check",
        f"Health checks of a balancer in front use port {port} of the old proxy. Envoy does not listen there; it "
        f"answers GET /ready on port {READINESS} of the pod, and metrics on {METRICS}",
        f"before the switch, let the balancer check port {READINESS} (TCP, or HTTP /ready), or the ports of the "
        "traffic, on the nodes of Envoy",
        affects=(),
    )


NETWORK_SETTINGS: dict[str, Setting] = {
    "network": _network,
    "service": _service,
    "service_ip_families": _service_families,
    "ipv6": _ipv6,
    "health_port": _health_port,
}
"""By the name that sources use."""
