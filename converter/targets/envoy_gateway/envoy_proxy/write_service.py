"""The Service in front of a proxy and its pods: fields of envoyService, envoyHpa, envoyPDB and envoyDeployment."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.model import Outcome
from converter.reading.manifests import mapping, mappings
from converter.targets.draft import FieldSet
from converter.targets.resources import sequence

FEATURE = "load-balancer"
KUBERNETES = ("EnvoyProxy", "provider", "kubernetes")
DEPLOYMENT, SERVICE = (*KUBERNETES, "envoyDeployment"), (*KUBERNETES, "envoyService")
Setting = Callable[[FieldSet, Any], "Outcome | None"]
_ADDRESSES = ("loadBalancerIPs", "eip-allocations", "private-ipv4-addresses", "-ip", "ipv4", "ips", "address")


def kept(text: str) -> Outcome:
    """A setting of the old proxy that Envoy has too."""
    return Outcome.exact("load-balancer.proxy", text)


def changed(text: str, hint: str) -> Outcome:
    """A setting that means something else for Envoy, though not for its responses."""
    return Outcome.approximate("load-balancer.differs", text, hint, affects=())


def _annotation(field_set: FieldSet, value: Any) -> Outcome | None:
    """One annotation; the path of a health check is served by Envoy, too."""
    if not isinstance(value, dict) or len(value) != 1:
        return None
    [(key, text)] = value.items()
    field_set.put(FEATURE, (*SERVICE, "annotations", key), str(text))
    name = key.rpartition("/")[2]
    if "health" in name and any(word in name for word in ("path", "uri", "url")) and str(text).startswith("/"):
        field_set.put(FEATURE, ("ClientTrafficPolicy", "healthCheck", "path"), str(text))
        return kept("becomes an annotation of the Gateway's Service, and Envoy answers the path of the health check")
    if name.endswith(_ADDRESSES):
        return changed(
            "the Gateway's Service asks for the same address, which it gets when the old Service has given it up",
            "cut over by deleting the old Service, or try the Gateway on another address first",
        )
    return kept("becomes an annotation of the Gateway's Service")


def _type(field_set: FieldSet, value: Any) -> Outcome | None:
    if value not in ("ClusterIP", "LoadBalancer", "NodePort"):
        return None
    field_set.put(FEATURE, (*SERVICE, "type"), value)
    return kept(f"the Gateway's Service is of type {value}, too")


def _address(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*SERVICE, "loadBalancerIP"), str(value))
    return changed(
        "the Gateway's Service asks for the same address, which it gets when the old Service has given it up",
        "cut over by deleting the old Service, or try the Gateway on another address first",
    )


def _field(name: str, text: str) -> Setting:
    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        field_set.put(FEATURE, (*SERVICE, name), value)
        return kept(text)

    return write


def _families(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, ("EnvoyProxy", "ipFamily"), value)
    return kept(f"Envoy and its Service use {'IPv4 and IPv6' if value == 'DualStack' else value}")


def _autoscaler(field_set: FieldSet, value: Any) -> Outcome | None:
    metrics = [_of_envoy(one) for one in sequence(value.get("metrics"))]
    field_set.put(FEATURE, (*KUBERNETES, "envoyHpa"), value | ({"metrics": metrics} if metrics else {}))
    least = value.get("minReplicas", 1)
    return changed(
        f"Envoy is scaled between {least} and {value['maxReplicas']} replicas, too, by the same metrics",
        "watch the pods: Envoy uses CPU and memory otherwise than nginx",
    )


def _of_envoy(metric: Any) -> Any:
    """A metric of one container means Envoy's."""
    if not isinstance(metric, dict) or not isinstance(metric.get("containerResource"), dict):
        return metric
    return metric | {"containerResource": metric["containerResource"] | {"container": "envoy"}}


def _disruption(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*KUBERNETES, "envoyPDB"), value)
    return kept("the pods of Envoy get the same disruption budget")


def _pod(name: str, text: str) -> Setting:
    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        field_set.put(FEATURE, (*DEPLOYMENT, "pod", name), value)
        return kept(text)

    return write


def _spec(field_set: FieldSet, value: Any) -> Outcome | None:
    """Fields of a Service that an EnvoyProxy has none for."""
    for key, item in value.items():
        field_set.put(FEATURE, (*SERVICE, "patch", "value", "spec", key), item)
    field_set.put(FEATURE, (*SERVICE, "patch", "type"), "StrategicMerge")
    return kept(f"the Gateway's Service has the same {', '.join(value)}, by a patch")


