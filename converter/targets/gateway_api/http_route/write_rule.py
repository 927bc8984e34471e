"""One rule of a table on its way into a route."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.model import Fidelity, Outcome
from converter.packs.features import protects
from converter.packs.load import TargetRow
from converter.routing.actions import Redirect, Respond
from converter.routing.steps import HeaderEdit
from converter.routing.table import Feature, Port, Rule
from converter.targets.context import Context, outcome_from_row
from converter.targets.draft import BACKEND_HEADERS, Path
from converter.targets.envoy_gateway.client_traffic_policy.write_client_scheme import client_scheme_demands
from converter.targets.gateway_api.grpc_route.write import grpc_matches, speaks_grpc
from converter.targets.gateway_api.http_route.rule_draft import (
    NO_FIELDS,
    TO_BACKENDS,
    RuleDraft,
    Settlement,
)
from converter.targets.gateway_api.http_route.write_actions import redirect_rule, respond_rule
from converter.targets.gateway_api.http_route.write_backends import backend_refs
from converter.targets.gateway_api.http_route.write_client_addresses import write_sources
from converter.targets.gateway_api.http_route.write_conditions import FREE, Demands
from converter.targets.gateway_api.http_route.write_identity_headers import written_by_routes
from converter.targets.gateway_api.http_route.write_paths import ANY_PATH, PathMatch, path_match, portable
from converter.targets.handlers import HANDLERS
from converter.targets.protected_paths import ESCAPES

ACTION = "action"
"""The handler of features whose meaning the rule's action carries."""
_PARTS = {
    "matches": ("conditions", "regex"),
    "backendRefs": ("backend", "backend-protocol", "canary", "default-backend"),
    "filters": ("app-root", "https-redirect", "redirect", "www-redirect"),
}
"""Field of a rule -> the features that it carries."""
_PART_OF = {name: part for part, names in _PARTS.items() for name in names}
EVERYTHING = {"type": "PathPrefix", "value": "/"}


def drafted(
    rule: Rule, namespace: str, port: Port, host: str, context: Context, *, everything: bool = False, closed: str = ""
) -> RuleDraft:
    """The rule with all that its features and action ask for. `everything`: it stands for all paths of its host.
    `closed`: why its host or port must not be served."""
    draft = RuleDraft(rule, namespace, port, host, context)
    draft.blocked = "" if draft.answers else closed
    if everything:
        draft.matches = _by_path(EVERYTHING, context)
    else:
        draft.matches = _matches(draft)
    _action(draft, _features(draft) if rule.features else [])
    if BACKEND_HEADERS in context.entry.settings.heads and draft.backend_refs:
        for name, value in context.entry.settings.nested(BACKEND_HEADERS).items():
            draft.put("forwarded-headers", ("filters", "requestHeaders", "set", name), value)
    if draft.backend_refs:
        written_by_routes(draft)
    if draft.field_set.clashes:
        settle_clashes(draft)
    return draft


def fits_grpc_route(rule: Rule, namespace: str, port: Port, host: str, context: Context) -> bool:
    """True where the rule can be one of a GRPCRoute; nothing is settled."""
    if not speaks_grpc(rule):
        return False
    draft = RuleDraft(rule, namespace, port, host, context)
    draft.matches = _matches(draft)
    _features(draft)
    return bool(draft.matches) and grpc_matches(draft) is not None


def _matches(draft: RuleDraft) -> list[dict[str, Any]]:
    """Every path with every way to fulfil the conditions."""
    values = []
    for path in paths_of(draft.rule, draft.context):
        if path.match is not None:
            values.append(path.match)
        if path.match is not None and path.outcome is not None and path.outcome.fidelity is Fidelity.UNSUPPORTED:
            _widened(draft, path.outcome)
        elif path.outcome is not None:
            draft.outcomes.append(path.outcome)
    if not draft.rule.match.conditions:
        return _by_path(values[0], draft.context) if len(values) == 1 else [{"path": dict(value)} for value in values]
    ways = ways_of(draft.rule, draft.port, draft.context)
    if ways.ways and ways.outcome is not None and ways.outcome.fidelity is Fidelity.UNSUPPORTED:
        _widened(draft, ways.outcome)
    elif ways.outcome is not None:
        draft.unguarded = ways.outcome is NO_ADDRESSES
        draft.outcomes.append(ways.outcome)
        draft.condition_outcomes.append(ways.outcome)
    if ways.sources:
        write_sources(draft, ways.sources)
    cookies = _once({"cookies": list(way.cookies)} for way in ways.ways if way.cookies)
    if values and cookies:
        draft.put("conditions", ("HTTPRouteFilter", "matches"), cookies)
    fields = _once(way.fields for way in ways.ways)
    return [{"path": dict(value), **one} for value in values for one in fields]


