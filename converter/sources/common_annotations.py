"""Annotations that are no ingress controller's (cert-manager, external-dns, deploy tools), and those of strangers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.packs.load import SourceField, consumer_packs, source_pack
from converter.reading.inventory import Ingress
from converter.routing.table import Feature
from converter.sources import other_controllers


class _Rows(NamedTuple):
    exact: dict[str, SourceField]
    below: dict[str, SourceField]
    """By prefix, the slash included."""


@lru_cache
def _rows() -> _Rows:
    exact, below = {}, {}
    for pack in (source_pack("common"), *consumer_packs()):
        for feature in pack.features.values():
            for row in feature.fields.values():
                if row.annotation.endswith("*"):
                    below[row.annotation[:-1]] = row
                else:
                    exact[row.annotation] = row
    return _Rows(exact, below)


def common_row(key: str) -> SourceField | None:
    """The row of an annotation that is no controller's."""
    rows = _rows()
    found = rows.exact.get(key)
    return found or (rows.below.get(key[: key.index("/") + 1]) if "/" in key else None)


def common_features(
    ingress: Ingress,
    ledger: Ledger,
    controller: str = "",
    own: Collection[str] = (),
    prefixes: tuple[str, ...] = (),
) -> tuple[Feature, ...]:
    """What other tools read, as features for the target; all else that `controller` does not read is settled.

    `own` are keys and `prefixes` prefixes that the controller reads itself: they are left to it. With
    `controller="generic"` only the rows of the common pack are touched: there, nothing is known to be without effect.
    """
    keys = [key for key in ingress.annotations if key not in own and not key.startswith(prefixes)]
    return features_of(ingress, keys, ledger, controller)


def features_of(ingress: Ingress, keys: Iterable[str], ledger: Ledger, controller: str) -> tuple[Feature, ...]:
    """As above, of these annotations, none of which is settled yet."""
    found: dict[str, dict[str, str]] = {}
    for key in keys:
        feature, outcome = _meaning(key, controller)
        if outcome is not None:
            ledger.settle(ingress.annotation(key), outcome, feature)
        elif feature:
            found.setdefault(feature, {})[key] = ingress.annotations[key]
    return tuple(
        Feature(name, values, tuple(ingress.annotation(key) for key in values)) for name, values in found.items()
    )


@lru_cache(maxsize=4096)
def _meaning(key: str, controller: str) -> tuple[str, Outcome | None]:
    """The feature that an annotation belongs to, and what settles it where nothing is handed on."""
    row = common_row(key)
    if row is None:
        return "", None if controller == "generic" else _stranger(key, controller)
    if row.fidelity is None:
        return row.feature, None
    words = row.note or row.means
    return row.feature, Outcome(f"{row.feature}.note", row.fidelity, words, affects=frozenset())


def _stranger(key: str, controller: str) -> Outcome:
    """An annotation that the controller does not read."""
    name = other_controllers.by_annotation(key) or next(
        (
            name
            for name, prefixes in other_controllers.CONVERTED.items()
            if key.startswith(prefixes) and name != controller
        ),
        "",
    )
    who = controller or "this controller"
    if name:
        words = f"an annotation of {name}; {who} does not read it, so it has no effect"
        return Outcome.obsolete("annotation.other-controller", words)
    words = f"{who} does not read it; it has no effect on routing and is not copied"
    return Outcome.obsolete("annotation.foreign", words)
