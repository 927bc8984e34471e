"""Headers whose values depend on the request, by Envoy's operators."""

from __future__ import annotations

from converter.model import Aspects, Outcome
from converter.packs.load import TargetRow
from converter.routing.header_templates import HeaderTemplates
from converter.routing.table import Feature
from converter.targets.context import Context, outcome_from_row
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import early_headers_of_requests
from converter.targets.envoy_gateway.format_strings import formatted
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_headers import VALUE
from converter.targets.handlers import handler

SAME = ("=", "address", "method", "client-")
"""Parts that Envoy and the controller write in the same way."""
LITERAL = ("=", "client-verified")
"""Parts that are never empty."""


@handler("header-templates")
def header_templates(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Header modifiers. Envoy removes before it sets, and sets nothing where no text is left.

    Measured on Envoy 1.39: a name that is in `remove` and `set` is gone where the operator has no value.
    """
    step = feature.value
    if not isinstance(step, HeaderTemplates):
        return outcome_from_row(row, feature.name, feature.note)
    changed = _changed_early(draft.context)
    lost: list[str] = []
    for side, verb, templates in (
        ("requestHeaders", "set", step.request_set),
        ("responseHeaders", "set", step.response_set),
        ("responseHeaders", "add", step.response_add),
    ):
        for name, parts in templates:
            text = formatted(parts)
            if text is None or not VALUE.match(text) or any(_is_other(part, changed) for part in parts):
                lost.append(name)
                continue
            draft.put(feature.name, ("filters", side, verb, name), text)
            if side == "requestHeaders" and not any(part.startswith(LITERAL) for part in parts):
                draft.put(feature.name, ("filters", side, "remove", name), True)
    affects: Aspects = frozenset({"request-headers", "response-headers"})
    if lost:
        text = f"{', '.join(lost)}: Envoy has no operator for the value, or the listeners change what it is made of"
        return Outcome.manual(f"{feature.name}.operator", text, row.hint, affects=affects)
    return _kept(step, feature.name)


def _kept(step: HeaderTemplates, name: str) -> Outcome:
    responses = (*step.response_set, *step.response_add)
    if not responses and all(part.startswith(SAME) for _, parts in step.request_set for part in parts):
        return Outcome.exact(f"{name}.operators", "becomes a header modifier with the same value")
    text = (
        "becomes a header modifier with operators of Envoy. Host keeps its port, paths are in Envoy's normal form, and "
        "of several lines of one header the first is taken"
    )
    if responses:
        text += ". Errors that Envoy itself returns (no backend, denied access) do not get it"
    if step.statuses:
        text += f". Before: only responses with status {', '.join(map(str, step.statuses))}. After: every status"
    return Outcome.approximate(f"{name}.operators", text, affects={"request-headers", "response-headers"})


def _is_other(part: str, changed: set[str]) -> bool:
    """Whether Envoy has something else for a part: QUERY_PARAM decodes, and line breaks in it make the response 503."""
    kind, _, name = part.partition(":")
    return kind == "argument" or (kind == "header" and name.lower() in changed)


def _changed_early(context: Context) -> set[str]:
    """Headers that reach the routes in another form than clients send them in."""
    found: set[str] = set()
    for early in early_headers_of_requests(context):
        found |= {name.lower() for name in (*early.get("set", ()), *early.get("remove", ()))}
    return found
