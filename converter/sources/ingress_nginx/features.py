"""What a location does with a request between match and backend, in nginx's phases.

nginx: rootfs/etc/nginx/template/nginx.tmpl:1150-1430; reference section 3: body size (find config), CORS and
redirects (rewrite), address lists and passwords (access), headers (proxy).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from converter.model import Origin
from converter.reading.inventory import Inventory
from converter.routing.access_steps import AnyOf, BodyLimit, steps_of
from converter.routing.actions import Action, Redirect, Respond
from converter.routing.steps import AddressList, Cors, HeaderEdit, HeadersNotInInput
from converter.routing.table import Feature
from converter.sources.ingress_nginx import secrets, upstream_settings
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.error_pages import configured_codes, error_pages
from converter.sources.ingress_nginx.external_auth import external_auth, repeated_lines
from converter.sources.ingress_nginx.port_steps import ConnectionSettings
from converter.sources.ingress_nginx.response_rewrites import (
    COOKIE,
    LOCATION,
    cookie_rewrite,
    is_rewritten,
    location_rewrite,
)
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.snippets.protecting import residuals
from converter.sources.ingress_nginx.snippets.responses import redirect_to
from converter.sources.ingress_nginx.upstreams import Upstreams

CORS_METHODS = "GET, PUT, POST, DELETE, PATCH, OPTIONS"
CORS_HEADERS = (
    "DNT,Keep-Alive,User-Agent,X-Requested-With,If-Modified-Since,Cache-Control,Content-Type,Range,Authorization"
)

SHAPING = frozenset(
    {
        "regex",
        "rewrite",
        "app-root",
        "upstream-host",
        "server-alias",
        "https-redirect",
        "redirect",
        "www-redirect",
        "backend-protocol",
        "tls-passthrough",
        "timeouts",
        "canary",
        "cors",
        "response-headers",
        "ip-access",
        "basic-auth",
        "external-auth",
        "login-redirect",
        "satisfy",
        "body-limit",
        "default-backend",
        "client-certificate",
        "tls-options",
        "snippet",
        "waf",
        "backend-tls",
        "connection",
        "session-affinity",
        "load-balancing",
        "retries",
        "rate-limit",
        "custom-errors",
        "access-log",
        LOCATION,
        COOKIE,
    }
)
"""Features with a meaning of their own here; all others are handed on as they are."""


class Catalogue:
    """Features of all Ingresses of a class."""

    def __init__(self, inventory: Inventory, control: Controller, upstreams: Upstreams) -> None:
        self.inventory, self.control, self.upstreams = inventory, control, upstreams
        self._blocked = tuple(control.networks("block-cidrs"))
        self._global = bool(control.global_auth_url)
        self._lists = (
            tuple(control.networks("whitelist-source-range")),
            tuple(control.networks("denylist-source-range")),
        )
        self._closed = bool(control.comma_list("whitelist-source-range")) and not self._lists[0]
        """The list of those who may come in has none that nginx could read."""
        self._firewall = control.switch("enable-modsecurity", False)
        self.common = any(
            (
                *self._lists,
                self._closed,
                self._global,
                self._blocked,
                self._firewall,
                configured_codes(control),
                is_rewritten(control),
            )
        )
        """The ConfigMap has settings that every location gets."""

    def of(self, served: Served | None) -> tuple[Feature, ...]:
        """Of the locations of an Ingress, but for rewrites and redirects."""
        if served is None:
            return ()
        if served.features is None:
            plain = not served.settings.by_name and not self.common
            served.features = () if plain else self._make(served)
        return served.features

    def _make(self, served: Served) -> tuple[Feature, ...]:
        out: list[Feature | None] = [
            error_pages(served, self.control, self.upstreams),
            self._response_headers(served),
            _body_limit(served),
            self._cors(served),
            *self._guards(served),
            upstream_settings.host(served),
            upstream_settings.timeouts(served),
            upstream_settings.protocol(served),
            *self._waf(served),
            upstream_settings.backend_tls(served),
            _connection(served),
            upstream_settings.affinity(served),
            upstream_settings.balancing(served),
            upstream_settings.retries(served, self.control),
            self._rate_limit(served),
            location_rewrite(served, self.control),
            cookie_rewrite(served, self.control),
            *_auth_snippet(served),
            *_logs(served),
        ]
        return tuple(one for one in out if one is not None) + served.settings.rest(SHAPING)

    def _waf(self, served: Served) -> Iterator[Feature]:
        """ModSecurity, where annotation or ConfigMap switch it on (nginx: template.go buildModSecurityForLocation)."""
        setting = served.settings.get("waf")
        if not setting.get("enabled", self._firewall):
            return
        if "enabled" not in setting.values:
            for key in ("enable-modsecurity", "enable-owasp-modsecurity-crs", "modsecurity-snippet"):
                if self.control.text(key) and (key == "modsecurity-snippet" or self.control.switch(key, False)):
                    yield Feature("waf", {key: self.control.text(key)}, self._key(key))
        if setting.values:
            yield setting.feature()

    def _rate_limit(self, served: Served) -> Feature | None:
        """nginx: annotations/ratelimit/main.go; the ConfigMap names the status of a refusal."""
        setting = served.settings.get("rate-limit")
        if not setting.values:
            return None
        return setting.feature(setting.values | {"status": self.control.number("limit-req-status-code", 503)})

    def _response_headers(self, served: Served) -> Feature | None:
        setting = served.settings.get("response-headers")
        name = setting.get("config-map") or ""
        namespace, mark, short = name.partition("/")
        if mark and self.inventory.unknown("ConfigMap", namespace, short):
            return Feature("response-headers", HeadersNotInInput(name), setting.facts())
        headers = secrets.config_map_headers(self.inventory, name)
        return Feature("response-headers", HeaderEdit(response_set=headers), setting.facts()) if headers else None

    def _cors(self, served: Served) -> Feature | None:
        setting = served.settings.get("cors")
        if not setting.get("enabled"):
            return None
        methods, headers = setting.get("methods") or "", setting.get("headers") or CORS_HEADERS
        if not re.fullmatch(r"(?:[A-Za-z](?:,\s?|\s)?)+", methods):
            methods = CORS_METHODS
        origins = _cors_origins(setting.get("origins", "*"))
        return setting.feature(
            Cors(
                origins,
                _list(methods),
                _list(headers),
                _list(setting.get("expose") or ""),
                setting.get("max-age", 1728000),
                setting.get("credentials", True),
                "nginx",
            )
        )

    def _guards(self, served: Served) -> list[Feature]:
        check = external_auth(served, self.control, self.inventory)
        guards = [self._addresses(served), secrets.basic_auth(served, self.inventory), *check[:1]]
        there = [one for one in guards if one is not None]
        satisfy = served.settings.get("satisfy")
        if satisfy.get("mode") != "any" or len(there) < 2:
            return [*there, *check[1:]]
        there += check[1:]
        origins = tuple(origin for one in there for origin in one.origins) + satisfy.facts()
        return [Feature("satisfy", AnyOf(steps_of(one.value for one in there)), origins)]

    def _addresses(self, served: Served) -> Feature | None:
        """An annotation replaces the list of the ConfigMap (nginx: annotations/ipallowlist/main.go)."""
        setting = served.settings.get("ip-access")
        allow = setting.get("allow", setting.get("allow-old"))
        deny = setting.get("deny")
        allowed = tuple(allow if allow is not None else self._lists[0])
        denied = tuple(deny if deny is not None else self._lists[1])
        closed = allow is None and self._closed
        if not allowed and not denied and not closed:
            if not self._blocked:
                return None
            return Feature("ip-access", AddressList((), self._blocked, "allow"), self._key("block-cidrs"))
        origins = setting.facts()
        for given, key in ((allow, "whitelist-source-range"), (deny, "denylist-source-range")):
            origins += () if given is not None or not self.control.comma_list(key) else self._key(key)
        return Feature("ip-access", AddressList(allowed, denied, "deny" if allowed or closed else "allow"), origins)

    def _key(self, key: str) -> tuple[Origin, ...]:
        return self.control.fact(key)


def _auth_snippet(served: Served) -> list[Feature]:
    """What is left of auth-snippet beside the lines that repeat headers of every request."""
    left = residuals(served.snippets[name] for name in ("auth",) if name in served.snippets)
    known = {origin for _, origin in repeated_lines(served)}
    return [one for one in left if not known.issuperset(one.origins)]


def _logs(served: Served) -> Iterator[Feature]:
    """What is logged of requests, and of rewrites: two logs of nginx."""
    setting = served.settings.get("access-log")
    for name, value in setting.values.items():
        yield Feature(setting.name, {name: value}, setting.facts(name))


@lru_cache(maxsize=1024)
def _list(text: str) -> tuple[str, ...]:
    """The parts of a list; those of most Ingresses are the defaults of the controller."""
    return tuple(part for part in (piece.strip() for piece in text.split(",")) if part)


def _cors_origins(text: str) -> tuple[str, ...]:
    """nginx: annotations/cors/main.go:190-215: odd ones are skipped, and with none left nothing is allowed."""
    out: list[str] = []
    for origin in _list(text):
        if origin == "*":
            return ("*",)
        if re.fullmatch(r"([a-z]+://(\*\.)?[A-Za-z0-9\-.]*(:\d+)?|null)", origin):
            out.append(origin)
    return tuple(out)


def _body_limit(served: Served) -> Feature | None:
    setting = served.settings.get("body-limit")
    size = setting.get("size")
    if size is None:
        return None
    limit = size_in_bytes(size)
    return setting.feature(BodyLimit(limit) if limit else {"size": size})


def _connection(served: Served) -> Feature | None:
    setting = served.settings.get("connection")
    return setting.feature(ConnectionSettings(setting.values)) if setting.values else None


def size_in_bytes(text: str) -> int | None:
    """nginx sizes; None for no limit (0, or a suffix that the template does not write)."""
    units = {"k": 1024, "m": 1024**2, "g": 1024**3}
    number, unit = (text[:-1], text[-1].lower()) if text[-1:].isalpha() else (text, "")
    if not re.fullmatch("[0-9]{1,18}", number) or unit == "b":
        return 1024**2 if unit == "b" else None
    return int(number) * units.get(unit, 1) or None


def redirect_of(served: Served | None) -> tuple[Action, Feature] | None:
    """The unconditional redirect of an Ingress (nginx: annotations/redirect/redirect.go:106-170)."""
    if served is None or "redirect" not in served.settings.by_name or "redirect" in served.ignored:
        return None
    setting = served.settings.get("redirect")
    temporal = setting.get("temporal")
    url = temporal or setting.get("permanent")
    if not url:
        return None
    code = setting.get("temporal-code" if temporal else "permanent-code", 0)
    if not 300 <= code <= (307 if temporal else 308):
        code = 302 if temporal else 301
    return _answer(code, url, bool(setting.get("relative"))), setting.feature()


def _answer(code: int, url: str, relative: bool) -> Action:
    """nginx `return code url`: only 301, 302, 303, 307 and 308 make a Location of it."""
    if code not in (301, 302, 303, 307, 308):
        return Respond(code, url)
    if "$" in url:
        return redirect_to(code, url) or Redirect(code, path=url, prefix=url, style="nginx-variables")
    if url.startswith("/"):
        return Redirect(code, path=url, query="", style="nginx-relative" if relative else "nginx-return")
    return Redirect(code, url=url)
