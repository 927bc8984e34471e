"""Steps of Envoy that no source controller has: header values that are computed, host names that are, and the like."""

from __future__ import annotations

from dataclasses import replace

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.regex import compiled
from converter.routing.steps import HeaderEdit, append_header, replace_every
from converter.routing.table import RoutingTable
from converter.targets.envoy_gateway.format_strings import rendered

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FormattedHeaders:
    """A HeaderEdit whose values depend on the request."""

    edit: HeaderEdit

    def apply(self, exchange: Exchange) -> None:
        edit = self.edit

        def filled(pairs: Pairs) -> Pairs:
            """Envoy leaves a header as it is where nothing is left of its value."""
            values = ((name, rendered(value, exchange)) for name, value in pairs)
            return tuple((name, value) for name, value in values if value)

        replace(
            edit,
            request_set=filled(edit.request_set),
            request_add=filled(edit.request_add),
            response_set=filled(edit.response_set),
            response_add=filled(edit.response_add),
        ).apply(exchange)


@dataclass(frozen=True, slots=True)
class ForwardedHost:
    """Envoy's append_x_forwarded_host: the client's Host, where a rewrite changes it."""

    def apply(self, exchange: Exchange) -> None:
        if exchange.upstream_host != exchange.request.host:
            exchange.implicit_headers["x-forwarded-host"] = exchange.request.host


@dataclass(frozen=True, slots=True)
class HostFromPath:
    """Envoy's host_rewrite_path_regex: every occurrence is replaced; without one the whole path becomes the Host."""

    pattern: str
    to: str

    def apply(self, exchange: Exchange) -> None:
        pattern = compiled(self.pattern)
        if pattern is not None:
            exchange.upstream_host = replace_every(pattern, exchange.path, self.to)


@dataclass(frozen=True, slots=True)
class DirectResponse:
    """A response of the proxy whose body depends on the request."""

    status: int
    body: str
    content_type: str | None = None
    headers: Pairs = ()

    @property
    def computed(self) -> bool:
        """True where the response holds a format string; else it is a plain fixed response."""
        return "%" in self.body or any("%" in value for _, value in self.headers)

    def apply(self, exchange: Exchange) -> None:
        lines = dict(exchange.response_headers)
        lines |= {name.lower(): rendered(value, exchange) for name, value in self.headers}
        if self.content_type:
            lines["content-type"] = self.content_type
        exchange.answer = Decision(self.status, response_headers=lines, body=rendered(self.body, exchange) or None)


@dataclass(frozen=True, slots=True)
class EnvoyBodyLimit:
    """The longest request body, in bytes. What is longer gets 413; upgrades are refused with 403."""

    limit: int

    def apply(self, exchange: Exchange) -> None:
        if max(exchange.request.situation.body_bytes, exchange.content_length()) > self.limit:
            exchange.refuse(413, body="Payload Too Large")
        elif any(value.lower() == "websocket" for value in exchange.values("header", "upgrade")):
            exchange.refuse(403)


@dataclass(frozen=True, slots=True)
class Override:
    """One entry of responseOverride: which statuses, and what the client gets instead."""

    statuses: tuple[tuple[int, int], ...]
    headers: tuple[tuple[str, str, bool], ...]
    """Name, value and whether it is a regular expression, of the response that is replaced."""
    status: int | None
    body: str | None
    content_type: str | None = None
    response_headers: Pairs = ()
    source: str = "All"
    elsewhere: tuple[str, str, str] | None = None
    """Scheme, host and path of the request that is made instead (an internal redirect)."""

    def takes(self, decision: Decision) -> bool:
        """Whether this response is replaced."""
        local = not decision.backends
        if (self.source == "Local" and not local) or (self.source == "Backend" and local):
            return False
        if self.statuses and not any(low <= decision.status <= high for low, high in self.statuses):
            return False
        return all(_header_is(decision.response_headers.get(name), value, regex) for name, value, regex in self.headers)


def _header_is(found: str | None, value: str, regex: bool) -> bool:
    if found is None:
        return False
    pattern = compiled(value) if regex else None
    return pattern.fullmatch(found) is not None if pattern is not None else found == value


@dataclass(frozen=True, slots=True)
class ResponseOverride:
    """Responses that are replaced by fixed ones; the first entry that takes one applies."""

    entries: tuple[Override, ...]

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The fixed answer where an entry takes this one."""
        entry = next((one for one in self.entries if one.takes(decision)), None)
        if entry is None:
            return decision
        if entry.elsewhere is not None:
            return _reroute(exchange, entry.elsewhere) or decision
        lines: dict[str, str | None] = {
            name.lower(): rendered(value, exchange) for name, value in entry.response_headers
        }
        if entry.content_type or entry.body:
            lines.setdefault("content-type", entry.content_type or "text/plain")
        location = lines.pop("location", decision.location)
        return Decision(
            entry.status or decision.status,
            location=location,
            response_headers=lines,
            body=rendered(entry.body or "", exchange) or None,
            rule=decision.rule,
            origin=decision.origin,
            notes=decision.notes,
        )


def _reroute(exchange: Exchange, place: tuple[str, str, str]) -> Decision | None:
    """What another route of the same listener responds with; None where there is none, or where it was asked before."""
    from converter.routing.decide import consult

    _, host, path = place
    request = exchange.request
    if not isinstance(exchange.table, RoutingTable) or request.situation.rerouted:
        return None
    again = request._replace(
        host=host or request.host,
        path=exchange.with_query(path or exchange.path),
        sni=request.sni or exchange.host,
        port=exchange.port,
        situation=request.situation.reroute(),
    )
    decision, rule = consult(exchange.table, again)
    for ours, theirs in (
        (exchange.implicit_headers, decision.implicit_headers),
        (exchange.request_headers, decision.request_headers),
    ):
        theirs.update({name: value for name, value in ours.items() if name in theirs})  # the listener's, written once
    return decision if rule is not None else None


@dataclass(frozen=True, slots=True)
class ResponseTimeout:
    """The longest time for a whole response, in seconds; what takes longer gets 504. 0: no limit."""

    seconds: float

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """504 where the request says that its backend takes longer."""
        if not self.seconds or len(decision.backends) != 1:
            return decision
        delay = float(exchange.given(next(iter(decision.backends))).get("delay", 0))
        if delay < self.seconds:
            return decision
        return Decision(
            504,
            response_headers=dict(exchange.response_headers),
            body="upstream request timeout",
            rule=decision.rule,
            origin=decision.origin,
        )


@dataclass(frozen=True, slots=True)
class HashCookie:
    """The cookie that Envoy makes for a consistent hash, where a client has none.

    envoy: source/common/http/hash_policy.cc (HttpCookieHashMethod), Utility::makeSetCookieValue: HttpOnly always.
    """

    name: str
    seconds: float
    attributes: Pairs = ()

    def apply(self, exchange: Exchange) -> None:
        if not exchange.values("cookie", self.name):
            exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """Behind the cookies of the backend; `*` stands for the value."""
        if decision.backends:
            parts = [f"{self.name}=*", *([f"Max-Age={int(self.seconds)}"] if self.seconds else [])]
            parts += [f"{name}={value}" if value else name for name, value in self.attributes]
            append_header(decision.response_headers, "set-cookie", "; ".join([*parts, "HttpOnly"]))
        return decision
