"""When a request is tried again: BackendTrafficPolicy.retry.

Envoy repeats every method, so conditions under which the backend has seen the request are written only where the
controller repeats every method too. `numRetries` does not include the first try. Measured: httpStatusCodes need the
trigger retriable-status-codes; `retryOn` replaces Envoy's own list.
"""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import NOTHING, outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

POLICY = "BackendTrafficPolicy"
UNSENT = ("connect-failure", "refused-stream")
"""Triggers under which no backend has read the request."""
UNLIMITED = 2
"""Tries after the first one where the controller counts none: its list of endpoints ends them."""


@handler("retries")
def retries(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """The retries of one rule."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if not value.get("conditions") or not draft.context.capabilities.policies:
        return outcome_from_row(row, feature.name, feature.note)
    draft.put(feature.name, (POLICY, "retry"), retry_fields(value))
    return retry_outcome(value)


def retry_fields(value: dict[str, Any]) -> dict[str, Any]:
    """`retry` of a policy for `conditions` (conditions), `tries` and `non-idempotent`."""
    conditions = str(value.get("conditions", "")).split()
    if _off(value):
        return {"numRetries": 0}
    triggers, codes = list(UNSENT), _codes(conditions)
    every_method = _repeats_all(value)
    if every_method and {"error", "invalid_header"} & set(conditions):
        triggers.append("reset")
    if every_method and codes:
        triggers.append("retriable-status-codes")
    retry_on: dict[str, Any] = {"triggers": triggers}
    if every_method and codes:
        retry_on["httpStatusCodes"] = codes
    return {"numRetries": _retry_count(value), "retryOn": retry_on}


def retry_outcome(value: dict[str, Any]) -> Outcome:
    """What becomes of the setting, one fact a sentence."""
    conditions = str(value.get("conditions", "")).split()
    if _off(value):
        return Outcome.exact("retries.off", "A request is never tried again.")
    count, codes = _retry_count(value), _codes(conditions)
    times = f"{count} time{'s' * (count != 1)}"
    text = f"A request is tried again up to {times} where no connection to the endpoint comes about."
    hint = ""
    if _repeats_all(value):
        if {"error", "invalid_header"} & set(conditions):
            text += " So is one whose connection breaks before the response begins, whatever its method."
        if codes:
            text += f" So is one that gets {_listed(codes)}, whatever its method."
    else:
        text += " Requests that the endpoint may have read are not repeated: Envoy would repeat POST too."
        if codes:
            text += f" Responses with {_listed(codes)} go to the client."
            hint = (
                f"add retriable-status-codes and httpStatusCodes {codes} to retryOn of the BackendTrafficPolicy where "
                "backends may get a POST twice"
            )
    if "timeout" in conditions:
        text += " A slow endpoint is not left for another one: perRetry.timeout would limit whole responses."
    seconds = value.get("timeout")
    if isinstance(seconds, int) and seconds > 0:
        text += f" The limit of {seconds} s for all tries together has no counterpart."
    return Outcome.approximate("retries.policy", text, hint, affects=NOTHING)


def _off(value: dict[str, Any]) -> bool:
    """`off` among the conditions switches all of them off; one try is no second one."""
    return "off" in str(value.get("conditions", "")).split() or value.get("tries") == 1


def _retry_count(value: dict[str, Any]) -> int:
    tries = value.get("tries")
    return tries - 1 if isinstance(tries, int) and tries > 0 else UNLIMITED


def _repeats_all(value: dict[str, Any]) -> bool:
    return bool(value.get("non-idempotent")) or "non_idempotent" in str(value.get("conditions", "")).split()


def _codes(conditions: list[str]) -> list[int]:
    return [int(word[5:]) for word in conditions if re.fullmatch("http_[0-9]{3}", word)]


def _listed(codes: list[int]) -> str:
    texts = [str(code) for code in codes]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
