"""Two tables, the same questions: where they answer differently, and which finding said so beforehand."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from converter.checking.kinds import DEEPER, FALL_THROUGH, HOST, UNMATCHED, announced_of, fits, read_differently
from converter.checking.witnesses import UNLISTED, port_witnesses
from converter.model import Fidelity, Finding, Origin
from converter.routing.decide import consult
from converter.routing.exchange import Decision, Request
from converter.routing.matching import Test
from converter.routing.table import Certificate, Feature, Port, RoutingTable, Rule, VirtualHost

if TYPE_CHECKING:
    from converter.checking.samples import Samples

FEW = 32
"""More findings on one place are asked for less often."""
SHARE_TOLERANCE = 0.011
"""Shares of backends are compared to a percent: weights are whole numbers on both sides."""


def _by_expression(*rules: Rule | None) -> bool:
    """nginx compares expressions with decoded paths, Envoy with escaped ones: `.` is `%23` for one only."""
    return any(test.op in ("regex", "search") for rule in rules if rule is not None for test in rule.match.paths)


@dataclass(slots=True)
class Difference:
    """One request that is answered differently."""

    entry: str
    request: Request
    before: Decision
    after: Decision
    aspects: frozenset[str]
    announced_by: tuple[Finding, ...]
    rule_before: Rule | None
    rule_after: Rule | None
    situation: frozenset[str] = frozenset()

    @property
    def announced(self) -> bool:
        """True where findings cover every part of the answer that differs."""
        return self.aspects <= frozenset().union(
            *(announced_of(finding, self.request, self.situation) for finding in self.announced_by))

    @property
    def answers(self) -> Callable[[Request], tuple[Decision, Decision]]:
        """What the request is answered, before and after."""
        return lambda request: (self.before, self.after)

    @property
    def codes(self) -> list[str]:
        """Of the findings that announce some part of it."""
        return sorted({
            one.code for one in self.announced_by if announced_of(one, self.request, self.situation) & self.aspects
        })


class Comparison:
    """Two tables of one entry point, with what the findings announce.

    `source_rule` leads from a rule of the second table to the rule of the first that it was made from; `finding` from a
    fact to its finding; `rename` from a backend of the second table to its name in the first; `twins` from a rule (by
    id) to equal ones of other hosts that share a route with it.
    """

    def __init__(
        self, before: RoutingTable, after: RoutingTable, finding: Callable[[Origin], Finding | None],
        source_rule: Callable[[Rule], Rule | None] | None = None, rename: dict[str, str] | None = None,
        *, twins: dict[int, list[Rule]] | None = None,
    ) -> None:
        self.before = before
        self._finding, self._source_rule = finding, source_rule or (lambda rule: None)
        self._rename = rename or {}
        self._twins = twins or {}
        self._of_rule: dict[int, tuple[Finding, ...]] = {}
        self._signatures: dict[int, Hashable] = {}
        self._equal: dict[Hashable, Hashable] = {}
        self._many: dict[tuple[int, str], Many] = {}
        self._elsewhere: dict[tuple[int, str, frozenset[str]], bool] = {}
        self._guarding: dict[int, dict[str, list[Certificate]]] = {}
        self.answers = self._answers
        """What both tables say to a request."""
        self._table = self._findings(_origins(before))
        self._after_ports: set[int] = set()
        self.hold_against(after)
        self._of_hosts: tuple[Finding, ...] | None = None

    def hold_against(
        self, after: RoutingTable, samples: Samples | None = None, whole: Callable[[], None] | None = None
    ) -> None:
        """Take this second table. `whole` puts the whole one in its place, where it lacks what `samples` leave out."""
        self._after, self.samples, self._whole = after, samples, whole
        self._after_ports |= {id(port) for port in after.ports}

    @property
    def after(self) -> RoutingTable:
        """The whole second table."""
        if self._whole is not None:
            self._whole()
        return self._after

    @property
    def sampled(self) -> RoutingTable:
        """The second table as far as it has been read."""
        return self._after

    def _table_for(self, request: Request) -> RoutingTable:
        """The second table, with all that this request may lead to."""
        if self._whole is None or self.samples is None:
            return self._after
        names = (request.host.partition(":")[0].lower().rstrip("."), (request.sni or "").lower())
        return self._after if self.samples.left.isdisjoint(names) else self.after

    def _answers(self, request: Request) -> tuple[Decision, Decision]:
        return consult(self.before, request)[0], consult(self._table_for(request), request)[0]

    def ask(self, request: Request) -> Difference | None:
        """None where both answer alike."""
        before, rule_before = consult(self.before, request)
        after, rule_after = consult(self._table_for(request), request)
        aspects = self.aspects(before, after)
        if not aspects:
            return None
        if read_differently(request):
            aspects = frozenset({"normalisation"})
        difference = Difference(
            self.before.entry, request, before, after, aspects, self.announcing(request, rule_before, rule_after),
            rule_before, rule_after, self.situation(request, rule_before),
        )
        if not difference.announced:
            difference.announced_by += self.announcing_of_hosts(request)
        escaped = "%" in request.path.partition("?")[0]
        if escaped and not difference.announced and _by_expression(rule_before, rule_after):
            difference.aspects = frozenset({"normalisation"})
        return difference

    def announcing(self, request: Request, before: Rule | None, after: Rule | None) -> tuple[Finding, ...]:
        """Findings on the rules that answer, on their host and port, and on the entry as a whole."""
        return self.announcing_of(request, before, self.source(after))

    def announcing_of(self, request: Request, before: Rule | None, made_of: Rule | None) -> tuple[Finding, ...]:
        """The same by the rule of the first table that the one that will answer was made of."""
        found: dict[int, Finding] = {}
        for rule in (before, made_of):
            if rule is not None:
                for finding in self._some((id(rule), "rule"), self._rule_findings(rule)):
                    found[id(finding)] = finding
        twins = self._twins.get(id(made_of))
        for finding in self._twin_findings(id(made_of), twins) if twins else ():
            found[id(finding)] = finding
        for finding in (*self._some((0, "table"), self._table), *self._place_findings(request)):
            found[id(finding)] = finding
        return tuple(one for one in found.values() if announced_of(one, request))

    def _twin_findings(self, rule: int, twins: Iterable[Rule]) -> Sequence[Finding]:
        """Findings on the other rules that one was written for."""
        known = self._many.get((rule, "twins"))
        if known is None:
            found = [finding for twin in twins for finding in self._rule_findings(twin)]
            if len(found) <= FEW:
                return found
            known = self._many[rule, "twins"] = Many(found)
        return known.now()

    def _some(self, key: tuple[int, str], findings: Sequence[Finding]) -> Sequence[Finding]:
        """As many of these as are still of use (see Many)."""
        if len(findings) <= FEW:
            return findings
        known = self._many.get(key)
        if known is None:
            known = self._many[key] = Many(list(findings))
        return known.now()

    def situation(self, request: Request, before: Rule | None) -> frozenset[str]:
        """What holds of the request in these tables."""
        if before is None:
            return frozenset({UNMATCHED})
        port = self.before.port(request.port or (443 if request.scheme == "https" else 80))
        if port is None or not port.fall_through:
            return frozenset()
        own = frozenset(test.value.lower() for test in before.hosts)
        key = (id(port), request.host, own)
        known = self._elsewhere.get(key)
        if known is None:
            others = (rule for rule in port.candidates(request.host.partition(":")[0].lower()) if rule.hosts)
            known = self._elsewhere[key] = any(
                not own & {test.value.lower() for test in rule.hosts} for rule in others)
        return frozenset({FALL_THROUGH}) if known else frozenset()

    def announcing_of_hosts(self, request: Request) -> tuple[Finding, ...]:
        """Findings on what becomes of hosts like this one; they hold even where none of their rules would answer."""
        if self._of_hosts is None:
            found = {
                id(finding): finding for _, _, rule in self.before.rules() for finding in self._rule_findings(rule)
                if any(when.startswith((DEEPER, HOST)) for _, when in finding.narrow)
            }
            self._of_hosts = tuple(found.values())
        return tuple(
            one for one in self._of_hosts
            if any(when.startswith((DEEPER, HOST)) and fits(when, request) for _, when in one.narrow)
        )

    def opaque(self, request: Request) -> list[str]:
        """Codes of findings on settings of the rules that answer whose effect no table can show (raw configuration)."""
        rules = (consult(self.before, request)[1], self.source(consult(self.after, request)[1]))
        found = self._findings(
            origin for rule in rules if rule is not None for feature in rule.features
            if not hasattr(feature.value, "apply") for origin in feature.origins
        )
        lost = (one for one in self._table if one.fidelity.rank >= Fidelity.MANUAL.rank)
        return sorted({one.code for one in (*found, *lost) if announced_of(one, request)})

    def _rule_findings(self, rule: Rule) -> tuple[Finding, ...]:
        known = self._of_rule.get(id(rule))
        if known is None:
            origins = [] if rule.origin is None else [rule.origin]
            for feature in rule.features:
                origins += feature.origins
            if "origins" in rule.extra:
                origins += rule.extra["origins"]
            known = self._of_rule[id(rule)] = self._findings(origins)
        return known

    def _place_findings(self, request: Request) -> tuple[Finding, ...]:
        port = self.before.port(request.port or (443 if request.scheme == "https" else 80))
        if port is None:
            return ()
        name = request.host.partition(":")[0].lower()
        vhost = port.select(name)
        place = id(port)
        found = [*self._said_of((place, "features"), port.features)]
        if vhost is not None and vhost.features:
            found += self._said_of((id(vhost), ""), vhost.features)
        if port.certificates:
            by_name = self._certificates(port)
            for key in ("", name, f"*.{name.partition('.')[2]}"):
                if key in by_name:
                    found += self._said_of((place, f"certificates {key}"), by_name[key])
        return tuple(found)

    def _said_of(self, key: tuple[int, str], bearers: Iterable[Feature | Certificate]) -> Sequence[Finding]:
        """Findings on the facts of these; of many that say the same, one is enough once they have their examples."""
        known = self._many.get(key)
        if known is None:
            found = list(self._findings(origin for one in bearers for origin in one.origins))
            if len(found) <= FEW:
                return found
            known = self._many[key] = Many(found)
        return known.now()

    def _certificates(self, port: Port) -> dict[str, list[Certificate]]:
        """The certificates of a port by the names that they are for; "": every name."""
        known = self._guarding.get(id(port))
        if known is None:
            known = self._guarding[id(port)] = {}
            for one in port.certificates:
                for host in one.hosts or ("",):
                    known.setdefault(host, []).append(one)
        return known

    def has_twins(self, rule: Rule) -> bool:
        """Whether rules of other hosts share the route of this one."""
        return bool(self._twins.get(id(rule)))

    def said_of_rule(self, rule: Rule) -> tuple[Finding, ...]:
        """Findings on the facts of a rule of the first table."""
        return self._rule_findings(rule)

    def said_of_table(self) -> tuple[Finding, ...]:
        """Findings on the entry as a whole."""
        return self._table

    def findings_of(self, origins: Iterable[Origin]) -> tuple[Finding, ...]:
        """Findings on these facts."""
        return self._findings(origins)

    def _findings(self, origins: Iterable[Origin]) -> tuple[Finding, ...]:
        found = [self._finding(origin) for origin in origins]
        return tuple([finding for finding in found if finding is not None])

    def source(self, rule: Rule | None) -> Rule | None:
        """The rule of the first table that a rule of the second was made from."""
        return None if rule is None else self._source_rule(rule)

    def is_after(self, port: Port) -> bool:
        """True for a port of the second table."""
        return id(port) in self._after_ports

    def renamed(self, backend: str) -> str:
        """A backend of the second table by its name in the first."""
        return self._rename.get(backend, backend)

    def signature(self, rule: Rule) -> Hashable:
        """What the findings on this rule announce; two rules with the same signature are announced alike."""
        source = self._source_rule(rule) or rule
        known = self._signatures.get(id(source))
        if known is None:
            said = tuple([
                (finding.code, finding.announces, finding.narrow)
                for finding in self._rule_findings(source) if finding.announces
            ])
            known = self._signatures[id(source)] = self._equal.setdefault(said, said)
        return known

    def aspects(self, before: Decision, after: Decision) -> frozenset[str]:
        """The parts in which two decisions differ."""
        out = set()
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
            if _told_otherwise(before, after):
                out.add("request-headers")
        if before.status and after.status and _headers_differ(before.response_headers, after.response_headers):
            out.add("response-headers")
        return frozenset(out)

    def _same_shares(self, before: dict[str, float], after: dict[str, float]) -> bool:
        renamed: dict[str, float] = {}
        for key, share in after.items():
            name = self._rename.get(key, key)
            renamed[name] = renamed.get(name, 0) + share
        keys = before.keys() | renamed.keys()
        return all(abs(before.get(key, 0) - renamed.get(key, 0)) < SHARE_TOLERANCE for key in keys)

    def differences(self, vhosts: Iterable[tuple[Port, VirtualHost]] | None = None) -> Iterator[Difference]:
        """Every difference that the witnesses of both tables show (of these virtual hosts, where they are given)."""
        asked: set[Request] = set()
        for port, vhost in places(self.before, self.after) if vhosts is None else vhosts:
            for request in port_witnesses(port, vhost):
                for twin in (request, *self._on_other_ports(request)):
                    key = twin._replace(extra={})
                    if _hashable(key) not in asked:
                        asked.add(_hashable(key))
                        difference = self.ask(twin)
                        if difference is not None:
                            yield difference

    def _on_other_ports(self, request: Request) -> Iterator[Request]:
        """The same request by the other scheme: what is served on 443 only must not appear on 80."""
        if request.port == 0:
            yield request._replace(scheme="http" if request.scheme == "https" else "https")


def _hashable(request: Request) -> Request:
    return request._replace(extra=())  # type: ignore[arg-type]


def places(before: RoutingTable, after: RoutingTable) -> Iterator[tuple[Port, VirtualHost]]:
    """Every virtual host of both tables, and a host that neither knows."""
    for table in (before, after):
        for port in table.ports:
            for vhost in port.hosts:
                yield port, vhost
    for port in before.ports:
        yield port, VirtualHost((Test("exact", UNLISTED),), [])


class Many:
    """The findings on one place, where there are many."""

    __slots__ = ("_asked", "_findings")

    def __init__(self, findings: list[Finding]) -> None:
        self._findings, self._asked = findings, 0

    def now(self) -> list[Finding]:
        """Those that have no example yet, and one of each kind of the others; in the end one of each kind."""
        self._asked += 1
        if self._asked % 16 == 0 and self._asked <= 512:
            kinds: set[Hashable] = set()
            kept = []
            for one in self._findings:
                kind = (one.code, one.announces, one.narrow)
                if kind not in kinds or (one.example is None and one.announces and self._asked < 256):
                    kept.append(one)
                kinds.add(kind)
            self._findings = kept
        return self._findings


class Foreseen(Difference):
    """A difference that another host of the same shape has shown; its answers are worked out when they are read."""

    def __init__(
        self, comparison: Comparison, request: Request, aspects: frozenset[str], before: Rule | None,
        made_of: Rule | None,
    ) -> None:
        self.entry, self.request, self.aspects = comparison.before.entry, request, aspects
        self.rule_before, self.rule_after = before, None
        self.announced_by = comparison.announcing_of(request, before, made_of)
        self.situation = comparison.situation(request, before)
        self._comparison = comparison

    @property
    def answers(self) -> Callable[[Request], tuple[Decision, Decision]]:
        """What the request is answered, before and after."""
        return self._comparison.answers

    @property
    def before(self) -> Decision:  # type: ignore[override]
        """What the controller answers."""
        return self.answers(self.request)[0]

    @property
    def after(self) -> Decision:  # type: ignore[override]
        """What the Gateway answers."""
        return self.answers(self.request)[1]


def _origins(table: RoutingTable) -> list[Origin]:
    out = [origin for feature in table.features for origin in feature.origins]
    return out if table.origin is None else [*out, table.origin]


def _told_otherwise(before: Decision, after: Decision) -> bool:
    """Whether a backend reads another value in a header that a setting of one side has written."""
    one, other = before.request_headers, after.request_headers
    return any(
        one.get(name, before.implicit_headers.get(name)) != other.get(name, after.implicit_headers.get(name))
        for name in one.keys() | other.keys()
    )


def _headers_differ(before: dict[str, str | None], after: dict[str, str | None]) -> bool:
    return any(before.get(name) != after.get(name) for name in before.keys() | after.keys())
