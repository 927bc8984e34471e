"""Who reaches the controller: its Service, a setting a fact.

Chart and manifests: charts/ingress-nginx/templates/controller-service.yaml.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.request_kind import named
from converter.reading.inventory import Inventory, Service
from converter.reading.manifests import mapping
from converter.routing.table import Feature
from converter.sources.common_annotations import common_row
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.controller_pods import (
    NATURAL,
    container_ports,
    pod_labels,
    pods,
    scale,
    setting,
    shown,
)
from converter.sources.ingress_nginx.discovery import CHARTS

_TLS_KEYS = ("ssl-cert", "ssl-ports", "tls-ports", "certificate", "tls-cert")
_PATCHED = ("externalIPs", "sessionAffinity", "trafficDistribution", "internalTrafficPolicy")
"""Fields of a Service that an EnvoyProxy has no field for."""


def service_of(control: Controller, inventory: Inventory) -> Service | None:
    """By --publish-service, by the selector of the workload's pods, or by the labels of the chart."""
    namespace, _, name = control.flags.get("publish-service", "").partition("/")
    if name:
        return inventory.service(namespace, name)
    pods = pod_labels(control)
    fitting = [one for one in inventory.services.values() if _fronts(one, control, pods)]
    return min(fitting, key=lambda one: (one.type != "LoadBalancer", one.namespace, one.name), default=None)


def _others(service: Service | None, control: Controller, inventory: Inventory) -> list[Service]:
    """Further Services of the same pods that clients reach from outside, such as that of an internal load balancer."""
    pods = pod_labels(control)
    return [
        one
        for one in inventory.services.values()
        if service is not None and one is not service and one.type != "ClusterIP" and _fronts(one, control, pods)
    ]


_SECOND = Outcome.manual(
    "load-balancer.second-service",
    "The controller is reached by this second Service too. The Gateway has one Service, so clients that use this one "
    "reach nothing.",
    "write a second Gateway with an EnvoyProxy for this Service, and name it in the parentRefs of the routes that it "
    "must serve; or one more Service that selects the pods of Envoy (gateway.envoyproxy.io/owning-gateway-name)",
    affects=(),
)


def _fronts(service: Service, control: Controller, pods: dict[str, str]) -> bool:
    if not any(port.port in NATURAL or port.name in ("http", "https") for port in service.ports):
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


def exposure_features(control: Controller, inventory: Inventory, ledger: Ledger) -> list[Feature]:
    """One feature a setting; what nothing can be made of is settled here."""
    service = service_of(control, inventory)
    out = list(_service(service, control, ledger)) if service is not None else []
    for other in _others(service, control, inventory):
        ledger.settle(_field(other, "type", other.type), _SECOND, "load-balancer")
    return [*out, *scale(control, inventory), *pods(control, ledger)]


def _service(service: Service, control: Controller, ledger: Ledger) -> Iterator[Feature]:
    spec = mapping(service.body.get("spec")) if service.body is not None else {}
    for key, text in service.annotations.items():
        origin = _origin(service, key, text, service.annotations_at.get(key))
        row = common_row(key)
        if row is not None and row.fidelity is not None:
            explained = row.note or row.means
            ledger.settle(origin, Outcome("load-balancer.note", row.fidelity, explained, affects=frozenset()))
        elif _is_health_port(key, text, control):
            ledger.settle(origin, _HEALTH_PORT, "load-balancer")
        elif any(word in key for word in _TLS_KEYS):
            yield setting("service_annotation", {key: text}, origin)
            ledger.settle(origin, _tls_in_front(service), "load-balancer")
        else:
            yield setting("service_annotation", {key: text}, origin)
    yield from _fields(service, spec)
    for port in service.ports:
        _port(service, port, control, ledger)


def _is_health_port(key: str, text: str, control: Controller) -> bool:
    """True where a load balancer probes the port that the controller answers its own health checks on."""
    name = key.rpartition("/")[2].lower()
    return "health" in name and "port" in name and text == control.flags.get("healthz-port", "10254")


