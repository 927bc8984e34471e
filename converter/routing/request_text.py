"""Requests as people write them: `GET https://shop.example.com/api`."""

from __future__ import annotations

from urllib.parse import urlsplit

from converter.routing.exchange import Request


def parse_request(text: str) -> Request:
    """A method, which may be missing, and a URL.

    Raises:
        ValueError: The text is none, names no host, or its port is no number.
    """
    method, _, url = text.strip().rpartition(" ")
    parts = urlsplit(url.strip())
    port = parts.port or 0
    host = parts.netloc.rpartition("@")[2]
    host = host.rpartition(":")[0] if parts.port is not None else host
    if parts.scheme not in ("http", "https") or not host:
        raise ValueError("write a method and a URL, as 'GET https://shop.example.com/api'")
    path = url.strip().partition("://")[2].partition("#")[0]
    path = path[len(parts.netloc) :] or "/"
    return Request(method.strip() or "GET", parts.scheme, host, path if path[0] == "/" else f"/{path}", port=port)
