"""What every request of a port goes through before a location is chosen, and rewrites that bring a query of their own.

nginx: rootfs/etc/nginx/template/nginx.tmpl:1286-1330 (headers to the backend), 320-345 (added and hidden headers).
"""

from __future__ import annotations

import re
from typing import Any

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.forwarded_headers import ForwardedHeaderSet
from converter.routing.nginx_paths import encode
from converter.routing.regex import compiled
from converter.routing.steps import expand
from converter.sources.ingress_nginx.variables import fill_variables, parts_of

_VALID = re.compile(r"[A-Za-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class InvalidNames:
    """Header names with a dot or other odd characters are dropped (ignore-invalid-headers)."""

    def apply(self, exchange: Exchange) -> None:
        for name in [one for one in exchange.headers if not _VALID.fullmatch(one)]:
            del exchange.headers[name]
            exchange.request_headers[name] = None


@dataclass(frozen=True, slots=True)
class ForwardedHeaders:
    """What the backend learns of the client; with `trusted` the load balancer in front is believed."""

    original_uri: bool = False
    request_id: bool = True
    trusted: bool = False
    full: bool = False
    """compute-full-forwarded-for: the address is appended to what came."""
    behind: bool = False
    """The client's address is what a load balancer says."""
    kept_alive: bool = True
    """Connections to backends are kept (upstream-keepalive-connections)."""

    @property
    def forwarded_headers(self) -> ForwardedHeaderSet | None:
        """None where a load balancer in front has a say, too."""
        if self.trusted or self.behind:
            return None
        headers = [
            ("X-Original-Forwarded-For", ("header:X-Forwarded-For",)),
            ("X-Original-Forwarded-Host", ("header:X-Forwarded-Host",)),
            ("X-Real-IP", ("address",)),
            ("X-Forwarded-Host", ("host",)),
            ("X-Forwarded-Port", ("port",)),
            ("X-Forwarded-Scheme", ("scheme",)),
            ("X-Scheme", ("scheme",)),
        ]
        if self.original_uri:
            headers.append(("X-Original-URI", ("path",)))
        return ForwardedHeaderSet(tuple(headers), ("X-Forwarded-For", "Proxy"), "keep" if self.request_id else "pass")

    def apply(self, exchange: Exchange) -> None:
        sent = {
            name: next(iter(exchange.values("header", name)), None)
            for name in ("x-forwarded-for", "x-forwarded-host", "x-request-id")
        }
        scheme, port = exchange.scheme, str(exchange.request.situation.balancer_port or exchange.port)
        address = exchange.source
        if self.trusted:
            scheme = next(iter(exchange.values("header", "x-forwarded-proto")), scheme)
            port = next(iter(exchange.values("header", "x-forwarded-port")), port)
            if self.full and sent["x-forwarded-for"]:
                address = f"{sent['x-forwarded-for']}, {exchange.request.source or exchange.source}"
        exchange.implicit_headers |= {
            "x-forwarded-for": address,
            "x-real-ip": exchange.source,
            "x-forwarded-host": exchange.upstream_host,
            "x-forwarded-port": port,
            "x-forwarded-proto": scheme,
            "x-forwarded-scheme": scheme,
            "x-scheme": scheme,
            "x-original-forwarded-for": sent["x-forwarded-for"],
            "x-original-forwarded-host": sent["x-forwarded-host"],
            "proxy": None,
        }
        upgrade = next(iter(exchange.values("header", "upgrade")), "")
        exchange.implicit_headers["connection"] = "upgrade" if upgrade else None if self.kept_alive else "close"
        if self.request_id:
            exchange.implicit_headers["x-request-id"] = sent["x-request-id"] or "*"
        if self.original_uri:
            exchange.implicit_headers["x-original-uri"] = exchange.request.path


class ConnectionSettings(dict[str, Any]):
    """Settings of connections to backends; `header` is what they get as Connection (nginx.tmpl:1297-1301)."""

    def apply(self, exchange: Exchange) -> None:
        if self.get("header"):
            exchange.implicit_headers["connection"] = self["header"]


@dataclass(frozen=True, slots=True)
class DefaultBodyLimit:
    """client_max_body_size of http{} holds wherever a location sets none (nginx: nginx.tmpl:374, find config phase)."""

    bytes: int
    own: frozenset[str]
    """Rules with a limit of their own, and those of the server, which respond before a location is looked for."""

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        if exchange.content_length() <= self.bytes or decision.rule in self.own or not decision.status:
            return decision
        kept = dict(exchange.response_headers)
        return Decision(413, response_headers=kept, rule=decision.rule, origin=decision.origin)


@dataclass(frozen=True, slots=True)
class ComputedHeaders:
    """Headers to the backend whose values may have nginx variables (ConfigMap proxy-set-headers)."""

    values: tuple[tuple[str, str], ...]

    @property
    def forwarded_headers(self) -> ForwardedHeaderSet:
        """The values in parts; Host itself and variables that only nginx has are nothing that others could say."""
        written = [(name, parts_of(value)) for name, value in self.values]
        unsaid = tuple(
            name
            for name, parts in written
            if name.lower() == "host" or any(part.startswith("variable:") for part in parts)
        )
        return ForwardedHeaderSet(tuple(one for one in written if one[0] not in unsaid), (), "", unsaid)

    def apply(self, exchange: Exchange) -> None:
        for name, value in self.values:
            exchange.request_headers[name.lower()] = fill_variables(value, exchange) or None


@dataclass(frozen=True, slots=True)
class AcceptedFormat:
    """X-Format: what the client accepts, for a default backend."""

    def apply(self, exchange: Exchange) -> None:
        exchange.implicit_headers["x-format"] = ",".join(exchange.values("header", "accept")) or None


@dataclass(frozen=True, slots=True)
class QueryRewrite:
    """A rewrite to a path with a query: the request's own query follows (only a controller without validation)."""

    pattern: str
    to: str

    def apply(self, exchange: Exchange) -> None:
        pattern = compiled(self.pattern, True)
        found = pattern.search(exchange.path) if pattern else None
        if found is None:
            return
        path, _, query = expand(self.to, found.group, len(found.groups())).partition("?")
        exchange.upstream_path = encode(path)
        exchange.query = f"{query}&{exchange.query}" if exchange.query else query
