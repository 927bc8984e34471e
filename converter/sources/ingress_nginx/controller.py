"""What the input says of the controller itself: the flags of its Deployment and its ConfigMap.

nginx: pkg/flags/flags.go, internal/ingress/controller/config/config.go (defaults at 764-916),
internal/ingress/controller/template/configmap.go (what its reader makes of odd values).
"""

from __future__ import annotations

import ipaddress
from dataclasses import field
from functools import lru_cache
from urllib.parse import urlsplit

from converter.model import Location, Origin
from converter.model.data import dataclass
from converter.packs.codecs import CodecError, go_bool, go_int
from converter.packs.controllers import settings_of
from converter.reading.inventory import Document
from converter.sources.ingress_nginx.selectors import matches_selector

NETWORK_KEYS = ("whitelist-source-range", "denylist-source-range", "block-cidrs", "proxy-real-ip-cidr")
TIMES = {"connect": 5, "send": 60, "read": 60}
"""Seconds of proxy-connect-timeout and the others, where the ConfigMap says nothing."""
RISKS = {"low": 0, "medium": 1, "high": 2, "critical": 3}


@dataclass(slots=True)
class Controller:
    """One running ingress-nginx; without anything in the input, one with its defaults."""

    flags: dict[str, str] = field(default_factory=dict)
    """Without dashes; a flag without value is "true"."""
    flags_at: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Line and column of flags."""
    unusable: dict[str, str] = field(default_factory=dict)
    """Flags whose value the controller cannot read, as written; `flags` does not have them."""
    data: dict[str, str] = field(default_factory=dict)
    """Of the ConfigMap."""
    config_map: Document | None = None
    workload: Document | None = None
    namespaces: dict[str, dict[str, str]] = field(default_factory=dict)
    """Labels of the namespaces of the input."""

    def flag(self, name: str, default: bool = False) -> bool:
        """A boolean flag."""
        return _bool(self.flags.get(name, ""), default)

    def flag_number(self, name: str, default: int) -> int:
        """A flag that is a whole number."""
        try:
            return go_int(self.flags[name])
        except (KeyError, CodecError):
            return default

    def switch(self, key: str, default: bool) -> bool:
        """A boolean key of the ConfigMap; one without a value is false, and one that Go cannot read leaves the default.

        mapstructure: decodeBool with WeaklyTypedInput.
        """
        return False if self.data.get(key) == "" else _bool(self.data.get(key, ""), default)

    def number(self, key: str, default: int) -> int:
        """A whole number of the ConfigMap; one without a value is 0 (mapstructure: decodeInt)."""
        try:
            return go_int(self.data[key] or "0")
        except (KeyError, CodecError):
            return default

    def seconds(self, phase: str) -> int:
        """A time of the ConfigMap; nginx refuses negative ones, and goes on with the configuration before."""
        found = self.number(f"proxy-{phase}-timeout", TIMES[phase])
        return found if found >= 0 else TIMES[phase]

    def negative_times(self) -> list[str]:
        """Keys of such times."""
        return [key for phase in TIMES if self.number(key := f"proxy-{phase}-timeout", 0) < 0]

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
    def global_auth_url(self) -> str:
        """What is no URL with a scheme and a host is ignored (nginx: configmap.go, authreq.ParseStringToURL)."""
        text = self.text("global-auth-url")
        try:
            parts = urlsplit(text)
        except ValueError:
            return ""
        return text if parts.scheme and parts.netloc and ".." not in parts.netloc else ""

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
        """nginx: --watch-namespace, --watch-namespace-selector; a namespace that the input lacks may have any label."""
        selector = self.flags.get("watch-namespace-selector", "")
        if selector and namespace in self.namespaces and not matches_selector(selector, self.namespaces[namespace]):
            return False
        return self.flags.get("watch-namespace", "") in ("", namespace)

    def fact(self, key: str) -> tuple[Origin, ...]:
        """The facts that a key of the ConfigMap and those that are a part of its setting are; those that are there."""
        return tuple(origin for one in (key, *_joined().get(key, ())) for origin in self.own_fact(one))

    def own_fact(self, key: str) -> tuple[Origin, ...]:
        """The fact that one key of the ConfigMap is; none where it is not there."""
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


@lru_cache
def _joined() -> dict[str, tuple[str, ...]]:
    """Keys that are a part of the setting of another, by that one."""
    found: dict[str, tuple[str, ...]] = {}
    for row in settings_of("ingress-nginx")[0].values():
        if row.joins:
            found[row.joins] = (*found.get(row.joins, ()), row.key)
    return found


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
