"""Rules of a unit in parts that a route has room for, and what becomes of those that must not be served."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from converter.model import Outcome
from converter.targets.gateway_api.http_route.rule_draft import NO_FIELDS, RuleDraft

MOST_RULES, MOST_MATCHES, MOST_IN_RULE = 16, 128, 64


Refusal = Callable[[RuleDraft], None]
"""Writes the error that a rule answers which must not be served."""


def refuse(draft: RuleDraft) -> None:
    """503, or nothing where the target cannot respond itself: a rule without backends responds with 500."""
    if draft.context.capabilities.route_filters:
        draft.put("access-rules", ("HTTPRouteFilter", "directResponse"), {"statusCode": 503})


def parts_of(drafts: list[RuleDraft], shared: bool, refusal: Refusal = refuse) -> Iterator[list[RuleDraft]]:
    """Rules by the sixteen, order kept; rules that nothing can be written of are settled where they stand.

    A withheld rule leaves its place empty where no other rule of the host could take its requests unprotected
    (`shared`: other objects have rules of the host, or of a wider one); else it stays as a refusal.
    """
    kept = shared or any(draft.matches and not draft.blocked for draft in drafts)
    part: list[RuleDraft] = []
    matches = 0
    for draft in _splintered(drafts, kept, refusal):
        full = len(part) == MOST_RULES or matches + len(draft.matches) > MOST_MATCHES
        if part and (full or draft.kind != part[0].kind):
            yield part
            part, matches = [], 0
        part.append(draft)
        matches += len(draft.matches)
    if part:
        yield part


def _splintered(drafts: list[RuleDraft], kept: bool, refusal: Refusal) -> Iterator[RuleDraft]:
    for draft in drafts:
        if not draft.matches or (draft.blocked and not kept):
            unwritten(draft)
            continue
        if draft.blocked:
            _refused(draft, refusal)
        if len(draft.matches) <= MOST_IN_RULE:
            yield draft
            continue
        everything = draft.matches
        for start in range(0, len(everything), MOST_IN_RULE):
            some = everything[start : start + MOST_IN_RULE]
            part = draft if start == 0 else copied(draft, some)
            part.matches = some
            yield part


def _refused(draft: RuleDraft, refusal: Refusal) -> None:
    """A rule that must not be served keeps its place, and responds with an error."""
    draft.backend_refs, draft.field_set = [], NO_FIELDS
    refusal(draft)
    draft.outcomes = [_withheld_outcome(draft, "the rule is not served and returns an error")]
    if draft.rule.object is not None:
        draft.context.output.withheld.setdefault(draft.rule.object, draft.blocked)


def _withheld_outcome(draft: RuleDraft, what: str) -> Outcome:
    return Outcome.unsupported(
        "route.withheld",
        f"{what}: {draft.blocked}",
        "protect it by other means, or name object and code under expose-unprotected in ing2gw.yaml",
    )


def copied(draft: RuleDraft, matches: list[dict[str, Any]]) -> RuleDraft:
    """The draft once more, with these matches."""
    equal_rule = RuleDraft(draft.rule, draft.namespace, draft.port, draft.host, draft.context)
    for name in (
        "kind",
        "features",
        "equal_rules",
        "backend_refs",
        "field_set",
        "outcomes",
        "settled",
        "blocked",
        "unguarded",
        "name",
    ):
        setattr(equal_rule, name, getattr(draft, name))
    equal_rule.matches = matches
    return equal_rule


def unwritten(draft: RuleDraft) -> None:
    """Settle a rule that is left out, with all its features."""
    context = draft.context
    rules = [draft.rule, *draft.equal_rules]
    if draft.blocked:
        outcome = _withheld_outcome(draft, "the rule is not written")
        context.notes.settle_rule(rules, outcome, protects=draft.unguarded)
        if draft.rule.object is not None:
            context.output.withheld.setdefault(draft.rule.object, draft.blocked)
    for one in draft.outcomes:
        context.notes.settle_rule(rules, one, protects=draft.unguarded)
    if not draft.blocked and not draft.outcomes:
        context.notes.settle_rule(
            rules, Outcome.obsolete("path.dead", "no request of this port can fulfil its conditions")
        )
    for settlement in draft.settled:
        context.notes.settle(settlement.feature, settlement.outcome)
