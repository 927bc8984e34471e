"""Annotations that a user's own rows (`--mappings`) give a meaning: handed on to the target beside the controller's."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.codecs import CODECS, CodecError
from converter.packs.features import protects
from converter.packs.load import SourceField
from converter.reading.inventory import Ingress
from converter.routing.table import Feature


def added_rows(known: Mapping[str, tuple[int, SourceField]]) -> dict[str, SourceField]:
    """The rows of mappings files among all rows of a pack, by annotation."""
    return {key: row for key, (_, row) in known.items() if row.added}


def added_features(
    ingress: Ingress, ledger: Ledger, rows: Mapping[str, SourceField], carried_on: Collection[Origin]
) -> tuple[Feature, ...]:
    """Features of the annotations that nobody else has taken; rows with a fidelity are settled by their own words."""
    found: dict[str, dict[str, tuple[object, Origin]]] = {}
    for key in ingress.annotations:
        row = rows.get(key)
        origin = ingress.annotation(key)
        if row is None or not ledger.is_open(origin) or origin in carried_on:
            continue
        if row.fidelity is not None:
            outcome = Outcome(f"{row.feature}.note", row.fidelity, row.note or row.means)
            ledger.settle(origin, outcome, row.feature, protects(row.feature))
            continue
        try:
            value = CODECS[row.type](origin.value)
        except CodecError as error:
            words = f"{error}; what it does then is not known"
            outcome = Outcome.unknown("value.invalid", words, "correct it")
            ledger.settle(origin, outcome, row.feature, protects(row.feature))
            continue
        found.setdefault(row.feature, {})[row.name] = (value, origin)
    return tuple(
        Feature(name, {key: value for key, (value, _) in parts.items()}, tuple(origin for _, origin in parts.values()))
        for name, parts in found.items()
    )
