"""What the input says of the controller itself: the flags of its Deployment and its ConfigMap.

nginx: pkg/flags/flags.go, internal/ingress/controller/config/config.go (defaults at 764-916),
internal/ingress/controller/template/configmap.go (what its reader makes of odd values).
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from converter.model import Location, Origin
from converter.packs.codecs import CodecError, go_bool, go_int
from converter.reading.inventory import Document, Inventory

CONFIG_NAMES = ("ingress-nginx-controller", "nginx-configuration", "nginx-ingress-controller")
"""Names that the project's own manifests and charts give to the ConfigMap."""
CHARTS = frozenset({"ingress-nginx", "nginx-ingress"})
"""What charts of the project write into app.kubernetes.io/name (older ones: app)."""
NETWORK_KEYS = ("whitelist-source-range", "denylist-source-range", "block-cidrs", "proxy-real-ip-cidr")
WORKLOADS = ("Deployment", "DaemonSet", "Pod")
RISKS = {"low": 0, "medium": 1, "high": 2, "critical": 3}


@dataclass(slots=True)
class Controller:
    """One running ingress-nginx; without anything in the input, one with its defaults."""

    flags: dict[str, str] = field(default_factory=dict)
    """Without dashes; a flag without value is "true"."""
    data: dict[str, str] = field(default_factory=dict)
    """Of the ConfigMap."""
    config_map: Document | None = None
    workload: Document | None = None

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean flag."""
        return _bool(self.flags.get(name, ""), default)

    def switch(self, key: str, default: bool) -> bool:
        """A boolean key of the ConfigMap; a value that Go cannot read leaves the default."""
        return _bool(self.data.get(key, ""), default)

    def number(self, key: str, default: int) -> int:
        """A whole number of the ConfigMap."""
        try:
            return go_int(self.data[key])
        except (KeyError, CodecError):
            return default

    def text(self, key: str, default: str = "") -> str:
        """A text of the ConfigMap."""
        return self.data.get(key, default)

    def comma_list(self, key: str) -> list[str]:
        """A comma-separated list of the ConfigMap."""
        return [part for part in (piece.strip() for piece in self.data.get(key, "").split(",")) if part]

    def networks(self, key: str) -> list[str]:
        """The networks and addresses of a list; `misspelt` are the other items."""
        return [part for part in self.comma_list(key) if _is_network(part)]

    def misspelt(self) -> dict[str, list[str]]:
        """Items of lists of networks that are none, by key: nginx refuses the whole configuration with them."""
        found = {key: [part for part in self.comma_list(key) if not _is_network(part)] for key in NETWORK_KEYS}
        return {key: items for key, items in found.items() if items}

    @property
    def risk(self) -> int:
        """Highest risk of an annotation that is still served (nginx: parser/main.go StringRiskToRisk)."""
        return RISKS.get(self.text("annotations-risk-level", "High").lower(), 0)

    @property
    def redirect_code(self) -> int:
        """nginx: template/configmap.go:269-281: other codes leave 308."""
        code = self.number("http-redirect-code", 308)
        return code if code in (301, 302, 307, 308) else 308

    @property
    def class_annotation(self) -> str:
        """The value of the old class annotation that it serves."""
        return self.flags.get("ingress-class", "nginx")

    @property
    def class_controller(self) -> str:
        """`spec.controller` of the IngressClasses that it serves."""
        return self.flags.get("controller-class", "k8s.io/ingress-nginx")

    @property
    def prefix(self) -> str:
        """Prefix of annotations with its slash; "" where the flag is not there."""
        given = self.flags.get("annotations-prefix", "")
        return given.rstrip("/") + "/" if given else ""

    def watches(self, namespace: str) -> bool:
        """nginx: --watch-namespace."""
        return self.flags.get("watch-namespace", "") in ("", namespace)

    def fact(self, key: str) -> tuple[Origin, ...]:
        """The fact that a key of the ConfigMap is; none where it is not there."""
        place = self.location(key) if key in self.data else None
        if place is None or self.config_map is None:
            return ()
        return (Origin("default", key, self.text(key), place, self.config_map.ref),)

    def location(self, key: str) -> Location | None:
        """Where a key of the ConfigMap stands; None without ConfigMap."""
        if self.config_map is None:
            return None
        at = getattr(self.config_map.body.get("data"), "at", None)
        place = at.get(key) if isinstance(at, dict) else None
        return Location(self.config_map.location.path, *place) if place else self.config_map.location


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _bool(text: str, default: bool) -> bool:
    if not text:
        return default
    try:
        return go_bool(text)
    except CodecError:
        return default


_LAST: list[tuple[Inventory, Controller]] = []


def controller(inventory: Inventory) -> Controller:
    """The controller of this input (asked for each Ingress, so the last answer is kept)."""
    if not _LAST or _LAST[0][0] is not inventory:
        _LAST[:] = [(inventory, _find(inventory))]
    return _LAST[0][1]


def _find(inventory: Inventory) -> Controller:
    out = Controller()
    for kind in WORKLOADS:
        for document in inventory.of(kind):
            arguments = next(_arguments(document.body), None)
            if arguments is not None:
                out.flags, out.workload = _flags(arguments, document.namespace), document
                break
    named = out.flags.get("configmap", "")
    for document in inventory.of("ConfigMap"):
        key = f"{document.namespace}/{document.name}"
        if key == named or (not named and _is_config(document)):
            data = document.body.get("data")
            out.config_map = document
            out.data = {str(k): v for k, v in data.items() if isinstance(v, str)} if isinstance(data, dict) else {}
            break
    return out


def _is_config(document: Document) -> bool:
    """The chart's labels or one of the usual names tell, whatever the release is called."""
    metadata = document.body.get("metadata")
    labels = metadata.get("labels") if isinstance(metadata, dict) else None
    labels = labels if isinstance(labels, dict) else {}
    if document.name in CONFIG_NAMES or document.name.endswith(f"-{CONFIG_NAMES[0]}"):
        return True
    names = {labels.get("app.kubernetes.io/name"), labels.get("app")}
    part = labels.get("app.kubernetes.io/component", "controller")
    others = document.name.endswith(("-tcp", "-udp", "-headers"))
    return part == "controller" and not others and not names.isdisjoint(CHARTS)


def _arguments(body: dict[str, Any]) -> Iterator[list[str]]:
    """The command line of each container that runs the controller."""
    spec = body.get("spec")
    template = spec.get("template", body) if isinstance(spec, dict) else None
    pod = template.get("spec") if isinstance(template, dict) else None
    for container in (pod.get("containers") or []) if isinstance(pod, dict) else []:
        if not isinstance(container, dict):
            continue
        comma_list = [*(container.get("command") or []), *(container.get("args") or [])]
        if any(isinstance(word, str) and "nginx-ingress-controller" in word for word in comma_list) or (
            "ingress-nginx" in str(container.get("image", "")) and comma_list
        ):
            yield [word for word in comma_list if isinstance(word, str)]


def _flags(arguments: list[str], namespace: str) -> dict[str, str]:
    """`--name=value`, `--name value` and `--name`; `$(POD_NAMESPACE)` is where the workload runs."""
    out: dict[str, str] = {}
    pending = ""
    for word in arguments:
        if word.startswith("-"):
            name, mark, value = word.lstrip("-").partition("=")
            out[name] = value if mark else "true"
            pending = "" if mark else name
        elif pending:
            out[pending], pending = word, ""
    return {name: value.replace("$(POD_NAMESPACE)", namespace) for name, value in out.items()}
