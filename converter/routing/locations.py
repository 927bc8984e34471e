"""How each controller writes the Location of a redirect."""

from __future__ import annotations

from collections.abc import Callable

from converter.routing.actions import Redirect
from converter.routing.exchange import DEFAULT_PORTS, Exchange
from converter.routing.steps import replace_prefix

SAMPLE_HOST = "sample.example.com"
"""Host of the requests by which Locations are compared: a rule may redirect for many hosts."""


def for_any_host(text: str) -> str:
    """A text on the sample host, for readers who know their own hosts only."""
    return text.replace(SAMPLE_HOST, "HOST")


def location(redirect: Redirect, exchange: Exchange) -> str:
    """The Location header for this request."""
    return redirect.url if redirect.url is not None else STYLES[redirect.style](redirect, exchange)


def _envoy(redirect: Redirect, exchange: Exchange) -> str:
    """Envoy as Envoy Gateway sets it up.

    envoy-gateway: internal/gatewayapi/route.go:1908: without `port` it is the scheme's, and without scheme the
    listener's; internal/xds/translator/route.go:537: 80 and 443 are not handed to Envoy at all.
    envoy: source/common/http/utility.cc newUri: without a host of its own the Host header stays, with its port unless
    another one is set or it is the well-known port of the old scheme.
    """
    scheme = redirect.scheme or exchange.scheme
    port = redirect.port
    if port is None:
        port = DEFAULT_PORTS.get(redirect.scheme or "", exchange.port)
    port = 0 if port in (80, 443) else port
    host = redirect.hostname if redirect.hostname is not None else _sent_host(exchange, scheme, port)
    path = _new_path(redirect, exchange)
    return f"{scheme}://{host}{f':{port}' if port else ''}{'' if path.startswith('/') else '/'}{path}"


def _sent_host(exchange: Exchange, scheme: str, port: int) -> str:
    host, colon, number = exchange.upstream_host.rpartition(":")
    if not colon or number.endswith("]"):
        return exchange.upstream_host
    moved = scheme != exchange.scheme and number == str(DEFAULT_PORTS.get(exchange.scheme, ""))
    return host if port or moved else exchange.upstream_host


def _new_path(redirect: Redirect, exchange: Exchange) -> str:
    path = exchange.upstream_path
    if redirect.rewrite is not None:
        path = redirect.rewrite.rewritten(path) or path
    elif redirect.path is not None:
        path = replace_prefix(path, redirect.prefix, redirect.path) if redirect.prefix is not None else redirect.path
    if redirect.query is not None:
        return f"{path}?{redirect.query}" if redirect.query else path
    return path if "?" in path else exchange.with_query(path)


STYLES: dict[str, Callable[[Redirect, Exchange], str]] = {"envoy": _envoy}
"""Renderers by style; each source's variant is registered here with the place in its code that it follows."""
