"""Location of an ALB redirect (AWS: redirect actions): every part may hold keywords, and the port is always written."""

from __future__ import annotations

from converter.routing.actions import Redirect
from converter.routing.exchange import Exchange, host_only
from converter.routing.locations import STYLES


def keywords(text: str, values: dict[str, str]) -> str:
    """Fill `#{host}` and the like."""
    for name, value in values.items():
        if "#{" not in text:
            break
        text = text.replace(f"#{{{name}}}", value)
    return text


def render(redirect: Redirect, exchange: Exchange) -> str:
    """`#{path}` has no leading slash, `#{query}` no question mark; a part that is not given stays as it is."""
    host = host_only(exchange.request.host)
    values = {
        "protocol": exchange.scheme.upper(), "host": host, "port": str(exchange.port),
        "path": exchange.raw_path.removeprefix("/"), "query": exchange.query or "",
    }
    scheme = (redirect.scheme or exchange.scheme).lower()
    target = host if redirect.hostname is None else keywords(redirect.hostname, values)
    port = exchange.port if redirect.port is None else redirect.port
    path = exchange.raw_path if redirect.path is None else keywords(redirect.path, values)
    query = values["query"] if redirect.query is None else keywords(redirect.query, values)
    return f"{scheme}://{target}:{port}{path}{f'?{query}' if query else ''}"


STYLES["aws"] = render
