"""`same-as` of a mappings file: an annotation of a team that means what one of a controller means."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.packs.features import protects
from converter.packs.user_rows import AliasRow, alias_rows
from converter.reading.inventory import Ingress


def apply_aliases(ingresses: Iterable[Ingress], files: tuple[str, ...], ledger: Ledger) -> None:
    """Read annotations of a team as those that they stand for; findings keep the key that was written."""
    aliases: dict[str, list[AliasRow]] = {}
    for one in alias_rows(files):
        aliases.setdefault(one.annotation, []).append(one)
    if not aliases:
        return
    for ingress in ingresses:
        for key in [key for key in ingress.annotations if key in aliases]:
            for one in aliases[key]:
                _apply(ingress, one, ledger)


def _apply(ingress: Ingress, alias: AliasRow, ledger: Ledger) -> None:
    if alias.same_as in ingress.annotations:
        words = f"Overridden by {alias.same_as}, which is set too."
        outcome = Outcome.obsolete("annotation.overridden", words)
        ledger.settle(ingress.annotation(alias.annotation), outcome, alias.feature)
        return
    written = ingress.annotations[alias.annotation]
    value = alias.values.get(written) if alias.values else written
    if value is None:
        known = ", ".join(alias.values)
        outcome = Outcome.unknown(
            "value.invalid", f"The value {written!r} is not one of {known}.", "Correct the value."
        )
        ledger.settle(ingress.annotation(alias.annotation), outcome, alias.feature, protects(alias.feature))
        return
    ingress.rename_annotation(alias.annotation, alias.same_as, value)
