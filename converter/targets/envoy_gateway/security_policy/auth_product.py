"""Which product decides about requests: by the pods behind the Service, by labels, or by the path that is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.packs.auth_services import AuthService, recognised
from converter.reading.inventory import Document, Inventory
from converter.targets.gateway_api.http_route.write_service_refs import ServiceUrl

_WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet", "Pod")


def product_of(place: ServiceUrl, inventory: Inventory) -> AuthService | None:
    """The product at this place; None where nothing tells."""
    if place.service is None:
        return recognised((), (), place.host.partition(".")[0], place.path)
    namespace, name = place.service
    service = inventory.service(namespace, name)
    pods = list(_pods(inventory, namespace, service.selector)) if service is not None and service.selector else []
    images = [image for pod in pods for image in _images(pod)]
    labels = [_labels(pod) for pod in pods] + ([service.labels] if service is not None else [])
    return recognised(images, labels, name, place.path)


def _pods(inventory: Inventory, namespace: str, selector: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Pods, and templates of pods, that a Service selects."""
    for kind in _WORKLOADS:
        for document in inventory.within(kind, namespace):
            pod = _template(document)
            found = _labels(pod)
            if all(found.get(key) == value for key, value in selector.items()):
                yield pod


def _template(document: Document) -> dict[str, Any]:
    if document.kind == "Pod":
        return document.body
    spec = document.body.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    return template if isinstance(template, dict) else {}


def _labels(pod: dict[str, Any]) -> dict[str, str]:
    metadata = pod.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    return {str(key): str(value) for key, value in labels.items()} if isinstance(labels, dict) else {}


def _images(pod: dict[str, Any]) -> Iterator[str]:
    spec = pod.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    for one in containers if isinstance(containers, list) else ():
        if isinstance(one, dict) and isinstance(one.get("image"), str):
            yield one["image"]
