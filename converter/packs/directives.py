"""What is known of nginx's directives in snippets: what each becomes, and whether it could refuse a request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.packs.catalogue import TargetSupport, targets
from converter.packs.directive_rows import INERT, PROTECTING, directive_rows
from converter.packs.load import target_pack

ANNOTATIONS = frozenset({"configuration", "server", "auth", "stream", "unreadable"})
"""Fields of the rows of snippets that are no directives."""


class KnownDirective(NamedTuple):
    """One directive."""

    name: str
    becomes: str
    """Fields that it becomes on Envoy Gateway; "" where none does."""
    may_refuse: bool
    """A route is withheld where it is lost."""
    annotation: str
    """The annotation to use instead, where the controller writes the directive into every location itself."""
    support: tuple[TargetSupport, ...]
    """What becomes of forms that are not converted, by target."""


def known_directives() -> Iterator[KnownDirective]:
    """Every directive that a pack says something of, by name."""
    rows, all_targets = directive_rows(), targets()
    named = {name for target in all_targets for feature in (PROTECTING, INERT) for name in _rows(target, feature)}
    for name in sorted({*rows.converted, *rows.set_in_locations, *rows.inert, *named} - ANNOTATIONS):
        inert = name in rows.inert
        support = tuple(_support(target, name, inert) for target in all_targets)
        becomes, instead = rows.converted.get(name, ""), rows.set_in_locations.get(name, "")
        yield KnownDirective(name, becomes, not inert, instead, support)


def _rows(target: str, feature: str) -> dict[str, Any]:
    row = target_pack(target).rows.get(feature)
    return dict(row.fields) if row is not None else {}


def _support(target: str, name: str, inert: bool) -> TargetSupport:
    row = target_pack(target).rows[INERT if inert else PROTECTING]
    found = row.fields.get(name, row)
    return TargetSupport(target, found.fidelity, found.note, found.hint)
