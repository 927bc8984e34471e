"""The pods of a proxy: fields of envoyDeployment."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.envoy_proxy.write_service import DEPLOYMENT, FEATURE, Setting, changed, kept

POD = (*DEPLOYMENT, "pod")
ANTI_AFFINITY = "ing2gw/anti-affinity"
"""Label of the pods that keep apart. One of the old proxy would keep its own pods off these nodes, too."""


def _replicas(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        return None
    field_set.put(FEATURE, (*DEPLOYMENT, "replicas"), value)
    return kept(f"Envoy runs in {value} pods, as the proxy did")


def _texts(name: str, words: str) -> Setting:
    """A mapping of the pods whose values are texts, whatever YAML makes of them."""

    def write(field_set: FieldSet, value: Any) -> Outcome | None:
        if not isinstance(value, dict) or not value:
            return None
        field_set.put(FEATURE, (*POD, name), {key: str(text) for key, text in value.items()})
        return kept(words)

    return write


def _resources(field_set: FieldSet, value: Any) -> Outcome | None:
    if not isinstance(value, dict):
        return None
    parts = {key: value.get(key) for key in ("limits", "requests")}
    resources = {key: dict(part) for key, part in parts.items() if isinstance(part, dict)}
    if not resources:
        return None
    field_set.put(FEATURE, (*DEPLOYMENT, "container", "resources"), resources)
    return changed(
        "Envoy gets the same CPU and memory, which it may use otherwise",
        "2 CPU and 1Gi serve about 4000 requests a second; watch the pods and adapt",
    )


def _further_tolerations(field_set: FieldSet, value: Any) -> Outcome | None:
    """Those of an annotation beside those that every pod has; None for text that cannot be read."""
    given, others = value["given"], value["others"]
    field_set.put(FEATURE, (*POD, "tolerations"), [*others, *(one for one in given or () if one not in others)])
    if given is None:
        return Outcome.manual(
            "load-balancer.tolerations",
            "The value is not a JSON list of tolerations; only the tolerations of every pod are written",
            "add what is meant to EnvoyProxy spec.provider.kubernetes.envoyDeployment.pod.tolerations",
            affects=(),
        )
    return changed(
        "The tolerations are added to those that the operator gives every pod; only newer documents name the "
        "annotation",
        "compare with the tolerations of the running Deployment",
    )


def _anti_affinity(field_set: FieldSet, value: Any) -> Outcome | None:
    """Pods with the same key do not share nodes, or prefer not to."""
    labels = {ANTI_AFFINITY: value["key"]}
    term = {"labelSelector": {"matchLabels": labels}, "topologyKey": "kubernetes.io/hostname"}
    rule: dict[str, Any] = {
        "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 100, "podAffinityTerm": term}]
    }
    if value["required"]:
        rule = {"requiredDuringSchedulingIgnoredDuringExecution": [term]}
    field_set.put(FEATURE, (*POD, "labels"), labels)
    field_set.put(FEATURE, (*POD, "affinity"), {"podAntiAffinity": rule})
    how = "never share" if value["required"] else "are spread over"
    return kept(f"Pods of Envoy with this key {how} nodes")


def _rolling_update(field_set: FieldSet, value: Any) -> Outcome | None:
    """A new pod cannot start beside the old one on the same ports of a node."""
    field_set.put(FEATURE, (*DEPLOYMENT, "strategy"), {"type": "RollingUpdate", "rollingUpdate": dict(value)})
    return kept("A pod of Envoy is stopped before its successor starts, as their node ports are the same")


POD_SETTINGS: dict[str, Setting] = {
    "replicas": _replicas,
    "node_selector": _texts("nodeSelector", "Envoy runs on the same nodes"),
    "resources": _resources,
    "further_tolerations": _further_tolerations,
    "anti_affinity": _anti_affinity,
    "pod_annotations": _texts("annotations", "The pods of Envoy have the same annotations"),
    "rolling_update": _rolling_update,
}
"""By the name that sources use."""
