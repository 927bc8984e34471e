"""Headers that are changed on the way."""

from __future__ import annotations

import re

from converter.model import Aspects, Outcome
from converter.packs.load import TargetRow
from converter.routing.header_names import is_token
from converter.routing.steps import HeaderEdit, HeadersNotInInput
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_actions import literal
from converter.targets.handlers import handler

Pairs = tuple[tuple[str, str], ...]
VALUE = re.compile(r"^[!-~]+([\t ]?[!-~]+)*$")


@handler("header-edit")
def header_edit(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Header modifiers; one entry a name, as the API has it."""
    step = feature.value
    if isinstance(step, HeadersNotInInput):
        return Outcome.approximate(
            f"{feature.name}.not-in-input",
            f"ConfigMap {step.config_map} is not in the input, so its headers are not written",
            "add the ConfigMap to the input",
            affects={"response-headers"},
        )
    if not isinstance(step, HeaderEdit):
        return outcome_from_row(row, feature.name, feature.note)
    refused: list[str] = []
    for side, parts in (
        ("requestHeaders", (step.request_set, step.request_add, step.request_remove)),
        ("responseHeaders", (step.response_set, step.response_add, step.response_remove)),
    ):
        refused += _side(draft, feature.name, side, parts)
    if not refused:
        return _kept(step, feature.name)
    affects: Aspects = frozenset({"request-headers", "response-headers"})
    return Outcome.unsupported(
        f"{feature.name}.refused",
        f"left out, as a header modifier refuses them: {', '.join(refused)}",
        "values must be plain text without double blanks, and Host cannot be set",
        affects=affects,
    )


def _kept(step: HeaderEdit, feature: str) -> Outcome:
    """envoy: source/common/router/router.cc: a route edits responses of backends, its redirects and direct
    responses."""
    if step == HeaderEdit(own_answers=step.own_answers, statuses=step.statuses):
        return Outcome.obsolete(f"{feature}.empty", "changes no header")
    if not step.own_answers:
        return Outcome.exact(f"{feature}.modifier", "becomes a header modifier")
    if not step.response_set and not step.response_add:
        message = "is removed by a header modifier; trailers of that name pass, while nginx drops all trailers"
        return Outcome.approximate(f"{feature}.removed", message, affects={"response-headers"})
    message = "becomes a header modifier. Errors that Envoy itself returns (no backend, denied access) do not get it"
    if step.statuses:
        message += f". Before: only responses with status {', '.join(map(str, step.statuses))}. After: every status"
    hint = "for every response of the listener, set lateResponseHeaders in a ClientTrafficPolicy"
    return Outcome.approximate(f"{feature}.own-errors", message, hint, affects={"response-headers"})


def _side(
    draft: RuleDraft,
    feature: str,
    side: str,
    parts: tuple[Pairs, Pairs, tuple[str, ...]],
) -> list[str]:
    """Set beats what was removed before; what is added to a name that was set joins its value."""
    sets, adds, removes = parts
    verbs: dict[str, tuple[str, str, str]] = {}
    refused: list[str] = []
    for verb, pairs in (("set", sets), ("add", adds)):
        for name, value in pairs:
            if not is_token(name) or not VALUE.match(value) or name.lower() == "host":
                refused.append(f"{name}: {value}")
                continue
            known = verbs.get(name.lower())
            if known is None:
                verbs[name.lower()] = (verb, name, value)
            elif verb == "add":
                verbs[name.lower()] = (known[0], known[1], f"{known[2]},{value}")
    for verb, name, value in verbs.values():
        draft.put(feature, ("filters", side, verb, name), literal(value))
    for name in removes:
        if not is_token(name) or name.lower() == "host":
            refused.append(name)
        elif name.lower() not in verbs:
            draft.put(feature, ("filters", side, "remove", name), True)
    return refused
