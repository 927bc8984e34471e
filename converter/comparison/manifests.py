"""Two sets of manifests, object by object and field by field."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from converter.model import ObjectRef
from converter.model.data import dataclass

Manifest = Mapping[str, Any]


class FieldChange(NamedTuple):
    """One field; None on a side where it is missing."""

    field: str
    before: Any
    after: Any


@dataclass(slots=True)
class ObjectChanges:
    """What is different between two sets."""

    added: list[ObjectRef] = field(default_factory=list)
    removed: list[ObjectRef] = field(default_factory=list)
    changed: dict[ObjectRef, list[FieldChange]] = field(default_factory=dict)


def compare(before: Iterable[Manifest], after: Iterable[Manifest]) -> ObjectChanges:
    """Which objects are new, gone or different."""
    old = {ObjectRef.of(one): one for one in before}
    new = {ObjectRef.of(one): one for one in after}
    out = ObjectChanges([ref for ref in new if ref not in old], [ref for ref in old if ref not in new])
    for ref, manifest in new.items():
        if ref in old and old[ref] != manifest:
            out.changed[ref] = field_changes(old[ref], manifest)
    return out


def field_changes(before: Manifest, after: Manifest) -> list[FieldChange]:
    """The fields that differ, in order of their paths."""
    from deepdiff import DeepDiff

    diff = DeepDiff(before, after, view="tree", verbose_level=2, threshold_to_diff_deeper=0)
    changes = [
        FieldChange(_dotted(one.path()), _side(one.t1), _side(one.t2)) for levels in diff.values() for one in levels
    ]
    return sorted(changes, key=lambda one: [_natural(part) for part in re.split(r"(\d+)", one.field)])


def _natural(part: str) -> tuple[int, str]:
    """Of two numbers the longer one is larger."""
    return (len(part), part) if part.isdecimal() else (0, part)


def _side(value: Any) -> Any:
    return None if type(value).__name__ == "NotPresent" else value


def _dotted(path: str) -> str:
    """`root['spec']['rules'][0]` as `spec.rules[0]`; keys that hold a dot keep their quotes."""
    parts = re.findall(r"\[(\d+)\]|\['((?:[^'\\]|\\.)*)'\]|\[\"((?:[^\"\\]|\\.)*)\"\]", path)
    out = ""
    for index, single, double in parts:
        name = single or double
        if index:
            out += f"[{index}]"
        elif re.fullmatch(r"[\w-]+", name):
            out += f".{name}"
        else:
            out += f"[{name!r}]"
    return out.lstrip(".")
