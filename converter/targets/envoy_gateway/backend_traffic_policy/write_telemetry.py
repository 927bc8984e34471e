"""Traces of the requests of one rule: telemetry.tracing of a BackendTrafficPolicy, where the Gateway is traced."""

from __future__ import annotations

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import Context, outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

TRACING = ("BackendTrafficPolicy", "telemetry", "tracing")


@handler("telemetry")
def telemetry(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """A rule that is left out, or that has names of spans of its own."""
    value = feature.value if isinstance(feature.value, dict) else {}
    traced = _gateway_is_traced(draft.context)
    if not draft.context.gateway_policies:
        return outcome_from_row(row, feature.name, feature.note)
    if value.get("enabled") is False:
        if traced:
            none = {"numerator": 0, "denominator": 100}
            draft.put(feature.name, (*TRACING, "overallSamplingFraction"), none)
        return Outcome.exact("telemetry.off", "Requests of these paths are not traced, before and after.")
    if not traced:
        return Outcome.manual(
            "telemetry.no-collector",
            "The input names no collector for the whole Gateway, which traces no request.",
            "set telemetry.tracing of the EnvoyProxy; it holds for the whole Gateway, and telemetry.tracing of a "
            "BackendTrafficPolicy for single routes",
            affects=(),
        )
    words = "Requests of these paths are traced as those of the whole Gateway."
    operation = str(value.get("operation") or "")
    if operation and "$" not in operation:
        name = operation.replace("%", "%%")
        draft.put(feature.name, (*TRACING, "spanName"), {"server": name, "client": name})
        words += " Their spans have the same name."
    elif operation:
        words += " Names of spans with variables of nginx are left to Envoy."
    if value.get("trust") is False:
        words += " Envoy continues the trace of the client."
    return Outcome.approximate("telemetry.route", words, affects=())


def _gateway_is_traced(context: Context) -> bool:
    table = context.entry.table
    return any(
        one.name == "telemetry" and isinstance(one.value, dict) and bool(one.value.get("host"))
        for one in (table.features if table is not None else ())
    )
