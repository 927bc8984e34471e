"""Cross-origin responses: the CORS filter of Gateway API, or SecurityPolicy.cors for origins that it cannot name."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from converter.model import Aspects, Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.actions import Redirect
from converter.routing.header_names import is_token
from converter.routing.steps import Cors
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_conditions import METHODS
from converter.targets.handlers import handler

_ORIGIN = re.compile(
    r"^https?://(\*\.)?([a-z0-9]([-a-z0-9]*[a-z0-9])?\.)*[a-z0-9]([-a-z0-9]*[a-z0-9])?(:\d{1,5})?$", re.I
)
_METHODS = frozenset((*METHODS, "*"))


@handler("cors")
def cors(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Approximate by nature: proxies differ in preflights, foreign origins and statuses."""
    step = feature.value
    if not isinstance(step, Cors):
        return outcome_from_row(row, feature.name, feature.note)
    lost: list[str] = []
    every = "*" in step.origins or not step.origins
    origins = ["*"] if every else [one for one in dict.fromkeys(step.origins) if _ORIGIN.match(one)]
    lost += [f"the origin {one}" for one in step.origins if not every and one not in origins]
    if not origins:
        return Outcome.unsupported(
            "cors.origins",
            f"no origin of {', '.join(step.origins)} can be named on the target",
            "name origins as https://host or https://*.domain",
        )
    value: dict[str, Any] = {"allowOrigins": origins[:64]}
    lost += [f"the method {name}" for name in step.methods if name not in _METHODS]
    value |= _lists(step.methods, step.headers, step.expose)
    if step.max_age is not None and step.max_age > 0:
        value["maxAge"] = min(step.max_age, 2_147_483_647)
    credentials = step.credentials and not every
    if credentials:
        value["allowCredentials"] = True
    forwards = not isinstance(draft.rule.action, Redirect)  # Envoy's filter does nothing on a route that redirects
    for key, item in value.items() if forwards else ():
        draft.put(feature.name, ("filters", "cors", key), item)
    text = _text(row, lost, step.credentials and every)
    on_every_answer = Outcome.approximate("cors.filter", text, row.hint, affects={"response-headers"})
    draft.context.notes.settle(feature, on_every_answer)
    differs: Aspects = frozenset({"status", "backends", "body"})
    return Outcome.approximate("cors.filter", text, row.hint, affects=differs, when=named("cross-origin"))


@lru_cache(maxsize=1024)
def _lists(methods: tuple[str, ...], headers: tuple[str, ...], expose: tuple[str, ...]) -> dict[str, list[str]]:
    """The lists of a filter; those of most Ingresses are the defaults of the controller."""
    lists = {
        "allowMethods": [name for name in dict.fromkeys(methods) if name in _METHODS],
        "allowHeaders": [name for name in dict.fromkeys(headers) if is_token(name)],
        "exposeHeaders": [name for name in dict.fromkeys(expose) if is_token(name)],
    }
    return {key: ["*"] if "*" in names else names[:64] for key, names in lists.items() if names}


def _text(row: TargetRow, lost: list[str], open_credentials: bool) -> str:
    text = row.note
    if open_credentials:
        text += (
            "; credentials stay off: browsers reject them with the origin *, while Envoy would echo every origin and "
            "so allow credentials from all of them"
        )
    if lost:
        text += f"; left out, as the target cannot express them: {', '.join(lost)}"
    return text
