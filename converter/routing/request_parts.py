"""Texts that depend on the request, in neutral parts (the vocabulary of `ForwardedHeaderSet`)."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import quote

from converter.routing.exchange import Exchange

UNRESERVED = "-._~!*'()"
"""What stays in an encoded text beside letters and digits (nginx: src/core/ngx_string.c, NGX_ESCAPE_URI_COMPONENT)."""


_OF_CERTIFICATES = dict.fromkeys(("client-certificate", "client-subject", "client-issuer"), "") | {
    "client-verified": "NONE"
}
"""The requests that are asked about come without a client certificate."""


def filled(parts: Iterable[str], exchange: Exchange) -> str:
    """The text for this request."""
    return "".join(part_value(part, exchange) for part in parts)


def part_value(part: str, exchange: Exchange) -> str:
    """What one part holds for a request; a variable that nobody else knows stays as it is written."""
    kind, _, name = part.partition(":")
    if part.startswith("="):
        return part[1:]
    if kind == "variable":
        return f"${name}"
    if kind in ("header", "argument", "cookie"):
        values = exchange.values({"argument": "query"}.get(kind, kind), name)
        return ", ".join(values) if kind == "header" else next(iter(values), "")
    return {
        "scheme": exchange.scheme,
        "host": exchange.request.host,
        "name": exchange.host,
        "path": exchange.request.path,
        "encoded-path": quote(exchange.request.path, safe=UNRESERVED),
        "bare-path": exchange.path,
        "address": exchange.source,
        "method": exchange.request.method,
        "port": str(exchange.port),
        **_OF_CERTIFICATES,
    }[kind]
