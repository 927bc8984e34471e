"""Requests without what makes them of a kind: `/x%2Fy` asked as `/x/y`, one with a cookie asked without it."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from converter.comparison.request_kinds import of_proxies
from converter.model.request_kind import BARE, BEYOND, STARTING, RequestKind
from converter.routing.exchange import Request


def without_kind(request: Request, when: RequestKind) -> Request | None:
    """The nearest request that is not of the kind; None for a kind that a request cannot shed."""
    if when.startswith((BEYOND, BARE)):
        kind, _, prefix = when.partition(" ")
        path = prefix.rstrip("/") + ("/" if kind == BARE.strip() else "")
        return request._replace(path=path or "/")
    if when.startswith(STARTING):
        return request._replace(path="/")
    change = _CHANGES.get(when)
    return None if change is None else change(request)


def _normal_path(request: Request) -> Request:
    path, mark, query = request.path.partition("?")
    path = unquote(path).replace("\\", "/")
    segments = [one for one in path.split("/") if one not in ("", ".", "..")]
    return request._replace(path=f"/{'/'.join(segments)}{mark + query if query else ''}")


def _without_headers(drop: Callable[[str], bool]) -> Callable[[Request], Request]:
    return lambda request: request._replace(headers=tuple(one for one in request.headers if not drop(one[0].lower())))


def _once(request: Request) -> Request:
    return request._replace(
        path=request.path.partition("?")[0],
        headers=tuple({name.lower(): (name, re.split("[;,]", value)[0]) for name, value in request.headers}.values()),
    )


_CHANGES: dict[str, Callable[[Request], Request]] = {
    "odd-path": _normal_path,
    "escaped-slash": _normal_path,
    "odd-host": lambda request: request._replace(host=request.host.strip(".")),
    "odd-port": lambda request: request._replace(host=request.host.partition(":")[0]),
    "body": _without_headers(lambda name: name == "content-length"),
    "forwarded": _without_headers(of_proxies),
    "cookie": _without_headers(lambda name: name == "cookie"),
    "odd-header": _without_headers(lambda name: "_" in name or "." in name),
    "trace": lambda request: request._replace(method="GET"),
    "odd-method": lambda request: request._replace(method="GET"),
    "odd-server-name": lambda request: request._replace(sni=None, host=request.host.lower()),
    "odd-parameter": lambda request: request._replace(path=request.path.partition("?")[0]),
    "repeated": _once,
    "cross-origin": lambda request: _without_headers(
        lambda name: name == "origin" or name.startswith("access-control-")
    )(request._replace(method="GET" if request.method == "OPTIONS" else request.method)),
}
