"""Which request is shown for a finding, and what of its responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.comparison.difference import Difference
from converter.comparison.request_kinds import announced_of
from converter.model import ASPECTS, Aspects, Example, Finding
from converter.routing.exchange import Decision, Request


class Examples:
    """The example of each finding: a difference that needs it to be announced, or any that it takes part in."""

    def __init__(self) -> None:
        self._weak: set[int] = set()

    def offer(self, difference: Difference) -> bool:
        """Use the difference where it serves a finding better than what it has; True where it did."""
        news = False
        for finding in difference.announced_by:
            if finding.example is None or id(finding) in self._weak:
                share = announced_of(finding, difference.request, difference.situation) & difference.aspects
                if share:
                    alone = _alone(finding, share, difference)
                    if finding.example is None or alone:
                        finding.example, news = as_example(difference, alone or share), True
                    (self._weak.discard if alone else self._weak.add)(id(finding))
        return news


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
        before, after = (one.to_answer() for one in self.answers(self.request))
        _prune(before, after, self.aspects)
        return self.request.to_json(), before, after


def _prune(before: dict[str, Any], after: dict[str, Any], aspects: Aspects) -> None:
    for answer in (before, after):
        if "request-headers" not in aspects:
            answer.get("upstream", {}).pop("headers", None)
        if "response-headers" not in aspects:
            answer.pop("response_headers", None)
    _drop_equal(before.get("response_headers"), after.get("response_headers"))
    _drop_equal(before.get("upstream", {}).get("headers"), after.get("upstream", {}).get("headers"))


def _drop_equal(before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Headers that are the same on both sides say nothing."""
    for name in list(before or ()):
        if before and after and name in after and before[name] == after[name]:
            del before[name], after[name]
