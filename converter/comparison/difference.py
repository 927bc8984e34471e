"""One request that two tables answer differently, and the findings that said so beforehand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from converter.comparison.request_kinds import announced_of
from converter.model import Aspects, Finding
from converter.routing.exchange import Decision, Request
from converter.routing.table import Rule


@dataclass(slots=True)
class Difference:
    """One request that is answered differently."""

    entry: str
    request: Request
    before: Decision
    after: Decision
    aspects: Aspects
    announced_by: tuple[Finding, ...]
    rule_before: Rule | None
    rule_after: Rule | None
    situation: frozenset[str] = frozenset()
    probe: bool = False
    """Asked to see whether a guard can be walked around; no example of anything else."""

    @property
    def announced(self) -> bool:
        """True where findings cover every part of the answer that differs."""
        left = self.aspects
        for finding in self.announced_by:
            left -= announced_of(finding, self.request, self.situation)
            if not left:
                break
        return not left

    @property
    def answers(self) -> Callable[[Request], tuple[Decision, Decision]]:
        """What the request is answered, before and after."""
        return lambda request: (self.before, self.after)

    @property
    def codes(self) -> list[str]:
        """Of the findings that announce some part of it."""
        return sorted(
            {one.code for one in self.announced_by if announced_of(one, self.request, self.situation) & self.aspects}
        )
