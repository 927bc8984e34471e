"""What both tables say to a request, and which findings announce a difference of the real responses."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import field

from converter.comparison.difference import permits_nothing
from converter.comparison.equivalence import Comparison
from converter.comparison.request_kinds import announced_of
from converter.model import NO_ASPECTS, Aspects, Fidelity, Finding
from converter.model.data import dataclass
from converter.probe.redirects import follow
from converter.routing.decide import consult
from converter.routing.decision import Decision
from converter.routing.exchange import Request

_OF_BACKENDS: Aspects = frozenset({"backends", "host", "path", "request-headers", "body", "normalisation"})
_BY_BACKENDS = frozenset({"status", "location", "response-headers", "redirects"})
"""Where a backend is asked something else, or another one is, every part of its response may differ."""
_ENDS: Aspects = frozenset({"connection", "status"})
LIMITS = "limits"
"""An approximation may change at which moment a limit or timeout of a proxy ends a request."""
_FAILURES = frozenset({"connection", "status", "redirects"})
_CERTIFICATE_CODES = ("tls.", "certificate-issuer.")
_HTTP2_LOST = "tls.http2-lost"


@dataclass(slots=True)
class Side:
    """What one table computes: the decision on the request, then on what follows its redirects."""

    hops: list[tuple[Request, Decision]] = field(default_factory=list)
    stopped: str = ""

    @property
    def decision(self) -> Decision:
        """On the request itself."""
        return self.hops[0][1]


@dataclass(slots=True)
class Expectation:
    """Both sides, and the codes of findings that announce a difference, by the aspect that may differ."""

    before: Side
    after: Side
    announced: dict[str, list[Finding]]
    permits_nothing: bool = False
    """See `difference.permits_nothing`, of the old side."""

    def accepts(self, aspects: Iterable[str]) -> bool:
        """Whether somebody has accepted findings that announce how the request fails."""
        failing = set(aspects) & _FAILURES
        return all(any(one.accepted for one in self.announced.get(aspect, ())) for aspect in failing)


def expectation(comparison: Comparison, request: Request, listeners: Container[tuple[str, int]]) -> Expectation:
    """What to expect of a request, redirects included."""
    before, after = computed_sides(comparison, request, listeners)
    announced: dict[str, list[Finding]] = {}
    for finding, aspects in _announcements(comparison, request):
        for aspect in aspects:
            announced.setdefault(aspect, []).append(finding)
    for one in (hop for side in (before, after) for hop, _ in side.hops):
        redirects = [finding for finding, aspects in _announcements(comparison, one) if aspects & _FAILURES]
        announced.setdefault("redirects", []).extend(redirects)
    return Expectation(before, after, announced, permits_nothing(*consult(comparison.before, request)))


def computed_sides(
    comparison: Comparison, request: Request, listeners: Container[tuple[str, int]]
) -> tuple[Side, Side]:
    """What both tables say to a request and to what follows its redirects."""
    return _side(comparison, request, 0, listeners), _side(comparison, request, 1, listeners)


def _side(comparison: Comparison, request: Request, number: int, listeners: Container[tuple[str, int]]) -> Side:
    side = Side()
    asked: Request | str = request
    while isinstance(asked, Request):
        decision = comparison.answers(asked)[number]
        side.hops.append((asked, decision))
        asked = follow([one for one, _ in side.hops], decision.status, decision.location, listeners)
    side.stopped = asked
    return side


def _announcements(comparison: Comparison, request: Request) -> Iterator[tuple[Finding, frozenset[str]]]:
    """Findings on a request with the aspects of real responses that they announce."""
    before, after = consult(comparison.before, request)[1], consult(comparison.after, request)[1]
    found = (*comparison.announcing(request, before, after), *comparison.announcements.of_hosts(request))
    situation = comparison.situation(request, before)
    difference = comparison.ask(request)
    differs = difference.aspects if difference else NO_ASPECTS
    for finding in {id(one): one for one in (*found, *(difference.announced_by if difference else ()))}.values():
        yield finding, _covered(finding, announced_of(finding, request, situation), differs)


def _covered(finding: Finding, announced: Aspects, differs: Aspects) -> frozenset[str]:
    """The aspects of real responses that may differ because of a finding.

    Where the tables compute the same, an approximation explains nothing but the statuses of limits, which depend on
    time and load; what is lost or unknown explains all that it announces.
    """
    covered: frozenset[str] = announced if finding.fidelity.rank >= Fidelity.MANUAL.rank else announced & differs
    if announced & differs & _OF_BACKENDS:
        covered |= _BY_BACKENDS
    if covered & _ENDS:
        covered |= _ENDS
    return covered | {LIMITS} if announced & _ENDS else covered


def connection_findings(comparison: Comparison, request: Request) -> dict[str, list[Finding]]:
    """Findings that announce another certificate or protocol for the host of a request."""
    rule = consult(comparison.before, request)[1]
    index = comparison.announcements
    found = [*index.of_place(request), *(index.of_rule(rule) if rule is not None else ())]
    lossy = [one for one in {id(one): one for one in found}.values() if not one.fidelity.lossless]
    return {
        "certificate": [one for one in lossy if one.code.startswith(_CERTIFICATE_CODES)],
        "protocol": [one for one in lossy if one.code == _HTTP2_LOST],
    }
