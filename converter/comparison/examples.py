"""Which request is shown for a finding, and what of its responses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.comparison.causes import caused_by
from converter.comparison.difference import Cause, Difference
from converter.comparison.request_kinds import announced_of
from converter.model import ASPECTS, Aspects, Example, Finding
from converter.routing.decision import Decision
from converter.routing.exchange import Request

if TYPE_CHECKING:
    from converter.comparison.equivalence import Comparison

MOST_TRIED = 8
"""Differences that are tried as the example of one finding."""


class Examples:
    """The example of each finding: a difference that it causes, if possible one that needs it to be announced."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._weak: set[int] = set()
        self._tried: Counter[int] = Counter()

    def offer(self, difference: Difference) -> bool:
        """Use the difference where it serves a finding better than what it has; True where it did."""
        served = []
        for finding in difference.announced_by:
            if finding.example is None or id(finding) in self._weak:
                share = announced_of(finding, difference.request, difference.situation) & difference.aspects
                alone = _alone(finding, share, difference) if share else share
                if share and (alone or finding.example is None) and self._is_caused(finding, difference, share):
                    finding.example = as_example(difference, alone or share)
                    served.append(cause(finding))
                    (self._weak.discard if alone else self._weak.add)(id(finding))
        if served:
            difference.causes = (difference.causes or frozenset()).union(served)
        return bool(served)

    def _is_caused(self, finding: Finding, difference: Difference, share: Aspects) -> bool:
        if difference.causes is not None:
            return cause(finding) in difference.causes
        if self._tried[id(finding)] >= MOST_TRIED:
            return False
        self._tried[id(finding)] += 1
        return caused_by(finding, difference, share, self._comparison)


def cause(finding: Finding) -> Cause:
    """What findings on the same setting of other hosts have in common."""
    origin = finding.origin
    return finding.code, origin.kind, "" if origin.kind == "field" else origin.key


def _alone(finding: Finding, share: Aspects, difference: Difference) -> Aspects:
    """What of its share no other finding announces."""
    for other in difference.announced_by:
        if other is not finding:
            share -= announced_of(other, difference.request)
            if not share:
                break
    return share


def as_example(difference: Difference, aspects: Aspects = ASPECTS) -> Example:
    """The difference as a report shows it: headers only where they are what the finding is about."""
    return Example.later(Shown(difference.request, difference.answers, _ASPECTS.setdefault(aspects, aspects)))


_ASPECTS: dict[Aspects, Aspects] = {}
"""Equal sets are one: there are few, and an example each for thousands of findings."""


class Shown:
    """What an example will show."""

    __slots__ = ("answers", "aspects", "request")

    def __init__(
        self, request: Request, answers: Callable[[Request], tuple[Decision, Decision]], aspects: Aspects
    ) -> None:
        self.request, self.answers, self.aspects = request, answers, aspects

    def __call__(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        decisions = self.answers(self.request)
        before, after = (one.to_answer() for one in decisions)
        if "normalisation" in self.aspects:
            _keep_headers(before, after, {name for one in decisions for name in one.request_headers})
        _prune(before, after, self.aspects)
        return self.request.to_json(), before, after


def _prune(before: dict[str, Any], after: dict[str, Any], aspects: Aspects) -> None:
    for answer in (before, after):
        if not aspects & {"request-headers", "normalisation"}:
            answer.get("upstream", {}).pop("headers", None)
        if "response-headers" not in aspects:
            answer.pop("response_headers", None)
    _drop_equal(before.get("response_headers"), after.get("response_headers"))
    _drop_equal(before.get("upstream", {}).get("headers"), after.get("upstream", {}).get("headers"))


def _keep_headers(before: dict[str, Any], after: dict[str, Any], names: set[str]) -> None:
    """Leave the headers that settings write: some of them hold the path."""
    for answer in (before, after):
        upstream = answer.get("upstream", {})
        if "headers" in upstream:
            upstream["headers"] = {name: value for name, value in upstream["headers"].items() if name in names}


def _drop_equal(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Headers that are the same on both sides say nothing."""
    for name in list(before or ()):
        if before and after and name in after and before[name] == after[name]:
            del before[name], after[name]
