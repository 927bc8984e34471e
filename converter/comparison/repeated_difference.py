"""A difference that many hosts share, worked out for one of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.model import Aspects
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import Rule

if TYPE_CHECKING:
    from converter.comparison.equivalence import Comparison
from converter.comparison.difference import Cause, Difference


class RepeatedDifference(Difference):
    """A difference that another host of the same shape has shown; its responses are worked out when they are read."""

    def __init__(
        self,
        comparison: Comparison,
        request: Request,
        aspects: Aspects,
        before: Rule | None,
        made_of: Rule | None,
        *,
        probe: bool,
        causes: frozenset[Cause] | None,
    ) -> None:
        self.entry, self.request, self.aspects = comparison.before.entry, request, aspects
        self.rule_before, self.rule_after = before, None
        self.announced_by = comparison.announcements.of(request, before, made_of)
        self.situation = comparison.situation(request, before)
        self.probe, self.causes = probe, causes
        self._comparison = comparison

    @property
    def answers(self) -> Callable[[Request], tuple[Decision, Decision]]:
        """The responses to the request, before and after."""
        return self._comparison.answers

    @property
    def before(self) -> Decision:  # type: ignore[override]
        """The controller's response."""
        return self.answers(self.request)[0]

    @property
    def after(self) -> Decision:  # type: ignore[override]
        """The Gateway's response."""
        return self.answers(self.request)[1]
