"""Cross-origin responses of Alauda ALB (alb: template/nginx/lua/cors.lua, phase/l7_rewrite_phase.lua:20-31)."""

from __future__ import annotations

from converter.model.data import dataclass
from converter.routing.exchange import Exchange
from converter.routing.steps import CORS_STYLES, Cors

METHODS = ("GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS")
HEADERS = (
    "DNT",
    "X-CustomHeader",
    "Keep-Alive",
    "User-Agent",
    "X-Requested-With",
    "If-Modified-Since",
    "Cache-Control",
    "Content-Type",
    "Authorization",
)
MAX_AGE = 1728000


@dataclass(frozen=True, slots=True)
class TextCors(Cors):
    """`text` is searched for the Origin as it stands; `origins` are its items that a browser can really have."""

    text: str = ""
    preflight_only: bool = False
    """gRPC ports have no header filter (nginx.tmpl:223-289)."""


def cors(origins: str, headers: str, preflight_only: bool = False) -> TextCors:
    """The step of `enable-cors`."""
    allowed = tuple(part.strip() for part in headers.split(",")) if headers else HEADERS
    items = tuple(part.strip() for part in origins.split(","))
    real = tuple(item for item in items if item and "*" not in item) if origins else ("*",)
    return TextCors(real, METHODS, allowed, (), MAX_AGE, True, "alauda", origins, preflight_only)


def contains(allowed: str, origin: str) -> bool:
    """The first place of the origin in the text must be followed by its end or a comma."""
    at = allowed.find(origin)
    return at >= 0 and allowed[at + len(origin) : at + len(origin) + 1] in ("", ",")


def _answer(step: Cors, exchange: Exchange) -> None:
    origin = ", ".join(exchange.values("header", "origin"))
    text = step.text if isinstance(step, TextCors) else ",".join(step.origins)
    if not text:
        shown: str | None = "*"
    elif not origin:
        shown = text
    else:
        shown = origin if contains(text, origin) else None
    if isinstance(step, TextCors) and step.preflight_only and exchange.request.method != "OPTIONS":
        return
    lines = {
        "access-control-allow-credentials": "true",
        "access-control-allow-methods": ", ".join(step.methods),
        "access-control-allow-headers": ",".join(step.headers),
    }
    if shown is not None:
        lines["access-control-allow-origin"] = shown
    preflight = exchange.request.method == "OPTIONS"
    if preflight:
        lines |= {"access-control-max-age": str(step.max_age), "content-type": "text/plain charset=UTF-8"}
    for name, value in lines.items():
        exchange.response_headers.setdefault(name, value)  # rewrite-response has the last word
    if preflight:
        exchange.refuse(204)


CORS_STYLES["alauda"] = _answer
