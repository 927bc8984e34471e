"""How each controller writes the Location of a redirect."""

from __future__ import annotations

from collections.abc import Callable

from converter.routing.actions import Redirect
from converter.routing.exchange import Exchange, host_only
from converter.routing.steps import replace_prefix

DEFAULT_PORTS = {"http": 80, "https": 443}


def location(redirect: Redirect, exchange: Exchange) -> str:
    """The Location header for this request."""
    return redirect.url if redirect.url is not None else STYLES[redirect.style](redirect, exchange)


def _envoy(redirect: Redirect, exchange: Exchange) -> str:
    """Envoy as Envoy Gateway configures it (reference target.md b5): 80 and 443 are never shown; without hostname the
    port of the Host header stays; with hostname and no scheme the listener's port is added."""
    scheme = redirect.scheme or exchange.scheme
    sent = exchange.request.host
    if redirect.hostname is not None:
        port = redirect.port if redirect.port is not None else (exchange.port if redirect.scheme is None else 0)
        authority = _with_port(redirect.hostname, port)
    elif redirect.port in (None, 80, 443):
        authority = sent
        if sent.rpartition(":")[2] in ("80", "443"):
            authority = sent.rpartition(":")[0]
    else:
        authority = _with_port(host_only(sent), redirect.port or 0)
    return f"{scheme}://{authority}{_new_path(redirect, exchange)}"


def _with_port(host: str, port: int) -> str:
    return host if port in (0, 80, 443) else f"{host}:{port}"


def _new_path(redirect: Redirect, exchange: Exchange) -> str:
    path = exchange.upstream_path
    if redirect.path is not None:
        path = replace_prefix(path, redirect.prefix, redirect.path) if redirect.prefix is not None else redirect.path
    if redirect.query is not None:
        return f"{path}?{redirect.query}" if redirect.query else path
    return path if "?" in path else exchange.with_query(path)


STYLES: dict[str, Callable[[Redirect, Exchange], str]] = {"envoy": _envoy}
"""Renderers by style; each source's variant is registered here with the place in its code that it follows."""
