"""The address of one side: `10.0.0.1`, `[::1]:8080`, `https=10.0.0.1:8443`, `8080=10.0.0.1:18080`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from converter.routing.exchange import Request

_PLACE = re.compile(r"(?:\[(?P<v6>[0-9A-Fa-f:.%a-z]+)\]|(?P<name>[^:\[\]/@\s]+))(?::(?P<port>[0-9]+))?")
_RAW_V6 = re.compile(r"[0-9A-Fa-f]*:[0-9A-Fa-f]*:[0-9A-Fa-f:.]*")
HIGHEST_PORT = 65535


class Address(NamedTuple):
    """Where connections go. `port` 0: the port of the listener that a request asks."""

    host: str
    port: int = 0

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}" if self.port else host


class Addresses:
    """The places of one side by scheme or listener port.

    Args:
        given: `[KEY=]HOST[:PORT]` each; KEY is `http`, `https` or the port of a listener. Without KEY: all others.

    Raises:
        ValueError: One is no address, or two have the same key.
    """

    def __init__(self, given: Iterable[str]) -> None:
        self._places: dict[str, Address] = {}
        for text in given:
            key, equals, place = text.rpartition("=")
            if equals and key not in ("http", "https") and not _is_port(key):
                raise ValueError(f"{text!r}: the key must be http, https or the port of a listener")
            key = str(int(key)) if _is_port(key) else key
            if key in self._places:
                raise ValueError(f"{text!r}: two addresses for {key or 'all requests'}")
            self._places[key] = _place(place)

    def of(self, request: Request) -> Address | None:
        """Where this request is sent; None where the side has no address for it."""
        keys = (str(request.listener_port), request.scheme, "")
        found = next((self._places[key] for key in keys if key in self._places), None)
        return None if found is None else Address(found.host, found.port or request.listener_port)

    def shared_port(self, requests: Iterable[Request]) -> bool:
        """Whether one port would get requests of several schemes, which no server speaks."""
        schemes: dict[Address, set[str]] = {}
        for request in requests:
            place = self.of(request)
            if place is not None:
                schemes.setdefault(place, set()).add(request.scheme)
        return any(len(some) > 1 for some in schemes.values())

    def __str__(self) -> str:
        return ", ".join(f"{key}={place}" if key else str(place) for key, place in self._places.items())


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < int(text[:6]) <= HIGHEST_PORT


def _place(text: str) -> Address:
    if _RAW_V6.fullmatch(text):
        return Address(text)
    found = _PLACE.fullmatch(text)
    if found is None or (found["port"] is not None and not _is_port(found["port"])):
        raise ValueError(f"{text!r}: write HOST, HOST:PORT or [IPV6]:PORT")
    return Address(found["v6"] or found["name"], int(found["port"] or 0))
