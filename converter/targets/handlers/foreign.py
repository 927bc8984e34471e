"""Annotations of other tools that a Gateway or a route needs."""

from __future__ import annotations

from typing import Any

from converter.mapping.packs import TargetRow
from converter.model import Outcome
from converter.routing.table import Feature
from converter.targets.draft import Sheet
from converter.targets.handlers import handler
from converter.targets.handlers.entry import entry_handler


@handler("route-annotation")
def on_route(draft: Any, feature: Feature, row: TargetRow) -> Outcome:
    """external-dns reads them from routes."""
    for origin in feature.origins:
        draft.put(feature.name, ("annotations", origin.key), origin.value)
    return Outcome.exact(f"{feature.name}.route", row.note)


@handler("gateway-annotation")
def on_gateway_of_rule(draft: Any, feature: Feature, row: TargetRow) -> Outcome:
    """cert-manager reads them from Gateways."""
    return on_gateway(draft.context.entry, feature, row)


@entry_handler("gateway-annotation")
def on_gateway(sheet: Sheet, feature: Feature, row: TargetRow) -> Outcome:
    """The same for an entry as a whole."""
    for origin in feature.origins:
        sheet.put(feature.name, ("annotations", origin.key), origin.value)
    return Outcome.exact(f"{feature.name}.gateway", row.note)
