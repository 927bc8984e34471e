"""How each controller answers cross-origin requests."""

from __future__ import annotations

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


def _unset(cors: Cors, exchange: Exchange) -> None:
    """Filled in by the reader of target resources and by the sources."""


CORS_STYLES.setdefault("filter", _unset)
