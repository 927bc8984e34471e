"""Two tables, the same questions: where they respond differently, and which finding announced it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice

from converter.comparison.announcement_index import AnnouncementIndex
from converter.comparison.difference import Difference
from converter.comparison.guard_witnesses import guard_witnesses
from converter.comparison.hosts import Samples
from converter.comparison.path_names import PathNames
from converter.comparison.request_kinds import FALL_THROUGH, NO_HANDSHAKE, UNMATCHED, announced_of, read_differently
from converter.comparison.witnesses import UNLISTED, client_witnesses, connection_witnesses, port_witnesses
from converter.model import Aspect, Aspects, Fidelity, Finding, Origin
from converter.routing.decide import consult, handshake
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Port, RoutingTable, Rule, VirtualHost

NO_SAMPLES = Samples()
NORMALISATION: Aspects = frozenset({"normalisation"})
_CLOSED: Aspects = frozenset({"connection"})
SERVER_NAMES = 2
"""Hosts whose connections requests for other hosts are sent by."""
SHARE_TOLERANCE = 0.011
"""Shares of backends are compared to a percent: weights are whole numbers on both sides."""


def _by_expression(*rules: Rule | None) -> bool:
    """nginx compares expressions with decoded paths, Envoy with escaped ones: `.` is `%23` for one only."""
    return any(test.op in ("regex", "search") for rule in rules if rule is not None for test in rule.match.paths)


class Comparison:
    """Two tables of one entry point, with what the findings announce.

    `source_rule` leads from a rule of the second table to the rule of the first that it was made from; `finding` from a
    fact to its finding; `rename` from a backend of the second table to its name in the first; `equal_rules` from a rule
    (by id) to equal ones of other hosts that share a route with it.
    """

    def __init__(
        self,
        before: RoutingTable,
        after: RoutingTable,
        finding: Callable[[Origin], Finding | None],
        source_rule: Callable[[Rule], Rule | None] | None = None,
        rename: dict[str, str] | None = None,
        *,
        equal_rules: dict[int, list[Rule]] | None = None,
    ) -> None:
        self.before = before
        self._source_rule = source_rule or (lambda rule: None)
        self._rename = rename or {}
        self._elsewhere: dict[tuple[int, str, frozenset[str]], bool] = {}
        self.announcements = AnnouncementIndex(before, finding, equal_rules or {})
        """The findings."""
        self.answers = self._answers
        """What both tables say to a request."""
        self._after_ports: set[int] = set()
        self._server_names: tuple[tuple[str, ...], bool] | None = None
        self.asked: set[Request] = set()
        """The requests of the last `differences`."""
        self.hold_against(after)

    def hold_against(
        self, after: RoutingTable, samples: Samples = NO_SAMPLES, read_rest: Callable[[], None] | None = None
    ) -> None:
        """Take this second table. `read_rest` puts the whole one in its place, with what `samples` leave out."""
        self._after, self.samples, self._read_rest = after, samples, read_rest
        self._after_ports |= {id(port) for port in after.ports}
        self._server_names = None

    @property
    def after(self) -> RoutingTable:
        """The whole second table."""
        if self._read_rest is not None:
            self._read_rest()
        return self._after

    @property
    def sampled(self) -> RoutingTable:
        """The second table as far as it has been read."""
        return self._after

    def table_for(self, request: Request) -> RoutingTable:
        """The second table, with all that this request may lead to."""
        return self._after if self._is_read(request) else self.after

    def _is_read(self, request: Request) -> bool:
        """False where the response needs rules of a host that others of its kind stand for."""
        names = (request.host.partition(":")[0].lower().rstrip("."), (request.sni or "").lower())
        return self._read_rest is None or all(map(self.samples.read, names))

    def _answers(self, request: Request) -> tuple[Decision, Decision]:
        return consult(self.before, request)[0], consult(self.table_for(request), request)[0]

    def ask(self, request: Request, *, probe: bool = False) -> Difference | None:
        """None where both respond alike. `probe`: see `Difference.probe`."""
        before, rule_before = consult(self.before, request)
        after, rule_after = consult(self.table_for(request), request)
        aspects = self.aspects(before, after)
        if not aspects:
            return None
        if read_differently(request):
            aspects = (aspects & _CLOSED) | NORMALISATION  # no path closes a port
        difference = Difference(
            self.before.entry,
            request,
            before,
            after,
            aspects,
            self.announcing(request, rule_before, rule_after),
            rule_before,
            rule_after,
            self.situation(request, rule_before),
            probe,
        )
        if not difference.announced:
            difference.announced_by += self.announcements.of_hosts(request)
        escaped = "%" in request.path.partition("?")[0]
        if escaped and not difference.announced and _by_expression(rule_before, rule_after):
            difference.aspects = NORMALISATION
        return difference

    def announcing(self, request: Request, before: Rule | None, after: Rule | None) -> tuple[Finding, ...]:
        """Findings on the rules that match, on their host and port, and on the entry as a whole."""
        return self.announcements.of(request, before, self.source(after))

    def situation(self, request: Request, before: Rule | None) -> frozenset[str]:
        """What holds of the request in these tables."""
        port = self.before.port(request.listener_port)
        if before is None:
            failed = port is not None and request.scheme == "https" and not handshake(port, request)
            return frozenset({UNMATCHED, NO_HANDSHAKE} if failed else {UNMATCHED})
        if port is None or not port.fall_through:
            return frozenset()
        own = frozenset(test.value.lower() for test in before.hosts)
        key = (id(port), request.host, own)
        known = self._elsewhere.get(key)
        if known is None:
            others = (rule for rule in port.candidates(request.host.partition(":")[0].lower()) if rule.hosts)
            known = self._elsewhere[key] = any(not own & {test.value.lower() for test in rule.hosts} for rule in others)
        return frozenset({FALL_THROUGH}) if known else frozenset()

    def opaque(self, request: Request) -> list[str]:
        """Codes of findings on settings of the rules that match whose effect no table can show (raw configuration)."""
        rules = (consult(self.before, request)[1], self.source(consult(self.after, request)[1]))
        found = self.announcements.of_facts(
            origin
            for rule in rules
            if rule is not None
            for feature in rule.features
            if not hasattr(feature.value, "apply")
            for origin in feature.origins
        )
        lost = (one for one in self.announcements.of_table if one.fidelity.rank >= Fidelity.MANUAL.rank)
        return sorted({one.code for one in (*found, *lost) if announced_of(one, request)})

    def source(self, rule: Rule | None) -> Rule | None:
        """The rule of the first table that a rule of the second was made from."""
        return None if rule is None else self._source_rule(rule)

    def signature(self, rule: Rule, path_names: PathNames | None = None) -> int:
        """What the findings on a rule of either table announce."""
        return self.announcements.signature(self._source_rule(rule) or rule, path_names)

    def is_after(self, port: Port) -> bool:
        """True for a port of the second table."""
        return id(port) in self._after_ports

    def renamed(self, backend: str) -> str:
        """A backend of the second table by its name in the first."""
        return self._rename.get(backend, backend)

    def aspects(self, before: Decision, after: Decision) -> Aspects:
        """The parts in which two decisions differ."""
        out: set[Aspect] = set()
        if before.status != after.status:
            out.add("status" if before.status and after.status else "connection")
        if before.location != after.location:
            out.add("location")
        if not self._same_shares(before.resolved, after.resolved):
            out.add("backends")
        if before.backends and after.backends:
            if before.host != after.host:
                out.add("host")
            if before.path != after.path:
                out.add("path")
            if _set_headers_differ(before, after):
                out.add("request-headers")
        if before.status and after.status and _headers_differ(before.response_headers, after.response_headers):
            out.add("response-headers")
        return frozenset(out)

    def same_answer(self, after: Decision, other: Decision) -> bool:
        """Whether other resources answer as those of the second table do."""
        return not self.aspects(other, after) and after.request_headers == other.request_headers

    def _same_shares(self, before: dict[str, float], after: dict[str, float]) -> bool:
        renamed: dict[str, float] = {}
        for key, share in after.items():
            name = self._rename.get(key, key)
            renamed[name] = renamed.get(name, 0) + share
        keys = before.keys() | renamed.keys()
        return all(abs(before.get(key, 0) - renamed.get(key, 0)) < SHARE_TOLERANCE for key in keys)

    def differences(
        self, vhosts: Iterable[tuple[Port, VirtualHost]] | None = None, *, unusual_clients: bool = False
    ) -> Iterator[Difference]:
        """Every difference that the witnesses of both tables show (of these virtual hosts, where they are given).

        A condition on many names (such as that of misdirected requests) leads to any of them: where others of its kind
        stand for that host, they are asked by connections for other names, and it is not.
        """
        asked = self.asked = set()
        for port, vhost in places(self.before, self.after) if vhosts is None else vhosts:
            by_condition = self.is_after(port) and not vhost.hosts
            probes = guard_witnesses(port, vhost) if not self.is_after(port) else ()
            usual = chain(
                port_witnesses(port, vhost),
                self._by_other_connections(port, vhost),
                client_witnesses(port, vhost) if unusual_clients else (),
            )
            for request, probe in chain(((one, False) for one in usual), ((one, True) for one in probes)):
                for variant in (request, *self._on_other_ports(request)):
                    if variant in asked or (by_condition and not self._is_read(variant)):
                        continue
                    asked.add(variant)
                    difference = self.ask(variant, probe=probe)
                    if difference is not None:
                        yield difference

    def _by_other_connections(self, port: Port, vhost: VirtualHost) -> Iterator[Request]:
        if self._server_names is None:
            self._server_names = self._other_names()
        names, several = self._server_names
        return connection_witnesses(port, vhost, names, several)

    def _other_names(self) -> tuple[tuple[str, ...], bool]:
        """Server names that lead to different listeners, with hosts of the first table; whether listeners differ."""
        parts = [part for port in self._after.ports for part in port.chains if part.protocol == "HTTPS"]
        names = [part.server_name for part in parts if part.server_name[:1] not in ("", "*")][:SERVER_NAMES]
        hosts = (
            test.value.lower()
            for port in self.before.ports
            if port.protocol == "HTTPS"
            for vhost in port.hosts
            for test in vhost.hosts
            if test.op == "exact"
        )
        names += [host for host in islice(hosts, 64) if host not in self.samples.left][:SERVER_NAMES]
        return tuple(dict.fromkeys(names))[: 2 * SERVER_NAMES], len(parts) > 1

    def _on_other_ports(self, request: Request) -> Iterator[Request]:
        """The same request by the other scheme: what is served on 443 only must not appear on 80."""
        if request.port == 0 and request.sni is None:
            yield request._replace(scheme="http" if request.scheme == "https" else "https")


def places(before: RoutingTable, after: RoutingTable) -> Iterator[tuple[Port, VirtualHost]]:
    """Every virtual host of both tables, and a host that neither knows."""
    for table in (before, after):
        for port in table.ports:
            for vhost in port.hosts:
                yield port, vhost
    for port in before.ports:
        yield port, VirtualHost((ValueMatcher("exact", UNLISTED),), [])


def _set_headers_differ(before: Decision, after: Decision) -> bool:
    """Whether a backend reads another value in a header that a setting of one side has written."""
    names = before.request_headers.keys() | after.request_headers.keys()
    return before.forwarded(names) != after.forwarded(names)


def _headers_differ(before: dict[str, str | None], after: dict[str, str | None]) -> bool:
    return any(before.get(name) != after.get(name) for name in before.keys() | after.keys())
