"""ALB2, Frontend and Rule as typed objects."""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any

from converter.model import Location, ObjectRef, Origin
from converter.model.data import dataclass
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import mapping
from converter.sources.alauda_alb.fields import Facts
from converter.sources.alauda_alb.label_names import API_GROUP, NGINX_ENV
from converter.sources.alauda_alb.sourced_value import SourcedValue

ALL = "ALL_ALL"
MESSAGES = ("http", "https", "grpc")
"""Protocols of Frontends that have rules."""


def documents(inventory: Inventory, kind: str) -> list[Document]:
    """Objects of Alauda's own group; `Rule` is a kind of other projects too."""
    return [one for one in inventory.of(kind) if one.api_version.startswith(API_GROUP)]


def text(value: Any) -> str:
    """A string, "" for anything else."""
    return value if isinstance(value, str) else ""


def json_data(value: Any, wanted: type) -> Any:
    """What stands as JSON in a text; None where it is none, or not of the type that is wanted."""
    try:
        found = json.loads(text(value))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, wanted) else None


def labels(document: Document, part: str = "labels") -> dict[str, str]:
    """Labels (or annotations) of an object."""
    entries = mapping(mapping(document.body.get("metadata")).get(part))
    return {key: value for key, value in entries.items() if isinstance(value, str)}


@dataclass(slots=True)
class Alb:
    """One load balancer; without a document one that the rest of the input speaks of."""

    namespace: str
    name: str
    config: dict[str, Any] = field(default_factory=dict)
    document: Document | None = None
    facts: Facts | None = None
    frontends: list[Frontend] = field(default_factory=list)
    settings_known: bool = True
    """False where the object is there and its settings are not (see `configuration.config_of`)."""

    gateway: ObjectRef | None = None
    """The only Gateway that it serves, where it serves nothing else and the input has the Gateway."""

    @property
    def standin(self) -> bool:
        return self.document is None

    @property
    def address(self) -> str:
        """Addresses that somebody wrote down for it."""
        return text(mapping(self.document.body.get("spec")).get("address")) if self.document else ""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef("ALB2", self.namespace, self.name)

    @property
    def location(self) -> Location:
        return self.document.location if self.document else Location("")

    def number(self, key: str, default: int) -> int:
        """A port of `spec.config`."""
        value = self.config.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else default

    @property
    def http_port(self) -> int:
        return self.number("ingressHTTPPort", 80)

    @property
    def https_port(self) -> int:
        return self.number("ingressHTTPSPort", 443)

    @property
    def strategy(self) -> str:
        """The operator's default is Never (alb: pkg/operator/config/external.go:29)."""
        return text(self.config.get("defaultSSLStrategy")) or "Never"

    @property
    def default_certificate(self) -> str:
        return text(self.config.get("defaultSSLCert")).replace("/", "_")

    @property
    def projects(self) -> list[str]:
        """Everybody, where nothing is known of its limits."""
        if self.standin or not self.settings_known:
            return [ALL]
        value = self.config.get("projects")
        return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []

    @property
    def serves_ingresses(self) -> bool:
        gateway = mapping(self.config.get("gateway"))
        return self.config.get("enableIngress") not in ("false", False) and gateway.get("mode") != "standalone"

    @property
    def serves_rules(self) -> bool:
        return self.config.get("enableALb") is not False

    @property
    def falls_back(self) -> bool:
        """FallbackDefaultPortCert (alb: template/nginx/lua/cert_tool.lua:13)."""
        if self.document is None:
            return False
        switches = json_data(labels(self.document, "annotations").get(NGINX_ENV), dict) or {}
        return bool(switches.get("FallbackDefaultPortCert") == "true")

    def inherited_setting(self, key: str, *paths: str) -> SourcedValue | None:
        """A setting of `spec.config` that rules inherit."""
        return _inherited_setting(self.config, self.facts, key, paths)

    def taken(self, *paths: str) -> tuple[Origin, ...]:
        """The facts at these paths."""
        return self.facts.take(*paths) if self.facts else ()


@dataclass(slots=True)
class Frontend:
    """A port of an ALB; without a document one that Ingresses brought about."""

    name: str
    port: int
    protocol: str
    certificate: str = ""
    backend_protocol: str = ""
    service_group: dict[str, Any] | None = None
    config: dict[str, Any] = field(default_factory=dict)
    document: Document | None = None
    facts: Facts | None = None
    secure: bool = False
    """grpcs: TLS, whether or not a certificate is named."""
    protocol_origins: tuple[Origin, ...] = ()
    """Where `backend_protocol` comes from an Ingress."""
    default: SourcedValue | None = None
    """The default backend of an Ingress, where it came to be that of the port: (Backend, origins)."""

    @property
    def tls(self) -> bool:
        return self.protocol == "https" or (self.protocol == "grpc" and (self.secure or self.certificate != ""))

    def inherited_setting(self, key: str, *paths: str) -> SourcedValue | None:
        """A setting of `spec.config`."""
        return _inherited_setting(self.config, self.facts, key, paths)

    def taken(self, *paths: str) -> tuple[Origin, ...]:
        """The facts at these paths."""
        return self.facts.take(*paths) if self.facts else ()


def _inherited_setting(
    config: dict[str, Any], facts: Facts | None, key: str, paths: tuple[str, ...]
) -> SourcedValue | None:
    value = config.get(key)
    if not isinstance(value, dict):
        return None
    return SourcedValue(value, facts.below(f"spec.config.{key}") + facts.take(*paths) if facts else ())
