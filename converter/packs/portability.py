"""Which features of Gateway API manifests use, and which implementation claims to have them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from converter.model import ObjectRef
from converter.model.data import dataclass
from converter.packs.features import load_yaml, mappings_dir
from converter.packs.field_index import FieldIndex

CORE_GROUP = "gateway.networking.k8s.io"
SPECIFIC = "implementation-specific"
"""The level of what no conformance test covers."""
OF_ANOTHER = "convert with --to gateway-api, which names each setting that is lost without these kinds"


@dataclass(frozen=True, slots=True)
class ConformanceFeature:
    """A feature as conformance tests name it.

    Attributes:
        name: Its name in reports.
        channel: standard | experimental.
        level: core | extended | implementation-specific (no conformance test covers it).
        meaning: In a few words.
        fields: `Kind`, or `Kind path` with `[]` for lists; `=value` where one value uses it, `*` where two of them do.
    """

    name: str
    channel: str
    level: str
    meaning: str
    fields: tuple[str, ...]
    instead: str = ""
    """What to do where it is missing."""


@dataclass(frozen=True, slots=True)
class Implementation:
    """What a published conformance report says."""

    id: str
    name: str
    version: str
    gateway_api: str
    channel: str
    date: str
    report: str
    supports: frozenset[str]
    unproven: frozenset[str]

    def claims(self, use: Use) -> str:
        """yes | no | unproven (the report says nothing of it, or not all of its core tests passed)."""
        if use.owner:
            return "yes" if use.owner == self.id else "no"
        return "yes" if use.name in self.supports else "unproven" if use.name in self.unproven else "no"


@dataclass(slots=True)
class Use:
    """A feature, or a kind of one implementation, that manifests use."""

    name: str
    meaning: str
    level: str
    channel: str = "standard"
    owner: str = ""
    """Of a kind with a group of its own: the implementation that has it; "?" where that is not known."""
    instead: str = ""
    """What to do where it is missing."""
    objects: list[ObjectRef] = field(default_factory=list)


@lru_cache
def features() -> tuple[ConformanceFeature, ...]:
    """All of `mappings/portability.yaml`, in its order."""
    return tuple(
        ConformanceFeature(
            name, one["channel"], one["level"], one["meaning"], tuple(one["fields"]), one.get("instead", "")
        )
        for name, one in _pack()["features"].items()
    )


@lru_cache
def implementations() -> tuple[Implementation, ...]:
    """All of `mappings/portability.yaml`, in its order."""
    return tuple(
        Implementation(
            name,
            one["name"],
            str(one["version"]),
            str(one["gateway-api"]),
            one["channel"],
            str(one["date"]),
            one["report"],
            frozenset(one["supports"]),
            frozenset(one["unproven"]),
        )
        for name, one in _pack()["implementations"].items()
    )


def reports() -> str:
    """Where the conformance reports are published."""
    found: str = _pack()["source"]["reports"]
    return found


@lru_cache
def _pack() -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "portability.yaml")
    return data


def uses(manifests: Iterable[Mapping[str, Any]]) -> list[Use]:
    """What manifests use, features in the order of the pack, then kinds of single implementations."""
    found: dict[str, list[ObjectRef]] = {}
    kinds: dict[str, Use] = {}
    for body in manifests:
        group, _, _ = str(body.get("apiVersion", "")).rpartition("/")
        ref = ObjectRef.of(body)
        if group == CORE_GROUP:
            index = _fields().get(ref.kind)
            for name in index.names(body) if index else ():
                found.setdefault(name, []).append(ref)
        elif owner := _owner(group):
            name = f"{ref.kind} ({group})"
            meaning = f"kind of {owner}" if owner != "?" else "kind of another group"
            use = Use(name, meaning, SPECIFIC, owner=owner, instead=OF_ANOTHER)
            kinds.setdefault(name, use).objects.append(ref)
    used = [
        Use(one.name, one.meaning, one.level, one.channel, instead=one.instead, objects=found[one.name])
        for one in features()
        if one.name in found
    ]
    return used + [kinds[name] for name in sorted(kinds)]


@lru_cache
def _fields() -> dict[str, FieldIndex]:
    """Kind -> its fields that stand for features."""
    found: dict[str, FieldIndex] = {}
    for one in features():
        for pattern in one.fields:
            kind, _, path = pattern.partition(" ")
            found.setdefault(kind, FieldIndex()).add(one.name, path)
    return found


@lru_cache
def _owner(group: str) -> str:
    """The implementation that has the kinds of a group; "" for groups that are no matter of a Gateway."""
    owner: str = _pack()["groups"].get(group, "")
    return owner or ("?" if group.startswith("gateway.") else "")