def _once(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Equal entries once: ways differ in their fields or in their cookies, which are in different objects."""
    out: list[dict[str, Any]] = []
    for one in entries:
        if one not in out:
            out.append(one)
    return out


def _widened(draft: RuleDraft, lost: Outcome) -> None:
    """A rule that protects and cannot be written as it is: it refuses whatever it might take."""
    why = lost.message.partition("; the rule is left out")[0]
    draft.unguarded = True
    if not draft.answers:
        draft.blocked = draft.blocked or f"it protects, and {why}"
        return
    draft.outcomes.append(
        Outcome.unsupported(
            "protection.widened",
            f"the rule rejects requests, and {why}; it rejects more than before",
            lost.hint,
        )
    )


def _by_path(value: dict[str, Any], context: Context) -> list[dict[str, Any]]:
    """The matches of a rule that looks at one path and at nothing else, as most do."""
    key = (value["type"], value["value"])
    known = context.output.path_lists.get(key)
    if known is None:
        known = context.output.path_lists[key] = [{"path": dict(value)}]
    return known


def paths_of(rule: Rule, context: Context) -> list[PathMatch]:
    """The paths of a rule as a target has them, the same for ordering and for writing; `path_match` remembers them."""
    table = context.entry.table
    decoded = table.paths.style == "nginx" and rule.derived != ESCAPES
    bare, guarded = id(rule) in context.entry.unslashed, id(rule) in context.entry.guarded
    strict = context.options.strict
    found = [path_match(test, decoded, strict, bare, guarded) for test in rule.match.paths] or [ANY_PATH]
    return found if context.capabilities.envoy_paths else [portable(one) for one in found]


def ways_of(rule: Rule, port: Port, context: Context) -> Demands:
    """The conditions of a rule as a target has them."""
    if not rule.match.conditions:
        return FREE
    scheme = "https" if port.protocol == "HTTPS" else "http"
    found = client_scheme_demands(rule.match.conditions, scheme, context)
    lost = found.outcome is not None and not found.ways
    if found.sources and not context.capabilities.policies:
        found, lost = Demands([], NO_ADDRESSES), True
    return Demands(FREE.ways, found.outcome) if lost and id(rule) in context.entry.guarded else found


NO_ADDRESSES = Outcome.unsupported(
    "condition.client-address",
    "the rule is for some client addresses, for which Gateway API has no match; the rule is left out",
    "use --to envoy-gateway",
)
"""Of plain Gateway API."""


def _features(draft: RuleDraft) -> list[Feature]:
    """What the features ask for; returns those that the rule's action carries."""
    context, carried = draft.context, []
    for feature in draft.rule.features:
        row = context.row(feature.name)
        if row.using == ACTION:
            carried.append(feature)
            if isinstance(feature.value, HeaderEdit):
                HANDLERS["header-edit"](draft, feature, row)
            continue
        handler = HANDLERS.get(row.using) if row.using else None
        if handler is None:
            settle_by_row(draft, feature)
            continue
        outcome = handler(draft, feature, row)
        fields = tuple(draft.field_set.written_by(feature.name)) if draft.field_set is not NO_FIELDS else ()
        if feature.user_row and not fields and outcome.fidelity.rank < Fidelity.MANUAL.rank:
            outcome = _not_written(feature, row)
        settle_feature(draft, feature, outcome, fields)
    return carried


def _not_written(feature: Feature, row: TargetRow) -> Outcome:
    """A setting of a user's own row, in a form that the handler of the feature does not read."""
    return Outcome.manual(
        f"{feature.name}.not-written",
        f"a row of a mappings file gives this to the feature {feature.name}, which writes nothing for it",
        row.hint or "carry it over by hand, or give the row a fidelity and a note of its own",
    )


def settle_by_row(draft: RuleDraft, feature: Feature) -> None:
    """A feature that only the pack has words for, by field where fields fare differently."""
    row = draft.context.row(feature.name)
    value = feature.value
    if row.fields and isinstance(value, dict) and len(value) == len(feature.origins):
        for name, origin in zip(value, feature.origins, strict=True):
            part = row.fields.get(name, row)
            single = Feature(feature.name, {name: value[name]}, (origin,), feature.note)
            settle_feature(draft, single, outcome_from_row(part, feature.name, feature.note if part is row else ""))
        return
    settle_feature(draft, feature, outcome_from_row(row, feature.name))


def settle_feature(draft: RuleDraft, feature: Feature, outcome: Outcome, fields: tuple[Path, ...] = ()) -> None:
    """Note the outcome; a rule whose protection is lost is blocked."""
    draft.settled.append(Settlement(feature, outcome, fields))
    if not feature.origins and not outcome.fidelity.lossless:
        draft.outcomes.append(outcome)  # nothing but the rule itself can say it
    lost = outcome.fidelity in (Fidelity.MANUAL, Fidelity.UNSUPPORTED)
    if (
        lost
        and not draft.answers
        and protects(feature.name)
        and not draft.context.lets_go(outcome.code, draft.rule.origin)
    ):
        draft.blocked = draft.blocked or f"{feature.name} protects it and cannot be kept: {outcome.message}"


def _action(draft: RuleDraft, carried: list[Feature]) -> None:
    rule, context = draft.rule, draft.context
    action = rule.action
    if isinstance(action, TO_BACKENDS):
        tls = None
        if draft.field_set is not NO_FIELDS:
            tls = draft.field_set.nested("Backend").get("tls")
        if draft.matches and speaks_grpc(rule) and id(rule) not in context.entry.http_only:
            matches = grpc_matches(draft)
            if matches is not None:
                draft.kind, draft.matches = "GRPCRoute", matches
        outcomes: list[Outcome] = []
        if not draft.blocked:  # else no object must be left that serves what is withheld
            draft.backend_refs, outcomes = backend_refs(action.backends, draft.namespace, context, tls, draft.kind)
    elif isinstance(action, Redirect):
        outcomes = redirect_rule(draft, action)
    else:
        outcomes = respond_rule(draft, action)
    draft.outcomes += outcomes
    for feature in carried:
        lost = [*outcomes, *draft.condition_outcomes] if feature.name == "conditions" else outcomes
        outcome = withheld(feature) if draft.blocked else of_action(feature, lost, action)
        draft.settled.append(Settlement(feature, outcome, part_of_action(feature, draft)))


def part_of_action(feature: Feature, draft: RuleDraft) -> tuple[Path, ...]:
    """The field of the rule that carries a setting whose meaning is in the rule's action or conditions."""
    part = _PART_OF.get(feature.name, "")
    there = {
        "matches": bool(draft.matches),
        "backendRefs": bool(draft.backend_refs),
        "filters": isinstance(draft.rule.action, Redirect),
    }
    return (("rule", part),) if not draft.blocked and there.get(part) else ()


def withheld(feature: Feature) -> Outcome:
    """A setting of a rule that is not served for another reason."""
    return Outcome.approximate(f"{feature.name}.withheld", "has no effect while the route is withheld")


def of_action(feature: Feature, outcomes: list[Outcome], action: object) -> Outcome:
    """The worst of what the action lost; otherwise it is kept."""
    if outcomes:
        return max(outcomes, key=lambda outcome: outcome.fidelity.rank)
    kind = type(action).__name__.lower() if isinstance(action, Redirect | Respond) else "route"
    return Outcome.exact(f"{feature.name}.{kind}", f"kept by the {kind} of the rule")


def settle_clashes(draft: RuleDraft) -> None:
    """Settle features whose fields another feature of the rule has set to other values."""
    for loser, path, winner in draft.field_set.clashes:
        outcome = Outcome.unsupported(
            f"{loser}.clash",
            f"{winner} needs another value of {'.'.join(path)} for the same rule; there is only one",
            "choose one of the two",
        )
        for feature in draft.rule.features:
            if feature.name == loser:
                settle_feature(draft, feature, outcome)
