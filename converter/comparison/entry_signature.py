"""Entry points that respond alike but for the name of their one host and of their backends.

An AWS Ingress without a group is a load balancer of its own, so that thousands of Ingresses are thousands of small
entry points, nearly all alike. What the first of a kind has shown is asked of the others, and no more.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import NamedTuple

from converter.comparison.difference import Cause, Difference
from converter.comparison.equivalence import Comparison
from converter.comparison.opaque import Opaque
from converter.comparison.opaque_text import with_values
from converter.model import Finding
from converter.routing.actions import Forward
from converter.routing.exchange import Request
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Port, RoutingTable, Rule

FEW_RULES = 64
SHORT = 4
"""A name that is shorter may be in other words by chance."""


class AskedRequest(NamedTuple):
    """A request that distinguishes the two tables of an entry point."""

    request: Request
    probe: bool
    """See `Difference.probe`."""
    causes: frozenset[Cause] | None
    """See `Difference.causes`."""


class EntryKind(NamedTuple):
    """What an entry point has of its own, and what it has in common with others of its kind (`key`)."""

    host: str
    key: Hashable
    values: tuple[str, ...]
    """Its opaque values, in the order in which those of all of the kind correspond."""


class UnlikeError(Exception):
    """These tables are compared for themselves."""


class EntrySignatures:
    """What was told of entry points, by their kinds."""

    def __init__(self) -> None:
        self._known: dict[Hashable, tuple[EntryKind, list[AskedRequest]]] = {}

    def kind(self, comparison: Comparison) -> EntryKind | None:
        """The kind of an entry point; None where it is of none."""
        try:
            host = _only_host(comparison)
            kind = _SignatureBuilder(comparison, host)
            key = kind.key()
            hash(key)
        except (UnlikeError, TypeError):
            return None
        return EntryKind(host, key, tuple(kind.values.numbers))

    def differing_requests(self, kind: EntryKind) -> list[AskedRequest] | None:
        """Requests that distinguish the tables; None where it is the first of its kind."""
        if kind.key not in self._known:
            return None
        first, requests = self._known[kind.key]
        own = {value: number for number, value in enumerate(first.values)}
        return [one._replace(request=_for_entry(one.request, first, own, kind)) for one in requests]

    def keep(self, kind: EntryKind, differences: list[Difference]) -> None:
        """What the first one has shown."""
        requests = [AskedRequest(one.request, one.probe, one.causes) for one in differences]
        if not any(_names(one.request, kind.host) for one in differences):
            self._known[kind.key] = kind, requests


def _names(request: Request, host: str) -> bool:
    """Whether a request has the name elsewhere than as its host."""
    return host in f"{request.path} {request.headers} {request.sni} {request.situation}"


def _for_entry(request: Request, first: EntryKind, own: dict[str, int], kind: EntryKind) -> Request:
    """A request with the host and the opaque values of another entry point."""
    return with_values(request, own, kind.values)._replace(host=request.host.replace(first.host, kind.host))


def _only_host(comparison: Comparison) -> str:
    """The one name in both tables."""
    found: set[str] = set()
    tables = (comparison.before, comparison.sampled)
    if sum(len(vhost.rules) for table in tables for port in table.ports for vhost in port.hosts) > FEW_RULES:
        raise UnlikeError
    for table in tables:
        for _, vhost, rule in table.rules():
            for test in (*vhost.hosts, *rule.hosts):
                if test.op != "exact":
                    raise UnlikeError
                found.add(test.value)
            if any(one.subject == "host" for one in rule.match.conditions):
                raise UnlikeError
    name = found.pop() if len(found) == 1 else ""
    if len(name) < SHORT or "." not in name or name != name.lower():
        raise UnlikeError
    return name


class _SignatureBuilder:
    """All that a response and its announcement depend on, with numbers for backends and a mark for the host."""

    def __init__(self, comparison: Comparison, host: str) -> None:
        self._comparison, self._host = comparison, host
        self._backends: dict[str, int] = {}
        self.values = Opaque()
        self._places = {id(rule): index for index, (_, _, rule) in enumerate(comparison.before.rules())}

    def key(self) -> Hashable:
        """Of the whole comparison."""
        before, after = self._comparison.before, self._comparison.sampled
        return (
            self._table(before),
            self._table(after),
            self.values.order(),
            tuple(self._rule_announcements(rule) for _, _, rule in before.rules()),
            self._of_places(before),
        )

    def _table(self, table: RoutingTable) -> Hashable:
        return table.controller, table.paths, table.headers, tuple(self._port(port) for port in table.ports)

    def _port(self, port: Port) -> Hashable:
        certificates = tuple((one.kind, self._marked(" ".join(one.hosts))) for one in port.certificates)
        return (
            port.number,
            port.protocol,
            port.unknown_sni,
            port.fall_through,
            port.paths,
            port.headers,
            port.fallback,
            tuple(self.values.step(one.value) for one in port.steps),
            self._marked(port.server_name),
            certificates,
            port.sni_style,
            port.refused,
            tuple(self._port(part) for part in port.chains),
            tuple((self._hosts(one.hosts), tuple(map(self._rule, one.rules))) for one in port.hosts),
        )

    def _rule(self, rule: Rule) -> Hashable:
        source = self._comparison.source(rule)
        if source is not None and id(source) not in self._places:
            raise UnlikeError
        steps = tuple(self._step(one.value) for one in rule.features if hasattr(one.value, "apply"))
        place = None if source is None else self._places[id(source)]
        match = rule.match.paths, self.values.conditions(rule.match.conditions)
        return place, match, self._hosts(rule.hosts), steps, self._action(rule)

    def _action(self, rule: Rule) -> Hashable:
        action = rule.action
        if not isinstance(action, Forward):
            return type(action).__name__, self._step(action)
        after = id(rule) not in self._places
        out = []
        for backend in action.backends:
            name = self._comparison.renamed(backend.resolved) if after else backend.resolved
            number = self._backends.setdefault(name, len(self._backends))
            out.append((number, backend.weight, backend.failure, backend.protocol))
        return tuple(out)

    def _step(self, step: object) -> str:
        """A step or an action; what names the host of the entry point names that of another in its place."""
        text = repr(step)
        return self._marked(text) if self._host in text else repr(self.values.step(step))

    def _hosts(self, tests: Iterable[ValueMatcher]) -> Hashable:
        return len(tuple(tests))

    def _marked(self, text: str) -> str:
        return text.replace(self._host, "<host>")

    def _rule_announcements(self, rule: Rule) -> Hashable:
        if self._comparison.announcements.has_equal_rules(rule):
            raise UnlikeError
        return self._findings(self._comparison.announcements.of_rule(rule))

    def _of_places(self, table: RoutingTable) -> Hashable:
        out = [self._findings(self._comparison.announcements.of_table)]
        for port in table.ports:
            bearers = (*port.features, *(one for vhost in port.hosts for one in vhost.features))
            origins = [one.origins for one in bearers] + [one.origins for one in port.certificates]
            out += [self._findings(self._comparison.announcements.of_facts(some)) for some in origins]
        return tuple(out)

    def _findings(self, findings: Sequence[Finding]) -> Hashable:
        return tuple(self._finding(one) for one in findings)

    def _finding(self, one: Finding) -> Hashable:
        narrow = tuple((aspects, self._marked(when)) for aspects, when in one.narrow)
        return one.code, one.affects, narrow, one.example is None


def renewed(comparison: Comparison, requests: Iterable[AskedRequest]) -> Iterator[Difference]:
    """The same requests, asked of another entry point of the kind."""
    for question in requests:
        difference = comparison.ask(question.request, probe=question.probe)
        if difference is not None:
            difference.causes = question.causes
            yield difference
