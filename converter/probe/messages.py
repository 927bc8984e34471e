"""A request as it is written on the wire, and headers as they are kept."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from converter.probe.secret_values import redacted_header
from converter.probe.settings import USER_AGENT
from converter.routing.exchange import Request

MAX_HEADERS, MAX_BODY = 65_536, 1 << 20
"""Bytes of a response that are read; a longer body is not read to its end."""


class Message(NamedTuple):
    """Method, Host, request target and headers."""

    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...]


def message_of(request: Request) -> Message:
    """The request as sent: the Host of its headers, else its host; our User-Agent unless it has one."""
    names = {name.lower() for name, _ in request.headers}
    sent = next((value for name, value in request.headers if name.lower() == "host"), request.host)
    headers = tuple(pair for pair in request.headers if pair[0].lower() not in ("host", "content-length"))
    agent = () if "user-agent" in names else (("User-Agent", USER_AGENT),)
    return Message(request.method, sent, request.path, (*agent, *headers))


def headers_of(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Response headers by name in lower case; several of one name are one text, without values of cookies."""
    out: dict[str, str] = {}
    for given, value in pairs:
        name = given.lower()
        kept = redacted_header(name, value)
        out[name] = f"{out[name]}, {kept}" if name in out else kept
    return out
