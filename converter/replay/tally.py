"""Asks both sides how they respond to the requests of a log, and adds up."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import field
from typing import NamedTuple

from converter.comparison.announce import UNANNOUNCED
from converter.comparison.difference import Difference
from converter.comparison.request_kinds import announced_of
from converter.model import Finding
from converter.model.credentials import path_without_tokens
from converter.model.data import dataclass
from converter.model.fingerprint import fingerprint
from converter.model.traffic import Disagreement, ResponseOutcome, Tally, Traffic, TrafficGroup, Witness
from converter.replay.agreement import comparable, disagreement
from converter.replay.candidates import Candidates, Destination
from converter.replay.row_counter import RowCounter
from converter.replay.rows import Logged, Row
from converter.replay.shorten import unescaped
from converter.routing.decide import consult
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import Rule

EXAMPLES = 3
MAX_REMEMBERED = 20_000
"""Responses that are kept: rows of a log differ in what it says more often than in what is asked."""
_COOKIE = "cookie"


class EvaluatedRequest(NamedTuple):
    """A request with both responses."""

    request: Request
    before: Decision
    after: Decision
    outcome: ResponseOutcome
    codes: tuple[str, ...]
    findings: tuple[Finding, ...]
    rule: Rule | None
    """That matches before."""
    fails: bool

    @property
    def verdict(self) -> tuple[ResponseOutcome, tuple[str, ...]]:
        """What counts when two requests are compared."""
        return self.outcome, self.codes


@dataclass(slots=True)
class Tallies:
    """Adds rows of logs to a `Traffic`.

    Attributes:
        witness: Takes the examples of each group, and one request for each path of a host that gets equal responses.
    """

    traffic: Traffic
    candidates: Candidates
    cookies: frozenset[str]
    witness: Callable[[Witness], None]
    _groups: dict[tuple[ResponseOutcome, tuple[str, ...], str, str], TrafficGroup] = field(default_factory=dict)
    _disagreements: dict[tuple[str, str, str, str, str], Disagreement] = field(default_factory=dict)
    _known: dict[tuple[object, ...], EvaluatedRequest] = field(default_factory=dict)
    _fingerprints: dict[int, str] = field(default_factory=dict)
    _witnessed: set[tuple[ResponseOutcome, tuple[str, ...], str, str]] = field(default_factory=set)

    def add(self, rows: Iterable[Row]) -> list[int]:
        """Add rows up.

        Returns:
            Keys of rows whose first and last request get different responses: their requests must be added one by one.
        """
        left = []
        for row in rows:
            if row.first != row.last and not self._agree(row):
                left.append(row.key)
                continue
            self.traffic.distinct += row.distinct
            counter = RowCounter(row.distinct)
            for logged in row.logged:
                self._add(row, logged, counter)
        return left

    def _agree(self, row: Row) -> bool:
        """Whether the first and the last request of a row get the same response, wherever they may have gone."""
        return all(
            self._ask(row, place, row.first).verdict == self._ask(row, place, row.last).verdict
            for upstream in {one.upstream for one in row.logged}
            for place in self.candidates.of(row, upstream)
        )

    def _add(self, row: Row, logged: Logged, counter: RowCounter) -> None:
        asked = [self._ask(row, place, row.first) for place in self.candidates.of(row, logged.upstream)]
        if not asked:
            counter.add(self.traffic.tallies["ambiguous"], logged)
            counter.add(self.traffic.unknown_backends.setdefault(logged.upstream, Tally()), logged)
            return
        fitting = [one for one in asked if disagreement(self._logged_side(one), logged) is None]
        if not fitting:
            self._disagree(asked[0], logged, counter)
        pool = fitting or asked
        self.traffic.comparable += logged.count * any(comparable(self._logged_side(one), logged) for one in pool)
        verdicts = {one.verdict for one in pool}
        chosen = next((one for one in pool if one.outcome != "same"), pool[0])
        if len(verdicts) > 1:
            chosen = chosen._replace(outcome="ambiguous", codes=(), findings=(), fails=False)
        self._count(chosen, logged, counter)

    def _disagreement(self, key: tuple[str, str, str, str, str]) -> Disagreement:
        group = self._disagreements.get(key)
        if group is None:
            group = self._disagreements[key] = Disagreement(*key)
            self.traffic.disagreements.append(group)
        return group

    def _logged_side(self, asked: EvaluatedRequest) -> Decision:
        return asked.before if self.traffic.log_side == "before" else asked.after

    def _count(self, asked: EvaluatedRequest, logged: Logged, counter: RowCounter) -> None:
        counter.add(self.traffic.tallies[asked.outcome], logged)
        for finding in {
            one.code: one for one in reversed(asked.findings)
        }.values():  # each code once, so that sums add up
            key = self._fingerprint(finding)
            self.traffic.codes[key] = finding.code
            counter.add(self.traffic.by_finding.setdefault(key, Tally()), logged)
        place = (asked.outcome, asked.codes, asked.request.host.lower(), path_pattern(asked))
        if asked.outcome == "same":
            if place not in self._witnessed:
                self._witnessed.add(place)
                self.witness(_witness(asked, logged))
            return
        group = self._groups.get(place)
        if group is None:
            group = self._groups[place] = TrafficGroup(*place)
            self.traffic.groups.append(group)
        counter.add(group.tally, logged)
        group.fails += logged.count * asked.fails
        if len(group.examples) < EXAMPLES:
            found = _witness(asked, logged)
            if all(found.request != one.request for one in group.examples):
                group.examples.append(found)
                self.witness(found)

    def _disagree(self, asked: EvaluatedRequest, logged: Logged, counter: RowCounter) -> None:
        found = disagreement(self._logged_side(asked), logged)
        if found is None:
            return
        what, said, computed = found
        key = (what, asked.request.host.lower(), path_pattern(asked), said, computed)
        group = self._disagreement(key)
        counter.add(group.tally, logged)
        if len(group.examples) < EXAMPLES:
            group.examples.append(_witness(asked, logged))

    def _ask(self, row: Row, place: Destination, target: str) -> EvaluatedRequest:
        key = (id(place.comparison), place.scheme, place.port, place.host, row.method, row.client, row.headers, target)
        known = self._known.get(key)
        if known is None:
            if len(self._known) > MAX_REMEMBERED:
                self._known.clear()
            known = self._known[key] = _asked(place, self._request(row, place, target))
        return known

    def _request(self, row: Row, place: Destination, target: str) -> Request:
        headers = tuple(self._headers(row.headers))
        path = unescaped(target)
        entry = place.comparison.before.entry
        return Request(row.method, place.scheme, place.host, path, headers, row.client, place.port, None, entry)

    def _headers(self, logged: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Headers that rules look at; of cookies only those."""
        for name, value in logged:
            text = unescaped(value)
            if name == _COOKIE:
                pairs = (part.strip() for part in text.split(";"))
                text = "; ".join(one for one in pairs if one.partition("=")[0] in self.cookies)
            if text:
                yield name, text

    def _fingerprint(self, finding: Finding) -> str:
        known = self._fingerprints.get(id(finding))
        if known is None:
            known = self._fingerprints[id(finding)] = fingerprint(finding)
        return known


