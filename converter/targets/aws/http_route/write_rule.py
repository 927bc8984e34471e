"""One rule of a table on its way into a route of this controller: matches, filters, ListenerRuleConfiguration."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.routing.actions import Forward, Passthrough, Redirect
from converter.routing.load_balancer import is_alb
from converter.routing.table import Feature, Port, Rule
from converter.targets.aws.http_route.path_forms import in_form
from converter.targets.aws.http_route.write_actions import forward, respond
from converter.targets.aws.http_route.write_matches import ANY, Ways, path_for, ways_for
from converter.targets.aws.http_route.write_redirects import redirect
from converter.targets.context import Context
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft, Settlement
from converter.targets.gateway_api.http_route.write_paths import PathMatch
from converter.targets.gateway_api.http_route.write_rule import (
    ACTION,
    of_action,
    part_of_action,
    settle_by_row,
    settle_clashes,
    settle_feature,
)
from converter.targets.handlers import HANDLERS

RULE = "ListenerRuleConfiguration"


class PathForms(dict[int, str]):
    """How the paths of a rule are written to keep its place, by the identity of the rule."""


class PathMatches(dict[int, list[PathMatch]]):
    """What becomes of the paths of a rule, by the identity of the rule."""


def drafted(
    rule: Rule, namespace: str, port: Port, host: str, context: Context, *, everything: bool = False, closed: str = ""
) -> RuleDraft:
    """The rule with all that its features and its action ask for. `everything`: it stands for all paths of its host.
    `closed`: why its host or port must not be served."""
    draft = RuleDraft(rule, namespace, port, host, context)
    draft.blocked = "" if draft.answers else closed
    draft.matches = [{"path": ANY}] if everything else _matches(draft)
    for feature in rule.features:
        _feature(draft, feature)
    _action(draft)
    if draft.field_set.clashes:
        settle_clashes(draft)
    return draft


def paths_of(rule: Rule, context: Context) -> list[PathMatch]:
    """The paths of a rule, worked out once for a table."""
    every = context.entry.shared.of(PathMatches, PathMatches)
    known = every.get(id(rule))
    if known is None:
        table = context.entry.table
        decoded = table.paths.style == "nginx"
        alb = is_alb(context.entry.table)
        known = [path_for(test, decoded, alb) for test in rule.match.paths] or [PathMatch(ANY)]
        form = context.entry.shared.of(PathForms, PathForms).get(id(rule))
        if form:
            known = in_form(known, form)
        every[id(rule)] = known
    return known


def ways_of(rule: Rule, port: Port, paths: list[PathMatch]) -> Ways:
    """The ways to fulfil its conditions."""
    if not rule.match.conditions:
        return Ways([{}])
    prefix = any(one.match and one.match["type"] == "PathPrefix" and one.match["value"] != "/" for one in paths)
    return ways_for(rule.match.conditions, "https" if port.protocol == "HTTPS" else "http", 3 - prefix)


def _matches(draft: RuleDraft) -> list[dict[str, Any]]:
    paths = paths_of(draft.rule, draft.context)
    ways = ways_of(draft.rule, draft.port, paths)
    draft.outcomes += [one.outcome for one in paths if one.outcome is not None]
    draft.outcomes += ways.outcomes
    if ways.sources:
        draft.put("conditions", (RULE, "conditions[0]"), list(ways.sources))
    return [{"path": dict(one.match), **way} for one in paths if one.match is not None for way in ways.ways]


def _feature(draft: RuleDraft, feature: Feature) -> None:
    row = draft.context.row(feature.name)
    if row.using == ACTION:
        return
    handler = HANDLERS.get(row.using) if row.using else None
    if handler is None:
        settle_by_row(draft, feature)
        return
    outcome = handler(draft, feature, row)
    written = tuple(draft.field_set.written_by(feature.name)) if draft.field_set.values else ()
    settle_feature(draft, feature, outcome, written)


def _action(draft: RuleDraft) -> None:
    rule = draft.rule
    action = rule.action
    if isinstance(action, Passthrough):
        outcomes = [
            Outcome.manual(
                "tls-passthrough.unsupported",
                "an ALB terminates every TLS connection",
                "use a Gateway of class gateway.k8s.aws/nlb with a TLSRoute",
            )
        ]
        draft.matches = []
    elif isinstance(action, Forward):
        outcomes = forward(draft, action)
    elif isinstance(action, Redirect):
        outcomes = redirect(draft, action)
    else:
        outcomes = respond(draft, action)
    draft.outcomes += outcomes
    for feature in rule.features:
        if draft.context.row(feature.name).using == ACTION:
            draft.settled.append(
                Settlement(feature, of_action(feature, [*draft.outcomes], action), part_of_action(feature, draft))
            )
