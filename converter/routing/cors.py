"""How each controller answers cross-origin requests."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.steps import CORS_STYLES, Cors


def header_lines(cors: Cors, origin: str) -> dict[str, str]:
    """The headers that say yes to this origin."""
    lines = {"access-control-allow-origin": origin}
    for name, values in (("methods", cors.methods), ("headers", cors.headers)):
        if values:
            lines[f"access-control-allow-{name}"] = ", ".join(values)
    if cors.expose:
        lines["access-control-expose-headers"] = ", ".join(cors.expose)
    if cors.max_age is not None:
        lines["access-control-max-age"] = str(cors.max_age)
    if cors.credentials:
        lines["access-control-allow-credentials"] = "true"
    return lines


def is_preflight(exchange: Exchange) -> bool:
    """OPTIONS with Origin and Access-Control-Request-Method."""
    return (
        exchange.request.method == "OPTIONS"
        and bool(exchange.values("header", "origin"))
        and bool(exchange.values("header", "access-control-request-method"))
    )


def _envoy(cors: Cors, exchange: Exchange) -> None:
    """Envoy's filter, whichever resource it was set up by: a preflight always gets a response, 200, with everything
    but the origin where that does not match; the origin is echoed, and `*` echoes what was asked for."""
    origin = next(iter(exchange.values("header", "origin")), "")
    if not origin:
        return
    admitted = any(_admits(pattern, origin) for pattern in cors.origins)
    lines: dict[str, str] = {}
    if admitted:
        lines["access-control-allow-origin"] = origin
        if cors.expose:
            lines["access-control-expose-headers"] = ", ".join(cors.expose)
    if is_preflight(exchange):
        exchange.response_headers |= lines
        _allowances(cors, exchange)
        exchange.refuse(200)
    elif admitted:
        if cors.credentials:
            lines["access-control-allow-credentials"] = "true"
        exchange.after.append(_Overwritten(lines))


class _Overwritten(NamedTuple):
    """Headers that the filter puts over those of the route and of the backend."""

    lines: dict[str, str]

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        decision.response_headers = {**decision.response_headers, **self.lines}
        return decision


def _allowances(cors: Cors, exchange: Exchange) -> None:
    lines = exchange.response_headers
    for name, values, asked in (
        ("methods", cors.methods, "access-control-request-method"),
        ("headers", cors.headers, "access-control-request-headers"),
    ):
        text = next(iter(exchange.values("header", asked)), "") if "*" in values else ", ".join(values)
        if text:
            lines[f"access-control-allow-{name}"] = text
    if cors.max_age is not None:
        lines["access-control-max-age"] = str(cors.max_age)
    if cors.credentials:
        lines["access-control-allow-credentials"] = "true"


def _admits(pattern: str, origin: str) -> bool:
    return pattern == "*" or (_wildcard(pattern).fullmatch(origin) is not None if "*" in pattern else pattern == origin)


@lru_cache(maxsize=4096)
def _wildcard(pattern: str) -> re.Pattern[str]:
    """envoy-gateway: internal/gatewayapi/securitypolicy.go:1800: all is literal but `*`, which is any text."""
    return re.compile(re.escape(pattern).replace(r"\*", ".*"))


CORS_STYLES["filter"] = _envoy
CORS_STYLES["policy"] = _envoy
