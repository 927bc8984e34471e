"""Features that change a request, a response, or end an exchange: what stands between a match and its action.

A step is the value of a `Feature`. Steps of a rule run in the order of the rule's features, which is the order of the
controller's phases: a CORS preflight that nginx responds to before its address lists stands before them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Protocol

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.matchers import ValueMatcher
from converter.routing.regex import compiled


class Step(Protocol):
    """Something that happens to a request before the action of its rule."""

    def apply(self, exchange: Exchange) -> None:
        """Change the exchange; set `exchange.answer` to end it."""


@dataclass(frozen=True, slots=True)
class PathRewrite:
    """The path that the backend sees.

    mode full: the whole path becomes `to`, if `pattern` is found in it (no pattern: always).
    mode prefix: the segment prefix `pattern` becomes `to` (Gateway API ReplacePrefixMatch).
    mode regex: the first occurrence of `pattern`, or with `every` each, becomes `to`.
    `to` refers to groups as `\\1` (`\\0` is the whole match, `\\\\` a backslash). `encode` turns the controller's
    normal form of the path into what goes on the wire where that is not the same ("nginx").
    """

    mode: str
    to: str
    pattern: str | None = None
    ignore_case: bool = False
    every: bool = False
    encode: str = ""

    def apply(self, exchange: Exchange) -> None:
        path = exchange.path if self.encode else exchange.upstream_path
        new = self.rewritten(path)
        if new is not None:
            exchange.upstream_path = ENCODERS[self.encode](new) if self.encode else new

    def rewritten(self, path: str) -> str | None:
        """The new path, None where the pattern is not found."""
        if self.mode == "prefix":
            return replace_prefix(path, self.pattern or "/", self.to)
        if self.pattern is None:
            return self.to
        pattern = compiled(self.pattern, self.ignore_case)
        found = pattern.search(path) if pattern else None
        if pattern is None or found is None:
            return None
        if self.mode == "full":
            return expand(self.to, found.group, len(found.groups()))
        if self.every:
            return replace_every(pattern, path, self.to)
        return pattern.sub(lambda m: expand(self.to, m.group, len(m.groups())), path, count=1)


def replace_every(pattern: re.Pattern[str], text: str, to: str) -> str:
    """Every occurrence as RE2 counts them: none that is empty right behind another (Python's own `sub` has those)."""
    out, at, end = [], 0, -1
    for found in pattern.finditer(text):
        if found.end() == found.start() == end:
            continue
        out += [text[at : found.start()], expand(to, found.group, len(found.groups()))]
        at = end = found.end()
    return "".join(out) + text[at:]


def replace_prefix(path: str, prefix: str, to: str) -> str:
    """Gateway API ReplacePrefixMatch as the specification has it; slashes are not doubled."""
    rest = path[len(prefix.rstrip("/")) :]
    if not to.rstrip("/"):
        return rest if rest.startswith("/") else f"/{rest}"
    return to.rstrip("/") + rest if rest.startswith("/") or not rest else f"{to.rstrip('/')}/{rest}"


def expand(template: str, group: Callable[[int], str | None], count: int) -> str:
    """Fill `\\n` references; a group that does not exist or took no part is empty."""
    out, at = [], 0
    while at < len(template):
        char = template[at]
        if char == "\\" and at + 1 < len(template):
            at += 1
            if template[at].isdigit():
                number = int(template[at])
                out.append((group(number) or "") if number <= count else "")
            else:
                out.append(template[at])
        else:
            out.append(char)
        at += 1
    return "".join(out)


ENCODERS: dict[str, Callable[[str], str]] = {"": str}
"""How a controller writes its normal form of a path back on the wire (filled by `routing/paths.py`)."""


@dataclass(frozen=True, slots=True)
class HostRewrite:
    """The Host that the backend sees: the literal `value`, or with `source` where it comes from (header, path)."""

    value: str
    source: str = ""

    def apply(self, exchange: Exchange) -> None:
        if not self.source:
            exchange.upstream_host = self.value
        elif self.source == "header" and exchange.values("header", self.value):
            exchange.upstream_host = exchange.values("header", self.value)[0]


@dataclass(frozen=True, slots=True)
class HeadersNotInInput:
    """Headers of a ConfigMap (`namespace/name`) that the input does not hold."""

    config_map: str


ADD_HEADER_STATUSES = (200, 201, 204, 206, 301, 302, 303, 304, 307, 308)
"""nginx: src/http/modules/ngx_http_headers_filter_module.c: statuses for which add_header without `always` acts."""


def append_header(headers: dict[str, str | None], name: str, value: str) -> None:
    """Add a line to a header; lines that are there stay before it."""
    known = headers.get(name.lower())
    headers[name.lower()] = f"{known}, {value}" if known else value


@dataclass(frozen=True, slots=True)
class HeaderEdit:
    """Request or response headers that are set, added and removed; values are literal text."""

    request_set: tuple[tuple[str, str], ...] = ()
    request_add: tuple[tuple[str, str], ...] = ()
    request_remove: tuple[str, ...] = ()
    response_set: tuple[tuple[str, str], ...] = ()
    response_add: tuple[tuple[str, str], ...] = ()
    response_remove: tuple[str, ...] = ()
    statuses: tuple[int, ...] = ()
    """Statuses of the responses whose headers are edited; (): all."""
    own_answers: bool = False
    """The controller edits responses of its own as well, such as those of a guard behind this step."""

    def apply(self, exchange: Exchange) -> None:
        if self.statuses:
            exchange.after.append(self)
            return
        for name in self.request_remove:
            exchange.request_headers[name.lower()] = None
        for name, value in self.request_set:
            exchange.request_headers[name.lower()] = value
        for name, value in self.request_add:
            present = exchange.request_headers.get(name.lower()) or ",".join(exchange.values("header", name))
            exchange.request_headers[name.lower()] = f"{present},{value}" if present else value
        for name in self.response_remove:
            exchange.response_headers[name.lower()] = None
        for name, value in self.response_set:
            exchange.response_headers[name.lower()] = value
        for name, value in self.response_add:
            append_header(exchange.response_headers, name, value)
            exchange.response_added.add(name.lower())

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """Edit a response by its status."""
        if decision.status in self.statuses:
            headers = decision.response_headers
            headers.update({name.lower(): value for name, value in self.response_set})
            for name, value in self.response_add:
                append_header(headers, name, value)
        return decision


@dataclass(frozen=True, slots=True)
class AddressList:
    """Client addresses that are let in or kept out; the first list that decides wins.

    `order` is deny-first (nginx deny/allow as ingress-nginx writes them, Envoy Gateway rules in list order).
    `fallback` says what happens to an address in no list: "allow" or "deny".
    """

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    fallback: str = "allow"
    status: int = 403
    body: str | None = None

    def apply(self, exchange: Exchange) -> None:
        if not self.admits(exchange.values("source", "")[0]):
            exchange.refuse(self.status, body=self.body)

    def admits(self, address: str) -> bool:
        """True where a client of this address gets through (an unknown address is in no list)."""
        if any(ValueMatcher("cidr", cidr).holds(address) for cidr in self.deny):
            return False
        return any(ValueMatcher("cidr", cidr).holds(address) for cidr in self.allow) or self.fallback == "allow"


@dataclass(frozen=True, slots=True)
class Deny:
    """Every request is refused, because the controller refuses the rule (503 "location denied", 403, 500)."""

    status: int = 503
    reason: str = ""

    def apply(self, exchange: Exchange) -> None:
        exchange.refuse(self.status)


@dataclass(frozen=True, slots=True)
class Cors:
    """Cross-origin responses. `style` names the controller whose variant it is (`routing/cors.py`)."""

    origins: tuple[str, ...] = ("*",)
    methods: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    expose: tuple[str, ...] = ()
    max_age: int | None = None
    credentials: bool = False
    style: str = "filter"

    def apply(self, exchange: Exchange) -> None:
        CORS_STYLES[self.style](self, exchange)


CORS_STYLES: dict[str, Callable[[Cors, Exchange], None]] = {}
"""How each controller answers cross-origin requests (filled by `routing/cors.py`)."""


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Limits in seconds; None: the controller's default. No request of the oracle is slow, so nothing happens here.

    `request` is for the whole exchange, `read`/`send` between two reads or writes (idle), `connect` for the upstream
    connection. 0 means no limit.
    """

    connect: float | None = None
    read: float | None = None
    send: float | None = None
    request: float | None = None

    def apply(self, exchange: Exchange) -> None:
        """Nothing that a plain request shows."""
