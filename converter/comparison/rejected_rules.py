"""Rules that reject every request, before or after: reports show them, whatever else is said of their settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from converter.comparison.difference import FIRST_ERROR
from converter.comparison.equivalence import Comparison
from converter.model import Fidelity, Origin, Outcome
from converter.model.ledger import Ledger
from converter.routing.actions import Forward, Passthrough, Respond
from converter.routing.table import Rule, VirtualHost

KEPT = "rule.rejects"
"""The controller rejects every request already; how this is announced is left to the finding on its cause."""
LOST = "rule.rejected"
"""Requests that are served before are all rejected."""
NO_ANSWER = 444
"""nginx' own number for a connection that is closed without a response."""
UNRESOLVED = 500
"""Of a route rule without a backend (reference target.md b3)."""


class _PlacedRule(NamedTuple):
    rule: Rule
    vhost: VirtualHost
    before: int
    after: int


def settle_rejected(
    comparisons: Iterable[Comparison], equal_rules: Mapping[int, Sequence[Rule]], ledger: Ledger
) -> None:
    """Settle a finding of its own for each path (or rule object) that rejects every request.

    Args:
        comparisons: The tables, with what has been read back so far of the second ones.
        equal_rules: Rules by id -> equal rules of other hosts that share a route with them.
        ledger: Where the findings go; those of settings that are lost already stand for their rules.
    """
    for comparison in comparisons:
        for known in _rejecting(comparison, equal_rules):
            origin = known.rule.origin
            if origin is None or origin.object is None or _is_condition(known.rule) or _is_decided(known, ledger):
                continue
            fact = origin._replace(value=f"every request of {origin.value or origin.key}")
            ledger.settle_unsettled(fact, _outcome(known, origin))


def rejection(rule: Rule) -> int:
    """The status that a rule responds to every request with, where that is an error; 0: some may be served."""
    action = rule.action
    if isinstance(action, Respond):
        status = action.status or NO_ANSWER
        return status if status >= FIRST_ERROR else 0
    if isinstance(action, Forward | Passthrough):
        if any(one.weight and not one.failure for one in action.backends):
            return 0
        return next((one.failure for one in action.backends if one.failure), UNRESOLVED)
    return 0


def _is_condition(rule: Rule) -> bool:
    """Whether an annotation makes it for some requests to a path; the finding on the annotation says which."""
    return rule.origin is not None and rule.origin.kind == "annotation" and bool(rule.match.conditions)


def _rejecting(comparison: Comparison, equal_rules: Mapping[int, Sequence[Rule]]) -> Iterator[_PlacedRule]:
    after = _afterwards(comparison, equal_rules)
    for _, vhost, rule in comparison.before.rules():
        before, later = rejection(rule), after.get(id(rule), set())
        rejected = min(later) if later else 0
        if before or rejected:
            yield _PlacedRule(rule, vhost, before, rejected)


def _afterwards(comparison: Comparison, equal_rules: Mapping[int, Sequence[Rule]]) -> dict[int, set[int]]:
    """Rules of the first table by id -> what the rules that were made of them reject requests with."""
    out: dict[int, set[int]] = {}
    for _, _, rule in comparison.sampled.rules():
        source = comparison.source(rule)
        if source is not None:
            status = rejection(rule)
            for one in (source, *equal_rules.get(id(source), ())):
                out.setdefault(id(one), set()).add(status)
    return out


def _is_decided(known: _PlacedRule, ledger: Ledger) -> bool:
    """Whether a finding that fails the run says it already."""
    features = (*known.rule.features, *known.vhost.features)
    origins = (known.rule.origin, *(one for feature in features for one in feature.origins))
    found = (ledger.settled(one) for one in origins if one is not None)
    return any(one is not None and one.fidelity.rank >= Fidelity.MANUAL.rank for one in found)


def _outcome(known: _PlacedRule, origin: Origin) -> Outcome:
    rejected = f"request that matches {_subject(known.rule, origin)} is rejected with"
    cause = _cause(known.rule)
    if not known.before:
        return Outcome.manual(
            LOST,
            f"Every {rejected} {known.after}. Before, requests are served.",
            "See the other findings on this object, or write the route by hand.",
            affects={"status", "backends", "body", "response-headers"},
        )
    if known.after == known.before:
        return Outcome.exact(KEPT, f"Every {rejected} {known.before}, before and after.{cause}")
    if known.after:
        words = f"Every {rejected} {known.before} before and {known.after} after.{cause}"
    else:
        words = f"Before, every {rejected} {known.before}.{cause}"
    return Outcome.approximate(KEPT, words, affects=())


def _subject(rule: Rule, origin: Origin) -> str:
    if origin.kind == "field" and origin.key.startswith("spec.rules[") and origin.value:
        return origin.value
    return f"a rule of {origin.key}" if origin.kind == "annotation" else str(origin.object)


def _cause(rule: Rule) -> str:
    if not isinstance(rule.action, Forward | Passthrough):
        return ""
    names = list(dict.fromkeys(one.key for one in rule.action.backends))
    if len(names) == 1:
        return f" {names[0]} has no endpoint."
    return f" None of {', '.join(names)} has an endpoint." if names else " It has no backend."
