"""Who reaches the controller and how many pods it has: its Service, autoscaler, disruption budget and pods, a setting a
fact. Chart and manifests: charts/ingress-nginx/templates/controller-service.yaml, -hpa.yaml, -poddisruptionbudget.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.request_kind import named
from converter.reading.inventory import Document, Inventory, Service
from converter.routing.table import Feature
from converter.sources.common_annotations import common_row
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.discovery import CHARTS

_NATURAL = {80: ("http", 80), 443: ("https", 443)}
_TLS_KEYS = ("ssl-cert", "ssl-ports", "tls-ports", "certificate", "tls-cert")
_POD = {"nodeSelector": "node_selector", "tolerations": "tolerations", "priorityClassName": "priority"}


def service_of(control: Controller, inventory: Inventory) -> Service | None:
    """By --publish-service, by the selector of the workload's pods, or by the labels of the chart."""
    namespace, _, name = control.flags.get("publish-service", "").partition("/")
    if name:
        return inventory.service(namespace, name)
    pods = _pod_labels(control)
    fitting = [one for one in inventory.services.values() if _fronts(one, control, pods)]
    return min(fitting, key=lambda one: (one.type != "LoadBalancer", one.namespace, one.name), default=None)


def _fronts(service: Service, control: Controller, pods: dict[str, str]) -> bool:
    if not any(port.port in _NATURAL or port.name in ("http", "https") for port in service.ports):
        return False
    if service.name.endswith(("-admission", "-metrics", "-defaultbackend", "-default-backend")):
        return False
    home = control.workload or control.config_map
    if home is not None and home.namespace != service.namespace:
        return False
    if pods:
        return bool(service.selector) and service.selector.items() <= pods.items()
    part = service.labels.get("app.kubernetes.io/component", "controller")
    return part == "controller" and service.labels.get("app.kubernetes.io/name") in CHARTS


def tls_in_front(control: Controller, inventory: Inventory) -> bool:
    """True where the load balancer of the Service opens TLS."""
    service = service_of(control, inventory)
    return service is not None and any(word in key for key in service.annotations for word in _TLS_KEYS)


def exposure_features(control: Controller, inventory: Inventory, ledger: Ledger) -> list[Feature]:
    """One feature a setting; what nothing can be made of is settled here."""
    service = service_of(control, inventory)
    out = list(_service(service, control, ledger)) if service is not None else []
    return [*out, *_scale(control, inventory), *_pods(control, ledger)]


def _setting(name: str, value: Any, origin: Origin) -> Feature:
    return Feature("load-balancer", {name: value}, (origin,))


def _service(service: Service, control: Controller, ledger: Ledger) -> Iterator[Feature]:
    spec = _mapping(service.body.get("spec")) if service.body is not None else {}
    for key, text in service.annotations.items():
        origin = _origin(service, key, text, service.annotations_at.get(key))
        row = common_row(key)
        if row is not None and row.fidelity is not None:
            explained = row.note or row.means
            ledger.settle(origin, Outcome("load-balancer.note", row.fidelity, explained, affects=frozenset()))
        elif any(word in key for word in _TLS_KEYS):
            yield _setting("service_annotation", {key: text}, origin)
            ledger.settle(origin, _tls_in_front(service), "load-balancer")
        else:
            yield _setting("service_annotation", {key: text}, origin)
    yield from _fields(service, spec)
    for port in service.ports:
        _port(service, port, control, ledger)


