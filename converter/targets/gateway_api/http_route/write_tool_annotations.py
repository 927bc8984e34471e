"""Annotations of other tools that a Gateway or a route needs."""

from __future__ import annotations

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.entry_settings import entry_handler
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler


@handler("route-annotation")
def on_route(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """external-dns reads them from routes."""
    for origin in feature.origins:
        draft.put(feature.name, ("annotations", origin.key), origin.value)
    return Outcome.exact(f"{feature.name}.route", row.note)


@handler("gateway-annotation")
def on_gateway_of_rule(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """cert-manager reads them from Gateways."""
    return on_gateway(draft.context.entry.settings, feature, row)


@entry_handler("gateway-annotation")
def on_gateway(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """The same for an entry as a whole."""
    for origin in feature.origins:
        field_set.put(feature.name, ("annotations", origin.key), origin.value)
    return Outcome.exact(f"{feature.name}.gateway", row.note)
