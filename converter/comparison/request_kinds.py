"""Kinds of requests, which narrow what a finding announces: those with a body, with an odd path, to one host …"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import unquote

from converter.model import NO_ASPECTS, Aspects, Finding
from converter.model.request_kind import BARE, BEYOND, DEEPER, EVERY_REQUEST, HOST, PORT, STARTING, RequestKind
from converter.routing.envoy_paths import METHODS, is_rejected_upgrade
from converter.routing.exchange import Request, several_colons
from converter.routing.matchers import ValueMatcher

_UNUSUAL_PATH = re.compile(
    r"//|%2f|%5c|/\.{1,2}(?:/|$)|\\|%00|"
    r"%(?:2[1246-9a-e]|3[0-9a-e]|4[0-9a-f]|6[0-9a-f]|[57][0-9a]|5f|7[b-e]|5[bde])|%(?![0-9a-f]{2})|[|{}^`\"<>\[\]]",
    re.IGNORECASE,
)
"""Paths that proxies read differently before they match: also escaped letters and digits, broken escapes, and
characters that no URL has, which some proxies escape themselves."""
_ESCAPED = re.compile("%2f|%5c", re.IGNORECASE)
_SMALL = re.compile("%(?:[0-9A-F]?[a-f]|[a-f][0-9A-F])")
"""Escapes in small letters: nginx compares what they stand for, Envoy their text, which is in capitals as a rule."""


def _unusual_path(request: Request) -> bool:
    path = request.path.partition("?")[0]
    odd = "//" in path or "/." in path or "%" in path or request.path[-1:] == "?"
    return odd or _UNUSUAL_PATH.search(path) is not None


def _unusual_server_name(request: Request) -> bool:
    """No name in the handshake, one in capitals or with a final dot, or another one than the Host."""
    host = request.host.partition(":")[0]
    name = host if request.sni is None else request.sni
    return request.scheme == "https" and (name != host or name != name.lower() or name.endswith("."))


def _unusual_parameter(request: Request) -> bool:
    """A query parameter without value, with an encoded name or value, or one that is there twice."""
    pairs = [pair.partition("=") for pair in request.path.partition("?")[2].split("&") if pair]
    names = [name for name, _, _ in pairs]
    return len(names) != len(set(names)) or any(
        not mark or "%" in name + value or "+" in value for name, mark, value in pairs
    )


def of_proxies(name: str) -> bool:
    """Whether a header (lower case) is for proxies to write."""
    return name.startswith(("x-forwarded-", "x-original-")) or name in ("x-real-ip", "x-scheme", "proxy")


def _repeated(request: Request) -> bool:
    """A header, a cookie or a query parameter that is there more than once."""
    headers = [name.lower() for name, _ in request.headers]
    cookies = [
        part.partition("=")[0].strip()
        for name, value in request.headers
        if name.lower() == "cookie"
        for part in value.replace(",", ";").split(";")
    ]
    return any(len(names) != len(set(names)) for names in (headers, cookies)) or _unusual_parameter(request)


WHEN: dict[str, Callable[[Request], bool]] = {
    "odd-host": lambda request: request.host[:1] == "." or request.host.partition(":")[0].endswith("."),
    "odd-port": lambda request: several_colons(request.host),
    "behind-tls": lambda request: request.scheme == "http" and request.situation.behind_tls,
    "body": lambda request: any(name.lower() == "content-length" for name, _ in request.headers),
    "forwarded": lambda request: any(of_proxies(name.lower()) for name, _ in request.headers),
    "trace": lambda request: request.method == "TRACE",
    "odd-server-name": _unusual_server_name,
    "odd-parameter": _unusual_parameter,
    "odd-method": lambda request: request.method not in METHODS,
    "cookie": lambda request: any(name.lower() == "cookie" for name, _ in request.headers),
    "odd-path": _unusual_path,
    "escaped-slash": lambda request: _ESCAPED.search(request.path.partition("?")[0]) is not None,
    "repeated": _repeated,
    "odd-header": lambda request: any("_" in name or "." in name for name, _ in request.headers),
    "cross-origin": lambda request: (
        request.method == "OPTIONS" or any(name.lower() == "origin" for name, _ in request.headers)
    ),
    "upgrade": lambda request: is_rejected_upgrade(request.headers),
    "many": lambda request: request.situation.is_repeated,
    "plain-http": lambda request: request.scheme == "http",
    "https": lambda request: request.scheme == "https",
}
"""Kinds of requests that an outcome can narrow its announcement to."""
OF_HOSTS = frozenset({"odd-host", "odd-port", "odd-server-name"})
"""Of these, those that look at the host."""
UNMATCHED, FALL_THROUGH, NO_HANDSHAKE = "unmatched", "fall-through", "no-handshake"
"""Requests that no rule of the controller takes; requests for hosts that have rules of their own, but which others
take before; requests whose TLS handshake fails before."""
MAX_KINDS_TRIED = 16
"""Of a finding; where it has more, they are looked up by host."""
MAX_INDEXES = 256
SITUATIONS = (UNMATCHED, FALL_THROUGH, NO_HANDSHAKE)
_ANY = frozenset({EVERY_REQUEST, *SITUATIONS})
"""Kinds that every request fits, as far as the request itself shows."""


def _of_host(when: RequestKind, name: str) -> bool:
    """A dot at the end of the name is the root of DNS."""
    if when.startswith(DEEPER):
        rest = name.removesuffix(when[len(DEEPER) + 1 :])
        return "." in rest and len(rest) < len(name)
    op, _, value = when[len(HOST) :].partition(" ")
    return ValueMatcher(op, value, True).holds(name)


def fits(when: RequestKind, request: Request) -> bool:
    """True for a request of the kind."""
    test = WHEN.get(when)
    if test is not None:
        return test(request)
    if when in _ANY:
        return True
    if when.startswith((DEEPER, HOST)):
        return _of_host(when, request.host.partition(":")[0].lower().removesuffix("."))
    if when.startswith((BEYOND, BARE, STARTING)):
        return _beside(when, request.path.partition("?")[0])
    if when.startswith(PORT):
        return request.listener_port == int(when[len(PORT) :])
    raise KeyError(when)


def _beside(when: str, path: str) -> bool:
    kind, _, prefix = when.partition(" ")
    text = unquote(path)
    if kind == BARE.strip():
        return text.rstrip("/") == prefix.rstrip("/")
    if kind == STARTING.strip():
        return text.startswith(prefix)
    return text.startswith(prefix) and text[len(prefix) : len(prefix) + 1] not in ("", "/")


def announced_of(finding: Finding, request: Request, situation: frozenset[str] | None = None) -> Aspects:
    """The parts of the response to this request that may differ, according to the finding.

    `situation`: what the tables make of the request (UNMATCHED, FALL_THROUGH); None where that is not known.
    """
    if not finding.narrow:
        return finding.affects
    narrow = finding.narrow
    if len(narrow) > MAX_KINDS_TRIED:
        host = request.host.partition(":")[0].lower()
        narrow = _by_exact_host(narrow).near(host)
    found: Aspects = NO_ASPECTS
    for aspects, when in narrow:
        if fits(when, request) and (situation is None or when not in SITUATIONS or when in situation):
            found = found | aspects if found else aspects
    return found


Narrow = tuple[tuple[Aspects, RequestKind], ...]


class _ByExactHost:
    """The kinds of a finding that names many hosts, looked up by the host."""

    __slots__ = ("_of_hosts", "_others", "narrow")

    def __init__(self, narrow: Narrow) -> None:
        self.narrow = narrow
        self._others: list[tuple[Aspects, RequestKind]] = []
        self._of_hosts: dict[str, list[tuple[Aspects, RequestKind]]] = {}
        start = f"{HOST}exact "
        for aspects, when in narrow:
            exact = when.startswith(start)
            (self._of_hosts.setdefault(when[len(start) :].lower(), []) if exact else self._others).append(
                (aspects, when)
            )

    def near(self, host: str) -> Narrow:
        """Those that a request for the host may be of."""
        return (*self._others, *self._of_hosts.get(host, ()))


_INDEXES: dict[int, _ByExactHost] = {}
"""By the ids of tuples, which they keep: hashing one of thousands of kinds for each request would cost as much."""


def _by_exact_host(narrow: Narrow) -> _ByExactHost:
    known = _INDEXES.get(id(narrow))
    if known is None or known.narrow is not narrow:
        if len(_INDEXES) > MAX_INDEXES:
            _INDEXES.clear()
        known = _INDEXES[id(narrow)] = _ByExactHost(narrow)
    return known


def read_differently(request: Request) -> bool:
    """True for a path that proxies do not agree on: they decode, merge or escape it in ways of their own."""
    path = request.path.partition("?")[0]
    empty_query = request.path[-1:] == "?"
    return empty_query or _UNUSUAL_PATH.search(path) is not None or _SMALL.search(path) is not None