def _fields(service: Service, spec: dict[str, Any]) -> Iterator[Feature]:
    kind = spec.get("type", "ClusterIP")
    yield _setting("service_type", kind, _field(service, "type", kind))
    names = {"loadBalancerIP": "service_address", "loadBalancerClass": "service_class",
             "allocateLoadBalancerNodePorts": "allocate_node_ports"}  # fmt: skip
    for key, name in names.items():
        if spec.get(key) not in (None, ""):
            yield _setting(name, spec[key], _field(service, key, spec[key]))
    if spec.get("externalTrafficPolicy") in ("Local", "Cluster"):
        yield _setting(
            "traffic_policy",
            spec["externalTrafficPolicy"],
            _field(service, "externalTrafficPolicy", spec["externalTrafficPolicy"]),
        )
    ranges = spec.get("loadBalancerSourceRanges")
    if isinstance(ranges, list) and ranges:
        origin = _field(service, "loadBalancerSourceRanges", ", ".join(map(str, ranges)))
        yield Feature("ip-access", {"source_ranges": [str(one) for one in ranges]}, (origin,))
    family = _family(spec)
    if family:
        yield _setting("ip_families", family, _field(service, "ipFamilyPolicy", str(spec.get("ipFamilyPolicy"))))


def _family(spec: dict[str, Any]) -> str:
    if spec.get("ipFamilyPolicy") in ("PreferDualStack", "RequireDualStack"):
        return "DualStack"
    return "IPv6" if spec.get("ipFamilyPolicy") == "SingleStack" and spec.get("ipFamilies") == ["IPv6"] else ""


def _port(service: Service, port: Any, control: Controller, ledger: Ledger) -> None:
    """A port that leads elsewhere than to nginx' port of the same number."""
    usual = _NATURAL.get(port.port)
    if usual is None:
        return
    origin = _field(service, f"ports[{port.port}].targetPort", str(port.target))
    target = port.target
    if target is None or target in (*usual, control.flags.get(f"{usual[0]}-port", "")):
        return
    number = _container_ports(control).get(str(target), target)
    where = f"{target} ({number})" if str(number) != str(target) else str(target)
    ledger.settle(
        origin,
        Outcome.manual(
            "load-balancer.port",
            f"port {port.port} of the Service leads to the container port {where}, not to nginx' port {usual[1]}: what "
            "answers there is raw configuration, or the balancer has opened TLS; the Gateway's listener answers as an "
            "Ingress does on this port",
            "write a listener of protocol HTTP on 443 with the routes, and one on 80 with a redirect to https, if TLS "
            "ends at the load balancer",
            when=named("https" if port.port == 443 else "plain-http"),
        ),
        "load-balancer",
    )


def _tls_in_front(service: Service) -> Outcome:
    return Outcome.manual(
        "load-balancer.tls",
        "the load balancer opens TLS with this certificate and sends plain HTTP to the controller; it becomes an "
        "annotation of the Gateway's Service, and the Gateway's listener on 443 speaks TLS itself",
        "let TLS end at one place: give the listener on 443 the protocol HTTP, or take the annotation away and give "
        "the listener a certificate",
        when=named("https"),
    )


def _container_ports(control: Controller) -> dict[str, int]:
    return {
        str(port.get("name")): port["containerPort"]
        for container in _pod_spec(control).get("containers") or ()
        if isinstance(container, dict)
        for port in container.get("ports") or ()
        if isinstance(port, dict) and "containerPort" in port
    }


def _scale(control: Controller, inventory: Inventory) -> Iterator[Feature]:
    workload = control.workload
    if workload is None:
        return
    spec = _mapping(workload.body.get("spec"))
    scaler = next((one for one in inventory.of("HorizontalPodAutoscaler") if _scales(one, workload)), None)
    if isinstance(spec.get("replicas"), int) and scaler is None:
        yield _setting("replicas", spec["replicas"], _of(workload, "spec.replicas", spec["replicas"]))
    if scaler is not None:
        given = _mapping(scaler.body.get("spec"))
        value = {key: given[key] for key in ("minReplicas", "maxReplicas", "metrics", "behavior") if key in given}
        if isinstance(value.get("maxReplicas"), int):
            shown = f"{value.get('minReplicas', 1)}-{value['maxReplicas']}"
            yield _setting("autoscaler", value, _of(scaler, "spec", shown))
    labels = _pod_labels(control)
    for budget in inventory.of("PodDisruptionBudget"):
        given = _mapping(budget.body.get("spec"))
        wanted = _mapping(_mapping(given.get("selector")).get("matchLabels"))
        if budget.namespace == workload.namespace and wanted and wanted.items() <= labels.items():
            limits = {key: given[key] for key in ("minAvailable", "maxUnavailable") if key in given}
            if limits:
                yield _setting("disruption", limits, _of(budget, "spec", str(limits)))


