"""What the chart of ingress-nginx makes of its values, as far as anybody reads it.

Chart: charts/ingress-nginx/templates/*.yaml, _params.tpl (flags), _helpers.tpl (names).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Location
from converter.model.data import dataclass
from converter.reading.inventory import Document, Inventory
from converter.reading.positioned import Map, placed
from converter.routing.exchange import DEFAULT_PORTS
from converter.sources.ingress_nginx.chart_flags import arguments
from converter.sources.ingress_nginx.chart_service import service_spec
from converter.sources.ingress_nginx.chart_values import HelmValues, texts


@dataclass(slots=True)
class ChartObjects:
    """One release of the chart."""

    chart: str
    release: str
    namespace: str
    values: HelmValues
    path: str
    inventory: Inventory

    def __post_init__(self) -> None:
        self.namespace = str(self.values.get("namespaceOverride") or self.namespace)[:63]

    @property
    def fullname(self) -> str:
        """_helpers.tpl ingress-nginx.fullname."""
        given = self.values.get("fullnameOverride")
        name = str(self.values.get("nameOverride") or self.chart)
        made = self.release if name in self.release else f"{self.release}-{name}"
        return str(given or made)[:63].rstrip("-")

    @property
    def name(self) -> str:
        """_helpers.tpl ingress-nginx.controller.fullname."""
        return f"{self.fullname}-{self.values.get('controller.name')}"[:63].rstrip("-")

    @property
    def labels(self) -> dict[str, str]:
        name = str(self.values.get("nameOverride") or self.chart)
        return {
            "app.kubernetes.io/name": name,
            "app.kubernetes.io/instance": self.release,
            "app.kubernetes.io/component": "controller",
        }

    def all(self) -> Iterator[Document]:
        """Every object that decides what is served, or how the controller is reached and scaled."""
        yield self._workload()
        yield from self._config_maps()
        yield from self._classes()
        yield from self._services()
        yield from self._scale()

    def _made(self, kind: str, version: str, name: str, rest: dict[str, Any], where: str, **meta: Any) -> Document:
        at = self.values.at(where)
        metadata = {"name": name, "namespace": self.namespace, "labels": self.labels, **meta}
        body = placed({"apiVersion": version, "kind": kind, "metadata": metadata, **rest}, at, keep=True)
        namespace = "" if kind == "IngressClass" else self.namespace
        return Document(kind, version, namespace, name, body, Location(self.path, *at))

    def _workload(self) -> Document:
        get, given = self.values.get, self.values.given
        container: dict[str, Any] = {
            "name": "controller",
            "image": "registry.k8s.io/ingress-nginx/controller",
            "args": arguments(self),
            "ports": [self._container_port(name, number) for name, number in DEFAULT_PORTS.items()],
        }
        if given("controller.resources"):
            container["resources"] = given("controller.resources")
        pod: dict[str, Any] = {"containers": [container]}
        for key in (
            "nodeSelector",
            "tolerations",
            "affinity",
            "topologySpreadConstraints",
            "priorityClassName",
            "hostNetwork",
        ):
            if given(f"controller.{key}"):
                pod[key] = given(f"controller.{key}")
        kind = "DaemonSet" if get("controller.kind") == "DaemonSet" else "Deployment"
        spec: dict[str, Any] = {"template": {"metadata": {"labels": self.labels}, "spec": pod}}
        scaled = get("controller.autoscaling.enabled") or get("controller.keda.enabled")
        if kind == "Deployment" and given("controller.replicaCount") is not None and not scaled:
            spec["replicas"] = given("controller.replicaCount")
        return self._made(kind, "apps/v1", self.name, {"spec": spec}, "controller")

    def _container_port(self, name: str, number: int) -> dict[str, Any]:
        get = self.values.get
        port = {"name": name, "containerPort": get(f"controller.containerPort.{name}", number)}
        if get("controller.hostPort.enabled"):
            port["hostPort"] = get(f"controller.hostPort.ports.{name}")
        return port

    @property
    def default_backend(self) -> str:
        return f"{self.fullname}-{self.values.get('defaultBackend.name')}"[:63].rstrip("-")

    def _config_maps(self) -> Iterator[Document]:
        headers = {"addHeaders": "custom-add-headers", "proxySetHeaders": "custom-proxy-headers"}
        data = Map(self.values.at("controller.config"))
        if self.values.get("controller.allowSnippetAnnotations"):
            data["allow-snippet-annotations"] = "true"
            data.at["allow-snippet-annotations"] = self.values.at("controller.allowSnippetAnnotations")
        for key, name in headers.items():
            if self.values.get(f"controller.{key}"):
                setting = "add-headers" if key == "addHeaders" else "proxy-set-headers"
                data[setting], data.at[setting] = (
                    f"{self.namespace}/{self.fullname}-{name}",
                    self.values.at(f"controller.{key}"),
                )
                yield self._texts(f"{self.fullname}-{name}", f"controller.{key}")
        config = texts(self.values.section("controller.config"))
        data.update(config)
        data.at.update(config.at)
        yield self._made("ConfigMap", "v1", self.name, {"data": data}, "controller.config")
        for kind in ("tcp", "udp"):
            if self.values.section(kind):
                yield self._texts(f"{self.fullname}-{kind}", kind)

    def _texts(self, name: str, where: str) -> Document:
        return self._made("ConfigMap", "v1", name, {"data": texts(self.values.section(where))}, where)

    def _classes(self) -> Iterator[Document]:
        where = "controller.ingressClassResource"
        if not self.values.get(f"{where}.enabled"):
            return
        owner = self.values.get(f"{where}.controllerValue")
        usual = {"ingressclass.kubernetes.io/is-default-class": "true"} if self.values.get(f"{where}.default") else {}
        names = [self.values.get(f"{where}.name"), *self.values.items(f"{where}.aliases")]
        for number, name in enumerate(names):
            notes = usual if number == 0 else {}
            yield self._made(
                "IngressClass",
                "networking.k8s.io/v1",
                str(name),
                {"spec": {"controller": owner}},
                where,
                annotations=notes,
            )

    def _services(self) -> Iterator[Document]:
        get, where = self.values.get, "controller.service"
        if get(f"{where}.enabled"):
            if get(f"{where}.external.enabled"):
                yield self._service(self.name, where)
            if get(f"{where}.internal.enabled") and get(f"{where}.internal.annotations"):
                yield self._service(f"{self.name}-internal", f"{where}.internal")
        if get("defaultBackend.enabled"):
            ports = [{"name": "http", "port": get("defaultBackend.service.servicePort"), "targetPort": "http"}]
            yield self._made("Service", "v1", self.default_backend, {"spec": {"ports": ports}}, "defaultBackend")

    def _service(self, name: str, where: str) -> Document:
        annotations = texts(self.values.section(f"{where}.annotations"))
        spec = service_spec(self.values.get, where) | {"selector": self.labels}
        return self._made("Service", "v1", name, {"spec": spec}, where, annotations=annotations)

    def _scale(self) -> Iterator[Document]:
        get, where = self.values.get, "controller.autoscaling"
        if get("controller.kind") == "DaemonSet":
            return
        replicas = get("controller.replicaCount")
        if get(f"{where}.enabled") and not get("controller.keda.enabled"):
            replicas = get(f"{where}.minReplicas")
            yield self._made("HorizontalPodAutoscaler", "autoscaling/v2", self.name, {"spec": self._scaler()}, where)
        if isinstance(replicas, int) and replicas > 1:
            most = self.values.given("controller.maxUnavailable")
            limit = {"maxUnavailable": most} if most else {"minAvailable": get("controller.minAvailable")}
            spec = {"selector": {"matchLabels": self.labels}, **limit}
            yield self._made("PodDisruptionBudget", "policy/v1", self.name, {"spec": spec}, "controller")

    def _scaler(self) -> dict[str, Any]:
        get, where = self.values.get, "controller.autoscaling"
        metrics: list[Any] = []
        for kind, key in (("memory", "targetMemoryUtilizationPercentage"), ("cpu", "targetCPUUtilizationPercentage")):
            if get(f"{where}.{key}"):
                target = {"type": "Utilization", "averageUtilization": get(f"{where}.{key}")}
                metrics.append({"type": "Resource", "resource": {"name": kind, "target": target}})
        metrics += self.values.items("controller.autoscalingTemplate")
        spec = {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": self.name},
            "minReplicas": get(f"{where}.minReplicas"),
            "maxReplicas": get(f"{where}.maxReplicas"),
            "metrics": metrics,
        }
        return spec | ({"behavior": get(f"{where}.behavior")} if get(f"{where}.behavior") else {})
