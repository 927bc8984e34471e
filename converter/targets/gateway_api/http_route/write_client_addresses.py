"""Rules for some client addresses only: an authorization of the route, as no route is chosen by address."""

from __future__ import annotations

from converter.model import Outcome
from converter.routing.pattern_samples import samples
from converter.routing.table import Rule
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

_HINT = (
    "Where clients connect to Envoy directly or by PROXY protocol, choose the route by a header that Envoy sets before "
    "routing: ClientTrafficPolicy headers.earlyRequestHeaders.set with %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%, and a "
    "header match of type RegularExpression in the HTTPRoute. Behind a balancer that is the balancer's address."
)


def write_sources(draft: RuleDraft, sources: tuple[str, ...]) -> None:
    """Clients by address: Envoy refuses (403) where the table would go on to its next rule."""
    draft.put(
        "conditions",
        ("SecurityPolicy", "authorization"),
        {
            "defaultAction": "Deny",
            "rules": [{"name": "condition", "action": "Allow", "principal": {"clientCIDRs": list(sources)}}],
        },
    )
    taker = next_rule(draft)
    if taker is None:
        draft.outcomes.append(
            Outcome.approximate(
                "condition.source",
                "Clients of other addresses get 403. Before, no rule takes their requests (404).",
                affects={"status", "body", "response-headers"},
            )
        )
        return
    draft.outcomes.append(
        Outcome.manual(
            "condition.source",
            "Clients of other addresses get 403. Before, their requests go on to the next rule "
            f"({taker.name or taker.object}).",
            _HINT,
        )
    )


def next_rule(draft: RuleDraft) -> Rule | None:
    """The rule that takes requests of other clients; None where there is none of an input object."""
    later = False
    for rule in draft.port.candidates(draft.host):
        if rule is draft.rule:
            later = True
        elif later and rule.object is not None and _overlap(draft.rule, rule):
            return rule
    return None


def _overlap(one: Rule, other: Rule) -> bool:
    """Whether some path is taken by both, as far as examples of their paths show."""
    if not one.match.paths or not other.match.paths:
        return True
    mine = [path for test in one.match.paths for path in samples(test)]
    theirs = [path for test in other.match.paths for path in samples(test)]
    return any(test.holds(path) for path in mine for test in other.match.paths) or any(
        test.holds(path) for path in theirs for test in one.match.paths
    )
