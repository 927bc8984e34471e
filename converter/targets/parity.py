"""Settings of an entry as a whole: policies on the Gateway that keep what the controller does by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import Outcome
from converter.routing.table import Feature
from converter.targets.context import Context, words

if TYPE_CHECKING:
    from converter.targets.entry import EntryWriter


def settle_entry(writer: EntryWriter) -> None:
    """Write what can be kept on the Gateway and settle every feature of the table."""
    for feature in writer.table.features:
        settle_place(feature, writer.context)


def settle_place(feature: Feature, context: Context) -> None:
    """A setting of a port, a host or the entry that only words are left for."""
    outcome: Outcome = words(context.row(feature.name), feature.name, feature.note)
    context.settle(feature, outcome)