_HEALTH_PORT = Outcome.approximate(
    "load-balancer.health-port",
    "The load balancer probes the health port of the controller, which Envoy does not have. The annotation is not "
    "copied, so that the port of the traffic is probed.",
    "let it probe the port of the traffic with the path of ClientTrafficPolicy healthCheck.path",
    affects=(),
)


def _fields(service: Service, spec: dict[str, Any]) -> Iterator[Feature]:
    kind = spec.get("type", "ClusterIP")
    yield setting("service_type", kind, _field(service, "type", kind))
    names = {"loadBalancerIP": "service_address", "loadBalancerClass": "service_class",
             "allocateLoadBalancerNodePorts": "allocate_node_ports"}  # fmt: skip
    for key, name in names.items():
        if spec.get(key) not in (None, ""):
            yield setting(name, spec[key], _field(service, key, spec[key]))
    if spec.get("externalTrafficPolicy") in ("Local", "Cluster"):
        yield setting(
            "traffic_policy",
            spec["externalTrafficPolicy"],
            _field(service, "externalTrafficPolicy", spec["externalTrafficPolicy"]),
        )
    patch = {key: spec[key] for key in _PATCHED if spec.get(key) not in (None, "", [], "None")}
    for key, value in patch.items():
        yield setting("service_spec", {key: value}, _field(service, key, shown(value)))
    numbers = [one for one in spec.get("ports") or () if isinstance(one, dict) and type(one.get("nodePort")) is int]
    for port in numbers:
        if type(port.get("port")) is int and port["port"] in NATURAL:
            origin = _field(service, f"ports[{port['port']}].nodePort", str(port["nodePort"]))
            yield setting("node_port", {port["port"]: port["nodePort"]}, origin)
    ranges = spec.get("loadBalancerSourceRanges")
    if isinstance(ranges, list) and ranges:
        origin = _field(service, "loadBalancerSourceRanges", ", ".join(map(str, ranges)))
        yield Feature("ip-access", {"source_ranges": [str(one) for one in ranges]}, (origin,))
    family = _family(spec)
    if family:
        yield setting("ip_families", family, _field(service, "ipFamilyPolicy", str(spec.get("ipFamilyPolicy"))))


def _family(spec: dict[str, Any]) -> str:
    if spec.get("ipFamilyPolicy") in ("PreferDualStack", "RequireDualStack"):
        return "DualStack"
    return "IPv6" if spec.get("ipFamilyPolicy") == "SingleStack" and spec.get("ipFamilies") == ["IPv6"] else ""


def _port(service: Service, port: Any, control: Controller, ledger: Ledger) -> None:
    """A port that leads elsewhere than to nginx' port of the same number."""
    usual = NATURAL.get(port.port)
    if usual is None:
        return
    origin = _field(service, f"ports[{port.port}].targetPort", str(port.target))
    target = port.target
    if target is None or target in (*usual, control.flags.get(f"{usual[0]}-port", "")):
        return
    number = container_ports(control).get(str(target), target)
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
        "the load balancer terminates TLS with this certificate and sends plain HTTP to the controller; it becomes an "
        "annotation of the Gateway's Service, and the Gateway's listener on 443 terminates TLS itself",
        "terminate TLS in one place: give the listener on 443 the protocol HTTP, or remove the annotation and give "
        "the listener a certificate",
        when=named("https"),
    )


def _field(service: Service, key: str, value: Any) -> Origin:
    return _origin(service, f"spec.{key}", str(value), None)


def _origin(service: Service, key: str, value: str, at: tuple[int, int] | None) -> Origin:
    place = service.location
    where = Location(place.path, *at) if at and place is not None else place
    return Origin("default", key, value, where or Location(""), ObjectRef("Service", service.namespace, service.name))
