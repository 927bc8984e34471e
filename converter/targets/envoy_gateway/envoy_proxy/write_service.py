"""The Service in front of a proxy and its pods: fields of envoyService, envoyHpa, envoyPDB and envoyDeployment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.model import Outcome
from converter.targets.draft import FieldSet

FEATURE = "load-balancer"
KUBERNETES = ("EnvoyProxy", "provider", "kubernetes")
DEPLOYMENT, SERVICE = (*KUBERNETES, "envoyDeployment"), (*KUBERNETES, "envoyService")
Setting = Callable[[FieldSet, Any], "Outcome | None"]
_ADDRESSES = ("loadBalancerIPs", "eip-allocations", "private-ipv4-addresses", "-ip", "ipv4", "ips", "address")


def _kept(text: str) -> Outcome:
    return Outcome.exact("load-balancer.proxy", text)


def _changed(text: str, hint: str) -> Outcome:
    return Outcome.approximate("load-balancer.differs", text, hint, affects=())


def _annotation(field_set: FieldSet, value: Any) -> Outcome | None:
    """One annotation; the path of a health check is answered by Envoy, too."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    [(key, text)] = value.items()
    field_set.put(FEATURE, (*SERVICE, "annotations", key), str(text))
    name = key.rpartition("/")[2]
    if "health" in name and "path" in name and str(text).startswith("/"):
        field_set.put(FEATURE, ("ClientTrafficPolicy", "healthCheck", "path"), str(text))
        return _kept("becomes an annotation of the Gateway's Service, and Envoy answers the path of the health check")
    if name.endswith(_ADDRESSES):
        return _changed(
            "the Gateway's Service asks for the same address, which it gets when the old Service has given it up",
            "cut over by deleting the old Service, or try the Gateway on another address first",
        )
    return _kept("becomes an annotation of the Gateway's Service")


def _type(field_set: FieldSet, value: Any) -> Outcome | None:
    if value not in ("ClusterIP", "LoadBalancer", "NodePort"):
        return None
    field_set.put(FEATURE, (*SERVICE, "type"), value)
    return _kept(f"the Gateway's Service is of type {value}, too")


def _address(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*SERVICE, "loadBalancerIP"), str(value))
    return _changed(
        "the Gateway's Service asks for the same address, which it gets when the old Service has given it up",
        "cut over by deleting the old Service, or try the Gateway on another address first",
    )


def _field(name: str, text: str) -> Setting:
    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        field_set.put(FEATURE, (*SERVICE, name), value)
        return _kept(text)

    return write


def _families(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, ("EnvoyProxy", "ipFamily"), value)
    return _kept(f"Envoy and its Service use {'IPv4 and IPv6' if value == 'DualStack' else value}")


def _autoscaler(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*KUBERNETES, "envoyHpa"), value)
    least = value.get("minReplicas", 1)
    return _changed(
        f"Envoy is scaled between {least} and {value['maxReplicas']} replicas, too, by the same metrics",
        "watch the pods: Envoy uses CPU and memory otherwise than nginx",
    )


def _disruption(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*KUBERNETES, "envoyPDB"), value)
    return _kept("the pods of Envoy get the same disruption budget")


def _pod(name: str, text: str) -> Setting:
    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        field_set.put(FEATURE, (*DEPLOYMENT, "pod", name), value)
        return _kept(text)

    return write


SERVICE_SETTINGS: dict[str, Setting] = {
    "service_annotation": _annotation,
    "service_type": _type,
    "service_address": _address,
    "service_class": _field("loadBalancerClass", "the Gateway's Service has the same load balancer class"),
    "traffic_policy": _field("externalTrafficPolicy", "the Gateway's Service has the same externalTrafficPolicy"),
    "allocate_node_ports": _field("allocateLoadBalancerNodePorts", "is the same for the Gateway's Service"),
    "ip_families": _families,
    "autoscaler": _autoscaler,
    "disruption": _disruption,
    "tolerations": _pod("tolerations", "the pods of Envoy tolerate the same taints"),
    "priority": _pod("priorityClassName", "the pods of Envoy have the same priority"),
}
"""By the name that sources use."""