def _node_port(field_set: FieldSet, value: Any) -> Outcome | None:
    for port, number in value.items():
        field_set.put(FEATURE, (*SERVICE, "patch", "value", "spec", f"ports[{port}]"), number)
    field_set.put(FEATURE, (*SERVICE, "patch", "type"), "StrategicMerge")
    return changed(
        "the Gateway's Service asks for the same node port, which is free once the old Service is gone",
        "cut over by deleting the old Service, or take the patch away and let clients use another port first",
    )


def _host_ports(field_set: FieldSet, value: Any) -> Outcome | None:
    """Envoy's container listens on ports below 1024 at 10000 more (envoy-gateway: internal/gatewayapi/helpers.go)."""
    ports = [{"containerPort": port + 10_000, "hostPort": number} for port, number in value.items()]
    patch = {"spec": {"template": {"spec": {"containers": [{"name": "envoy", "ports": ports}]}}}}
    field_set.put(FEATURE, (*DEPLOYMENT, "patch"), {"type": "StrategicMerge", "value": patch})
    field_set.put(FEATURE, (*SERVICE, "type"), "ClusterIP")
    return changed(
        f"Envoy takes the ports {', '.join(map(str, value.values()))} of its nodes, which are free once the "
        "controller's pods are gone",
        "roll the change out node by node, or give the Gateway a Service of type LoadBalancer",
    )


def _every_node(field_set: FieldSet, value: Any) -> Outcome | None:
    field_set.put(FEATURE, (*KUBERNETES, "envoyDaemonSet", "pod"), {})
    return kept("Envoy runs as a DaemonSet, too")


_OWN_PODS = {"app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway"}
"""Labels of Envoy's pods."""


def _placement(name: str) -> Setting:
    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        field_set.put(FEATURE, (*DEPLOYMENT, "pod", name), _with_own_labels(value["rules"], value["own"]))
        return kept("is the same for the pods of Envoy; labels of the controller's pods are replaced by theirs")

    return write


def _with_own_labels(value: Any, own: dict[str, str]) -> Any:
    """Selectors that mean the controller's own pods mean Envoy's."""
    if isinstance(value, list):
        return [_with_own_labels(one, own) for one in value]
    if not isinstance(value, dict):
        return value
    out = {key: _with_own_labels(one, own) for key, one in value.items()}
    selector = out.get("labelSelector")
    if isinstance(selector, dict) and _selects(selector, own):
        out["labelSelector"] = {"matchLabels": dict(_OWN_PODS)}
    return out


def _selects(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    wanted, listed = mapping(selector.get("matchLabels")), mappings(selector.get("matchExpressions"))
    found = [
        one
        for one in listed
        if one.get("operator") == "In" and labels.get(str(one.get("key"))) in sequence(one.get("values"))
    ]
    return bool(wanted or listed) and wanted.items() <= labels.items() and len(found) == len(listed)


def finished(kubernetes: dict[str, Any]) -> dict[str, Any]:
    """Fields of the provider with lists in place of numbered keys, and one of Deployment and DaemonSet."""
    out = dict(kubernetes)
    if "envoyDaemonSet" in out:
        deployment = {key: value for key, value in out.pop("envoyDeployment", {}).items() if key != "replicas"}
        out["envoyDaemonSet"] = deployment or {"pod": {}}
        out.pop("envoyHpa", None)
    service = out.get("envoyService", {})
    spec = service.get("patch", {}).get("value", {}).get("spec", {})
    numbers = {key: spec[key] for key in spec if key.startswith("ports[")}
    if numbers:
        ports = [{"port": int(key[6:-1]), "nodePort": number} for key, number in numbers.items()]
        rest = {key: value for key, value in spec.items() if key not in numbers}
        patch = {"type": "StrategicMerge", "value": {"spec": rest | {"ports": ports}}}
        out["envoyService"] = service | {"patch": patch}
    return out


SERVICE_SETTINGS: dict[str, Setting] = {
    "service_annotation": _annotation,
    "service_type": _type,
    "service_address": _address,
    "service_class": _field("loadBalancerClass", "the Gateway's Service has the same load balancer class"),
    "traffic_policy": _field("externalTrafficPolicy", "the Gateway's Service has the same externalTrafficPolicy"),
    "allocate_node_ports": _field("allocateLoadBalancerNodePorts", "is the same for the Gateway's Service"),
    "ip_families": _families,
    "service_spec": _spec,
    "node_port": _node_port,
    "host_ports": _host_ports,
    "every_node": _every_node,
    "affinity": _placement("affinity"),
    "spread": _placement("topologySpreadConstraints"),
    "autoscaler": _autoscaler,
    "disruption": _disruption,
    "tolerations": _pod("tolerations", "the pods of Envoy tolerate the same taints"),
    "priority": _pod("priorityClassName", "the pods of Envoy have the same priority"),
}
"""By the name that sources use."""
