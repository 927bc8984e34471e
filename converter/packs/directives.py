"""What is known of nginx's directives in snippets: what each becomes, and whether it could refuse a request."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from converter.packs.catalogue import TargetSupport, targets
from converter.packs.features import load_yaml, mappings_dir
from converter.packs.load import target_pack

ANNOTATIONS = frozenset({"configuration", "server", "auth", "stream", "unreadable"})
"""Fields of the rows of snippets that are no directives."""
SNIPPET, INERT_SNIPPET = "snippet", "header-snippet"


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


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "nginx-directives.yaml")
    return data


def known_directives() -> Iterator[KnownDirective]:
    """Every directive that a pack says something of, by name."""
    data, all_targets = _data(), targets()
    inert = {name for names in data["inert"].values() for name in names}
    named = {name for target in all_targets for feature in (SNIPPET, INERT_SNIPPET) for name in _rows(target, feature)}
    for name in sorted({*data["converted"], *data["set_in_locations"], *inert, *named} - ANNOTATIONS):
        support = tuple(_support(target, name, name in inert) for target in all_targets)
        yield KnownDirective(
            name, data["converted"].get(name, ""), name not in inert, data["set_in_locations"].get(name, ""), support
        )


def _rows(target: str, feature: str) -> dict[str, Any]:
    row = target_pack(target).rows.get(feature)
    return dict(row.fields) if row is not None else {}


def _support(target: str, name: str, inert: bool) -> TargetSupport:
    row = target_pack(target).rows[INERT_SNIPPET if inert else SNIPPET]
    found = row.fields.get(name, row)
    return TargetSupport(target, found.fidelity, found.note, found.hint)
