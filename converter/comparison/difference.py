"""One request to which two tables respond differently, and the findings that announced it."""

from __future__ import annotations

from collections.abc import Callable

from converter.comparison.request_kinds import announced_of
from converter.model import Aspects, Finding
from converter.model.data import dataclass
from converter.routing.actions import Respond
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import Rule

FIRST_ERROR = 400
UNTRUSTED = "tls.no-certificate"
"""Finding about https with a certificate that is not for the name; nobody who checks it was served."""
FAILURES: Aspects = frozenset({"status", "connection", "backends"})


Cause = tuple[str, str, str]
"""Code, kind of fact and its key: what findings on the same setting of other hosts have in common."""


@dataclass(slots=True)
class Difference:
    """One request that gets a different response."""

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
    causes: frozenset[Cause] | None = None
    """Of the findings that it was found to be the effect of; None: nobody has looked."""

    @property
    def announced(self) -> bool:
        """True where findings cover every part of the response that differs."""
        left = self.aspects
        for finding in self.announced_by:
            left -= announced_of(finding, self.request, self.situation)
            if not left:
                break
        return not left

    @property
    def fails(self) -> bool:
        """True for a request that is served before, and refused, or gets an error or no response after.

        Clients that check certificates are not served where the controller shows its own one.
        """
        served = 0 < self.before.status < FIRST_ERROR
        if not served or permits_nothing(self.before, self.rule_before) or 0 < self.after.status < FIRST_ERROR:
            return False
        untrusted = self.request.scheme == "https" and any(one.code == UNTRUSTED for one in self.announced_by)
        return not (untrusted and not self.after.status)

    @property
    def accepted(self) -> bool:
        """True where findings that somebody has accepted announce how the request fails."""
        left = self.aspects & (FAILURES | {"normalisation"})
        for finding in self.announced_by:
            if finding.accepted:
                left -= announced_of(finding, self.request, self.situation)
        return not left

    @property
    def answers(self) -> Callable[[Request], tuple[Decision, Decision]]:
        """The responses to the request, before and after."""
        return lambda request: (self.before, self.after)

    @property
    def codes(self) -> list[str]:
        """Of the findings that announce some part of it."""
        return sorted(
            {one.code for one in self.announced_by if announced_of(one, self.request, self.situation) & self.aspects}
        )


def permits_nothing(decision: Decision, rule: Rule | None) -> bool:
    """True for a preflight that gets a response where the rule itself rejects the request that a browser sends next."""
    refuses = rule is not None and isinstance(rule.action, Respond) and rule.action.status >= FIRST_ERROR
    return refuses and decision.ended_by is not None and decision.ended_by[0] == "cors"
