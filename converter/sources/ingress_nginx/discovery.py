"""The controllers of an input: one for each workload that runs ingress-nginx, with its flags and its ConfigMap."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.reading.inventory import At, Document, Inventory
from converter.reading.manifests import labels_of
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.flag_values import fault

CONFIG_NAMES = ("ingress-nginx-controller", "nginx-configuration", "nginx-ingress-controller")
"""Names that the project's own manifests and charts give to the ConfigMap."""
CHARTS = frozenset({"ingress-nginx", "nginx-ingress"})
"""What charts of the project write into app.kubernetes.io/name (older ones: app)."""
WORKLOADS = ("Deployment", "DaemonSet", "Pod")

BUILDS = ("k8s.io/ingress-nginx", "webapprouting.kubernetes.azure.com/nginx")
"""Beginnings of `spec.controller` of IngressClasses that builds of ingress-nginx serve (AKS application routing)."""
BUILD_CLASSES = frozenset({"webapprouting.kubernetes.azure.com"})
"""Classes that such builds make."""

Word = tuple[str, "At | None"]
"""A word of a command line, and where it stands."""
_LAST: list[tuple[Inventory, list[Controller]]] = []


def controllers(inventory: Inventory) -> list[Controller]:
    """All of this input, at least one (asked for each Ingress, so the last answer is kept)."""
    if not _LAST or _LAST[0][0] is not inventory:
        _LAST[:] = [(inventory, _find(inventory))]
    return _LAST[0][1]


def controller(inventory: Inventory) -> Controller:
    """The first of this input."""
    return controllers(inventory)[0]


def runs(inventory: Inventory) -> bool:
    """True where a workload of the controller is in the input."""
    return any(next(_arguments(one.body), None) is not None for kind in WORKLOADS for one in inventory.of(kind))


def is_build(owner: str) -> bool:
    """True for the `spec.controller` of ingress-nginx in one of its builds, or under a name of its own."""
    return owner.startswith(BUILDS)


def _find(inventory: Inventory) -> list[Controller]:
    found: list[Controller] = []
    labels = {one.name: _labels(one) for one in inventory.of("Namespace")}
    for kind in WORKLOADS:
        for document in inventory.of(kind):
            arguments = next(_arguments(document.body), None)
            if arguments is None or _is_pod_of(document, found):
                continue
            flags, places = _flags(arguments, document.namespace)
            unusable = {name: text for name, text in flags.items() if fault(name, text)}
            usable = {name: text for name, text in flags.items() if name not in unusable}
            found.append(Controller(usable, places, unusable, workload=document, namespaces=labels))
    for one in found:
        _configure(one, inventory, one.flags.get("configmap", ""))
    found.sort(key=lambda one: (one.class_annotation != "nginx", one.class_annotation))
    if not found:
        found = [Controller(namespaces=labels)]
        _configure(found[0], inventory, "")
    return found


def _is_pod_of(document: Document, known: list[Controller]) -> bool:
    """A Pod of a Deployment or DaemonSet that is in the input as well."""
    return document.kind == "Pod" and any(
        one.workload is not None and one.workload.namespace == document.namespace for one in known
    )


def _configure(out: Controller, inventory: Inventory, named: str) -> None:
    for document in inventory.of("ConfigMap"):
        key = f"{document.namespace}/{document.name}"
        if key == named or (not named and _is_config(document) and _beside(document, out)):
            data = document.body.get("data")
            out.config_map = document
            out.data = {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
            return


def _beside(document: Document, out: Controller) -> bool:
    """A workload without --configmap is taken to read the ConfigMap of its own namespace."""
    return out.workload is None or out.workload.namespace == document.namespace


def _labels(document: Document) -> dict[str, str]:
    return {str(key): str(value) for key, value in labels_of(document.body).items()}


def _is_config(document: Document) -> bool:
    """The chart's labels or one of the usual names tell, whatever the release is called."""
    labels = labels_of(document.body)
    if document.name in CONFIG_NAMES or document.name.endswith(f"-{CONFIG_NAMES[0]}"):
        return True
    names = {labels.get("app.kubernetes.io/name"), labels.get("app")}
    part = labels.get("app.kubernetes.io/component", "controller")
    others = document.name.endswith(("-tcp", "-udp", "-headers"))
    return part == "controller" and not others and not names.isdisjoint(CHARTS)


def _arguments(body: dict[str, Any]) -> Iterator[list[Word]]:
    """The command line of each container that runs the controller."""
    spec = body.get("spec")
    template = spec.get("template", body) if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    for container in (pod.get("containers") or []) if isinstance(pod, dict) else []:
        if not isinstance(container, dict):
            continue
        words = [*_command_line(container.get("command")), *_command_line(container.get("args"))]
        named = any("nginx-ingress-controller" in word for word, _ in words)
        if named or ("ingress-nginx" in str(container.get("image", "")) and words):
            yield words


def _command_line(listed: Any) -> list[Word]:
    places = getattr(listed, "at", None)
    items = listed if isinstance(listed, list) else []
    return [
        (word, places[index] if isinstance(places, list) and index < len(places) else None)
        for index, word in enumerate(items)
        if isinstance(word, str)
    ]


def _flags(words: list[Word], namespace: str) -> tuple[dict[str, str], dict[str, At]]:
    """`--name=value`, `--name value` and `--name`, and their places; `$(POD_NAMESPACE)` is where the workload runs."""
    out: dict[str, str] = {}
    places: dict[str, At] = {}
    pending = ""
    for word, at in words:
        if word.startswith("-"):
            name, mark, value = word.lstrip("-").partition("=")
            out[name] = value if mark else "true"
            if at is not None:
                places[name] = at
            pending = "" if mark else name
        elif pending:
            out[pending], pending = word, ""
    return {name: value.replace("$(POD_NAMESPACE)", namespace) for name, value in out.items()}, places