def _scales(document: Document, workload: Document) -> bool:
    target = _mapping(_mapping(document.body.get("spec")).get("scaleTargetRef"))
    return (document.namespace, target.get("kind"), target.get("name")) == (
        workload.namespace, workload.kind, workload.name)  # fmt: skip


def _pods(control: Controller, ledger: Ledger) -> Iterator[Feature]:
    workload, pod = control.workload, _pod_spec(control)
    if workload is None:
        return
    path = "spec.template.spec"
    if pod.get("hostNetwork") is True or _host_ports(pod):
        key = "hostNetwork" if pod.get("hostNetwork") is True else "containers.ports.hostPort"
        yield _setting("network", "host", _of(workload, f"{path}.{key}", "true"))
    for key, name in _POD.items():
        if pod.get(key):
            yield _setting(name, pod[key], _of(workload, f"{path}.{key}", str(pod[key])))
    if workload.kind == "DaemonSet":
        ledger.settle(_of(workload, "kind", "DaemonSet"), _DAEMON_SET, "load-balancer")
    for key in ("affinity", "topologySpreadConstraints"):
        if pod.get(key):
            ledger.settle(_of(workload, f"{path}.{key}", ""), _PLACEMENT, "load-balancer")
    if any(isinstance(one, dict) and one.get("resources") for one in pod.get("containers") or ()):
        ledger.settle(_of(workload, f"{path}.containers.resources", ""), _RESOURCES, "load-balancer")


def _host_ports(pod: dict[str, Any]) -> bool:
    return any(
        isinstance(port, dict) and port.get("hostPort")
        for one in pod.get("containers") or () if isinstance(one, dict)
        for port in one.get("ports") or ()
    )  # fmt: skip


_DAEMON_SET = Outcome.approximate(
    "load-balancer.daemon-set",
    "the controller runs on every node; Envoy runs as a Deployment",
    "set provider.kubernetes.envoyDaemonSet in place of envoyDeployment in the EnvoyProxy, if every node must have one",
    affects=(),
)
_PLACEMENT = Outcome.approximate(
    "load-balancer.placement",
    "is not copied: it speaks of the labels of the controller's own pods",
    "write it with the labels of Envoy's pods (gateway.envoyproxy.io/owning-gateway-name) into envoyDeployment.pod",
    affects=(),
)
_RESOURCES = Outcome.obsolete(
    "load-balancer.resources",
    "limits of nginx do not fit Envoy, which uses memory for each connection; the defaults of Envoy Gateway are kept",
    "measure and set envoyDeployment.container.resources in the EnvoyProxy",
)


def _pod_spec(control: Controller) -> dict[str, Any]:
    if control.workload is None:
        return {}
    spec = _mapping(control.workload.body.get("spec"))
    return _mapping(_mapping(spec.get("template")).get("spec")) or (spec if control.workload.kind == "Pod" else {})


def _pod_labels(control: Controller) -> dict[str, str]:
    if control.workload is None:
        return {}
    template = _mapping(_mapping(control.workload.body.get("spec")).get("template"))
    return _mapping(_mapping(template.get("metadata")).get("labels"))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _field(service: Service, key: str, value: Any) -> Origin:
    return _origin(service, f"spec.{key}", str(value), None)


def _origin(service: Service, key: str, value: str, at: tuple[int, int] | None) -> Origin:
    place = service.location
    where = Location(place.path, *at) if at and place is not None else place
    return Origin("default", key, value, where or Location(""), ObjectRef("Service", service.namespace, service.name))


def _of(document: Document, key: str, value: Any) -> Origin:
    return Origin("default", key, str(value), document.location, document.ref)
