"""Following redirects on the same host; the same code for real responses and for computed ones."""

from __future__ import annotations

from collections.abc import Container
from urllib.parse import urljoin, urlsplit

from converter.model.credentials import CREDENTIALS
from converter.probe.observation import LOOP
from converter.routing.exchange import DEFAULT_PORTS, Request, host_only

STATUSES = (301, 302, 303, 307, 308)
FOLLOWED_METHODS = ("GET", "HEAD")
MOST_HOPS = 10


def next_request(request: Request, status: int, location: str | None) -> Request | str:
    """The request that a client sends next, or why none is sent: "" where the response is no redirect."""
    if status not in STATUSES or not location or request.method not in FOLLOWED_METHODS:
        return ""
    port = f":{request.port}" if request.port and ":" not in request.host else ""
    try:
        target = urlsplit(urljoin(f"{request.scheme}://{request.host}{port}{request.path}", location))
        number = target.port or 0
    except ValueError:
        return "location is not a URL"
    if target.scheme not in DEFAULT_PORTS:
        return f"redirect to scheme {target.scheme or 'none'}"
    if (target.hostname or "").rstrip(".") != host_only(request.host).strip("[]").rstrip("."):
        return "redirect to another host"
    number = 0 if number == DEFAULT_PORTS[target.scheme] else number
    host = host_only(request.host) + (f":{number}" if number else "")
    path = (target.path or "/") + (f"?{target.query}" if target.query else "")
    kept = request.headers
    if (request.scheme, target.scheme) == ("https", "http"):
        kept = tuple(pair for pair in kept if pair[0].lower() not in CREDENTIALS)
    return request._replace(scheme=target.scheme, host=host, path=path, port=number, headers=kept, sni=None)


def follow(
    seen: list[Request], status: int, location: str | None, listeners: Container[tuple[str, int]]
) -> Request | str:
    """As `next_request`, with an end.

    Args:
        seen: The requests so far, the last of which got this response.
        status: Its status.
        location: Its Location.
        listeners: Scheme and port of what may be asked; a redirect elsewhere is not followed.
    """
    request = next_request(seen[-1], status, location)
    if isinstance(request, str):
        return request
    if any(_url(request) == _url(one) for one in seen):
        return LOOP
    if len(seen) > MOST_HOPS:
        return f"more than {MOST_HOPS} redirects"
    if (request.scheme, request.listener_port) not in listeners:
        return f"redirect to port {request.listener_port}"
    return request


def _url(request: Request) -> tuple[str, str, int, str]:
    return request.scheme, host_only(request.host), request.listener_port, request.path
