"""Settings that the controller has of itself: facts of kind `default` that the target does not share.

nginx: internal/ingress/controller/config/config.go:764-916; reference section 7.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.model import Location, ObjectRef, Origin
from converter.reading.inventory import Inventory
from converter.routing.access_steps import HeaderDenial
from converter.routing.header_names import is_token
from converter.routing.header_templates import HeaderTemplates
from converter.routing.matchers import ValueMatcher
from converter.routing.request_rules import HeaderRules
from converter.routing.steps import HeaderEdit, Timeouts
from converter.routing.table import Feature
from converter.sources.ingress_nginx.configuration import telemetry
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.features import size_in_bytes
from converter.sources.ingress_nginx.port_steps import (
    ComputedHeaders,
    DefaultBodyLimit,
    ForwardedHeaders,
    InvalidNames,
)
from converter.sources.ingress_nginx.response_styles import Hsts, WithoutHsts
from converter.sources.ingress_nginx.secrets import config_map_headers
from converter.sources.ingress_nginx.snippets.protecting import named
from converter.sources.ingress_nginx.trusted_proxies import trusted_proxies
from converter.sources.ingress_nginx.upstream_settings import default_retries
from converter.sources.ingress_nginx.variables import parts_of


class Defaults:
    """The defaults of one table; each is an origin at the ConfigMap's key, or at the first Ingress."""

    def __init__(self, control: Controller, inventory: Inventory, place: Location, ref: ObjectRef | None) -> None:
        self.control, self.inventory, self.place, self.ref = control, inventory, place, ref
        self.features: list[Feature] = []
        self.steps: list[Feature] = []
        """Those that act on every request."""
        self.secure_steps: list[Feature] = []
        """Those that act on every request over TLS."""

    def make(self, own_limits: frozenset[str], without_hsts: WithoutHsts) -> None:
        """All of them; `own_limits` are rules that do not get the default size."""
        control = self.control
        connect, send, read = (control.seconds(phase) for phase in ("connect", "send", "read"))
        self._add("timeouts", "proxy-read-timeout", f"{read}s", Timeouts(connect, read, send))
        self._body_limit(own_limits)
        self._add(
            "retries",
            "proxy-next-upstream",
            control.text("proxy-next-upstream", "error timeout"),
            default_retries(control),
        )
        self._add(
            "load-balancing",
            "load-balance",
            control.text("load-balance", "round_robin"),
            {"algorithm": control.text("load-balance", "round_robin")},
        )
        self._headers()
        self._add("path-normalisation", "merge_slashes", "on", {"escaped-slashes": "decoded for matching only"})
        self._hsts(without_hsts)
        types = tuple(
            name for name, key in (("brotli", "enable-brotli"), ("gzip", "use-gzip")) if control.switch(key, False)
        )
        if types:
            self._add("compression", "use-gzip", str("gzip" in types).lower(), {"types": types, "least": self._least()})
        if control.switch("enable-opentelemetry", False):
            self._add("telemetry", "enable-opentelemetry", "true", telemetry(control))
        self._added()
        self._blocked()
        self._raw()

    def _least(self) -> dict[str, int]:
        """The smallest answers that are compressed, in bytes."""
        return {
            "gzip": self.control.number("gzip-min-length", 256),
            "brotli": self.control.number("brotli-min-length", 20),
        }

    def _raw(self) -> None:
        """Configuration as text, and Lua plugins (nginx.tmpl:26-31, 61-72, 573, 880, 1127, 850)."""
        for key in ("main-snippet", "stream-snippet"):
            text = self.control.text(key)
            if text.strip():
                self._add(named([text]), key, text, {"raw": text, "block": key.removesuffix("-snippet")})
        if self.control.text("plugins").strip():
            self._add("snippet", "plugins", self.control.text("plugins"), {"raw": self.control.text("plugins")})

    def _body_limit(self, own: frozenset[str]) -> None:
        size = self.control.text("proxy-body-size", "1m")
        limit = size_in_bytes(size)
        made = self._add("body-limit", "proxy-body-size", size, {"size": size, "bytes": limit})
        if limit:
            self.steps.append(Feature("body-limit", DefaultBodyLimit(limit, own), made.origins))

    def _headers(self) -> None:
        control = self.control
        underscores = control.switch("enable-underscores-in-headers", False)
        self._add(
            "header-normalisation",
            "enable-underscores-in-headers",
            str(underscores).lower(),
            HeaderRules("allow" if underscores else "drop", strip_host_dot=True),
        )
        forwarded = {
            "trusted": control.switch("use-forwarded-headers", False),
            "real-ip": control.switch("enable-real-ip", False),
            "cidrs": control.networks("proxy-real-ip-cidr"),
            "append": control.switch("compute-full-forwarded-for", False),
            "proxy-protocol": control.switch("use-proxy-protocol", False),
            "request-id": control.switch("generate-request-id", True),
            "header": control.text("forwarded-for-header") or "X-Forwarded-For",
        }
        proxies = trusted_proxies(control)
        told = ForwardedHeaders(
            control.switch("proxy-add-original-uri-header", False),
            bool(forwarded["request-id"]),
            bool(forwarded["trusted"]),
            bool(forwarded["append"]),
            proxies is not None,
            control.number("upstream-keepalive-connections", 320) > 0,
        )
        forwarded["tells"] = told.forwarded_headers
        self._add("forwarded-headers", "use-forwarded-headers", str(forwarded["trusted"]).lower(), forwarded)
        self.steps.append(Feature("header-normalisation", InvalidNames()))
        if proxies is not None:
            self.steps.append(Feature("forwarded-headers", proxies))
        self.steps.append(Feature("forwarded-headers", told))
        self._removed_headers()

    def _removed_headers(self) -> None:
        control = self.control
        shown = control.switch("server-tokens", False)
        if shown and not control.switch("allow-backend-server-header", False):
            self._add("response-headers", "server-tokens", "true", HeaderEdit(response_set=(("Server", "nginx"),)))
        own = () if shown else ("Server",)
        hidden = tuple(name for name in control.comma_list("hide-headers") if is_token(name))
        if own or hidden:
            made = self._add(
                "response-headers",
                "hide-headers" if hidden else "server-tokens",
                ", ".join(hidden) or "false",
                HeaderEdit(response_remove=own + hidden),
            )
            self.steps.append(made)
            if own and hidden:
                self.features[-1] = replace(made, origins=made.origins + control.fact("server-tokens"))

    def _hsts(self, without: WithoutHsts) -> None:
        control = self.control
        if not control.switch("hsts", True):
            return
        value = f"max-age={control.text('hsts-max-age', '31536000')}"
        if control.switch("hsts-include-subdomains", True):
            value += "; includeSubDomains"
        if control.switch("hsts-preload", False):
            value += "; preload"
        self.secure_steps.append(self._add("hsts", "hsts", value, Hsts(value, without)))

    def _added(self) -> None:
        """ConfigMaps of headers that every response or every backend gets (nginx: nginx.tmpl:333-336, 1324-1327)."""
        for key, feature in (("add-headers", "response-headers"), ("proxy-set-headers", "request-headers")):
            headers = config_map_headers(self.inventory, self.control.data.get(key))
            if not headers:
                continue
            name, value = feature, ComputedHeaders(headers) if feature == "request-headers" else _added(headers)
            if isinstance(value, HeaderTemplates):
                name = "header-variables"
            self.steps.append(self._add(name, key, self.control.data[key], value))

    def _blocked(self) -> None:
        """nginx.tmpl:567-590: maps of whole values, or of expressions that start with `~`."""
        for key, header in (("block-user-agents", "user-agent"), ("block-referers", "referer")):
            words = tuple(self.control.comma_list(key))
            if words:
                denial = HeaderDenial(header, tuple(map(_blocked_value, words)))
                self.steps.append(self._add("access-rules", key, ", ".join(words), denial))

    def _add(self, feature: str, key: str, value: str, data: Any) -> Feature:
        place = self.control.location(key) if key in self.control.data else None
        ref = self.control.config_map.ref if place and self.control.config_map else self.ref
        origin = Origin("default", key, value, place or self.place, ref)
        made = Feature(feature, data, (origin, *(one for one in self.control.fact(key) if one.key != key)))
        self.features.append(made)
        return made


def _added(headers: tuple[tuple[str, str], ...]) -> HeaderEdit | HeaderTemplates:
    """Headers of every response; nginx fills in variables (nginx.tmpl:333-336 writes the values as they are)."""
    if any("$" in text for _, text in headers):
        return HeaderTemplates(response_set=tuple((name, parts_of(text)) for name, text in headers))
    return HeaderEdit(response_set=headers)


def _blocked_value(text: str) -> ValueMatcher:
    """A value of a map of nginx: a text in any letter case, or an expression after `~` (`~*`: in any letter case)."""
    if not text.startswith("~"):
        return ValueMatcher("exact", text.strip("'\""), True)
    return ValueMatcher("search", text.lstrip("~*").strip("'\""), text.startswith("~*"))
