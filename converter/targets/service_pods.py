"""What runs behind a Service: pods, and templates of pods, that it selects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import labels_of
from converter.targets.context import Context

WORKLOADS = ("Deployment", "DaemonSet", "StatefulSet", "Pod")


class PodsByLabel(dict[tuple[str, str, str], list[dict[str, Any]]]):
    """Pods by namespace, label and value; all of a namespace by a label without name."""


def pods_of(context: Context, namespace: str, selector: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The pods that a selector takes; the rarest of its labels says which ones are looked at."""
    known = context.output.shared.of(PodsByLabel, lambda: _by_label(context.inventory))
    some = [known.get((namespace, key, value), []) for key, value in (selector or {"": ""}).items()]
    for pod in min(some, key=len):
        found = pod_labels(pod)
        if all(found.get(key) == value for key, value in selector.items()):
            yield pod


def _by_label(inventory: Inventory) -> PodsByLabel:
    out = PodsByLabel()
    for one in (one for kind in WORKLOADS for one in inventory.of(kind)):
        pod = _template(one)
        for key, value in {"": "", **pod_labels(pod)}.items():
            out.setdefault((one.namespace, key, value), []).append(pod)
    return out


def images_of(context: Context, namespace: str, name: str) -> list[str]:
    """Images of the containers behind a Service, as far as the input has them."""
    service = context.inventory.service(namespace, name)
    if service is None or not service.selector:
        return []
    return [image for pod in pods_of(context, namespace, service.selector) for image in _images(pod)]


def pod_labels(pod: dict[str, Any]) -> dict[str, str]:
    """The labels of a pod."""
    return {str(key): str(value) for key, value in labels_of(pod).items()}


def _template(document: Document) -> dict[str, Any]:
    if document.kind == "Pod":
        return document.body
    spec = document.body.get("spec")
    template = spec.get("template") if isinstance(spec, dict) else None
    return template if isinstance(template, dict) else {}


def _images(pod: dict[str, Any]) -> Iterator[str]:
    spec = pod.get("spec")
    containers = spec.get("containers") if isinstance(spec, dict) else None
    for one in containers if isinstance(containers, list) else ():
        if isinstance(one, dict) and isinstance(one.get("image"), str):
            yield one["image"]
