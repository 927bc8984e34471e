"""Pods of the controller: how many there are, where they run, and what scales them, a setting a fact.

Chart and manifests: charts/ingress-nginx/templates/controller-deployment.yaml, -hpa.yaml, -poddisruptionbudget.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import labels_of, mapping, mappings
from converter.routing.exchange import DEFAULT_PORTS
from converter.routing.table import Feature
from converter.sources.ingress_nginx.controller import Controller

NATURAL = {80: ("http", 80), 443: ("https", 443)}
_POD = {"nodeSelector": "node_selector", "tolerations": "tolerations", "priorityClassName": "priority"}
_PLACEMENT = {"affinity": "affinity", "topologySpreadConstraints": "spread"}


def setting(name: str, value: Any, origin: Origin) -> Feature:
    return Feature("load-balancer", {name: value}, (origin,))


def scale(control: Controller, inventory: Inventory) -> Iterator[Feature]:
    workload = control.workload
    if workload is None:
        return
    spec = mapping(workload.body.get("spec"))
    scaler = next((one for one in inventory.of("HorizontalPodAutoscaler") if _scales(one, workload)), None)
    if isinstance(spec.get("replicas"), int) and scaler is None:
        yield setting("replicas", spec["replicas"], _of(workload, "spec.replicas", spec["replicas"]))
    if scaler is not None:
        given = mapping(scaler.body.get("spec"))
        value = {key: given[key] for key in ("minReplicas", "maxReplicas", "metrics", "behavior") if key in given}
        if isinstance(value.get("maxReplicas"), int):
            shown = f"{value.get('minReplicas', 1)}-{value['maxReplicas']}"
            yield setting("autoscaler", value, _of(scaler, "spec", shown))
    labels = pod_labels(control)
    for budget in inventory.of("PodDisruptionBudget"):
        given = mapping(budget.body.get("spec"))
        wanted = mapping(mapping(given.get("selector")).get("matchLabels"))
        if budget.namespace == workload.namespace and wanted and wanted.items() <= labels.items():
            limits = {key: given[key] for key in ("minAvailable", "maxUnavailable") if key in given}
            if limits:
                yield setting("disruption", limits, _of(budget, "spec", str(limits)))


def _scales(document: Document, workload: Document) -> bool:
    target = mapping(mapping(document.body.get("spec")).get("scaleTargetRef"))
    return (document.namespace, target.get("kind"), target.get("name")) == (
        workload.namespace, workload.kind, workload.name)  # fmt: skip


def pods(control: Controller, ledger: Ledger) -> Iterator[Feature]:
    workload, pod = control.workload, pod_spec(control)
    if workload is None:
        return
    path = "spec.template.spec"
    if pod.get("hostNetwork") is True:
        yield setting("network", "host", _of(workload, f"{path}.hostNetwork", "true"))
    elif ports := _host_ports(pod):
        yield setting("host_ports", ports, _of(workload, f"{path}.containers.ports.hostPort", shown(ports)))
    for key, name in _POD.items():
        if pod.get(key):
            yield setting(name, pod[key], _of(workload, f"{path}.{key}", str(pod[key])))
    if workload.kind == "DaemonSet":
        yield setting("every_node", True, _of(workload, "kind", "DaemonSet"))
    for key, name in _PLACEMENT.items():
        if pod.get(key):
            value = {"rules": pod[key], "own": pod_labels(control)}
            yield setting(name, value, _of(workload, f"{path}.{key}", ""))
    if any(one.get("resources") for one in mappings(pod.get("containers"))):
        ledger.settle(_of(workload, f"{path}.containers.resources", ""), _RESOURCES, "load-balancer")


def _host_ports(pod: dict[str, Any]) -> dict[int, int]:
    """Port of the Gateway -> port of the nodes, for the ports of nginx itself."""
    found: dict[int, int] = {}
    for one in mappings(pod.get("containers")):
        for port in mappings(one.get("ports")):
            number = DEFAULT_PORTS.get(str(port.get("name")), port.get("containerPort"))
            if type(port.get("hostPort")) is int and type(number) is int and number in NATURAL:
                found[number] = port["hostPort"]
    return found


_RESOURCES = Outcome.obsolete(
    "load-balancer.resources",
    "limits of nginx do not fit Envoy, which uses memory for each connection; the defaults of Envoy Gateway are kept",
    "measure and set envoyDeployment.container.resources in the EnvoyProxy",
)


def shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, (list, dict)) else str(value)


def container_ports(control: Controller) -> dict[str, int]:
    return {
        str(port.get("name")): port["containerPort"]
        for container in mappings(pod_spec(control).get("containers"))
        for port in mappings(container.get("ports"))
        if "containerPort" in port
    }


def pod_spec(control: Controller) -> dict[str, Any]:
    if control.workload is None:
        return {}
    spec = mapping(control.workload.body.get("spec"))
    return mapping(mapping(spec.get("template")).get("spec")) or (spec if control.workload.kind == "Pod" else {})


def pod_labels(control: Controller) -> dict[str, str]:
    if control.workload is None:
        return {}
    template = mapping(mapping(control.workload.body.get("spec")).get("template"))
    return labels_of(template)


def _of(document: Document, key: str, value: Any) -> Origin:
    return Origin("default", key, str(value), document.location, document.ref)