def _asked(place: Destination, request: Request) -> EvaluatedRequest:
    comparison = place.comparison
    question = request._replace(entry="")
    before, rule = consult(comparison.before, question)
    difference = comparison.ask(question)
    if difference is None:
        return EvaluatedRequest(request, before, comparison.answers(question)[1], "same", (), (), rule, False)
    return _different(request, difference)


def _different(request: Request, difference: Difference) -> EvaluatedRequest:
    findings = tuple(
        one
        for one in difference.announced_by
        if announced_of(one, difference.request, difference.situation) & difference.aspects
    )
    codes = tuple(difference.codes)
    announced = difference.announced and UNANNOUNCED not in codes
    return EvaluatedRequest(
        request,
        difference.before,
        difference.after,
        "announced" if announced else "unannounced",
        codes,
        findings,
        difference.rule_before,
        difference.fails,
    )


def path_pattern(asked: EvaluatedRequest) -> str:
    """The path of the rule that matches, or the beginning of the path where none does."""
    rule = asked.rule
    if rule is not None and rule.text:
        return rule.text if rule.path_type == "Exact" else f"{rule.text.rstrip('*')}*"
    return _beginning(asked.request.path)


def _beginning(target: str) -> str:
    first = path_without_tokens(target.partition("?")[0]).split("/")[1:2]
    return f"/{first[0][:24] if first else ''}*"


def _witness(asked: EvaluatedRequest, logged: Logged) -> Witness:
    return Witness(
        asked.request.to_json(),
        asked.before.to_answer(),
        asked.after.to_answer(),
        logged.count,
        asked.outcome,
        asked.codes,
        {logged.status: logged.count},
        {logged.upstream: logged.count} if logged.upstream else {},
    )
