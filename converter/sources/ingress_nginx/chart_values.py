"""Values of the chart of ingress-nginx by their paths, with its defaults (charts/ingress-nginx/values.yaml)."""

from __future__ import annotations

from typing import Any

from converter.reading.positioned import At, Map, Seq

_RKE2 = {
    "controller.hostPort.enabled": True,
    "controller.publishService.enabled": False,
    "controller.kind": "DaemonSet",
    "controller.service.enabled": False,
}
"""Defaults of the build that RKE2 installs."""
_DEFAULTS: dict[str, Any] = {
    "controller.name": "controller",
    "controller.kind": "Deployment",
    "controller.ingressClass": "nginx",
    "controller.ingressClassResource.name": "nginx",
    "controller.ingressClassResource.enabled": True,
    "controller.ingressClassResource.controllerValue": "k8s.io/ingress-nginx",
    "controller.enableAnnotationValidations": True,
    "controller.publishService.enabled": True,
    "controller.service.enabled": True,
    "controller.service.external.enabled": True,
    "controller.admissionWebhooks.enabled": True,
    "controller.replicaCount": 1,
    "controller.minAvailable": 1,
    "controller.autoscaling.minReplicas": 1,
    "controller.autoscaling.maxReplicas": 11,
    "controller.autoscaling.targetCPUUtilizationPercentage": 50,
    "controller.autoscaling.targetMemoryUtilizationPercentage": 50,
    "controller.hostPort.ports.http": 80,
    "controller.hostPort.ports.https": 443,
    "defaultBackend.name": "defaultbackend",
    "defaultBackend.service.servicePort": 80,
}


class HelmValues:
    """A set of values that is asked by dotted paths."""

    def __init__(self, body: Map, rke2: bool = False) -> None:
        self.body = body
        self.defaults = _DEFAULTS | _RKE2 if rke2 else _DEFAULTS

    def get(self, path: str, default: Any = None) -> Any:
        """What is given there, else the chart's default."""
        found = self.given(path)
        return self.defaults.get(path, default) if found is None else found

    def given(self, path: str) -> Any:
        """What is given there, else None."""
        inner: Any = self.body
        for part in path.split("."):
            inner = inner.get(part) if isinstance(inner, Map) else None
        return inner

    def section(self, path: str) -> Map:
        """A mapping that is given there; an empty one where none is."""
        found = self.given(path)
        return found if isinstance(found, Map) else Map(self.at(path))

    def items(self, path: str) -> list[Any]:
        """The entries of a list that is given there; none where it is no list."""
        found = self.given(path)
        return list(found) if isinstance(found, Seq) else []

    def at(self, path: str) -> At:
        """Where the value stands, or the nearest section around it that is given."""
        inner, place = self.body, self.body.pos
        for part in path.split("."):
            if not isinstance(inner, Map) or part not in inner:
                break
            place, inner = inner.at.get(part, place), inner[part]
        return place


def texts(section: Map) -> Map:
    """A section with its values as texts, as they are in a ConfigMap."""
    out = Map(section.pos)
    for key, value in section.items():
        out[key], out.at[key] = text_of(value), section.at.get(key, section.pos)
    return out


def text_of(value: Any) -> str:
    """A scalar as Helm prints it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)
