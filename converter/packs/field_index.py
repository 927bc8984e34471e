"""Which of many fields a manifest has: one walk that follows only the paths that are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from converter.model.data import dataclass

EACH = "[]"
"""The step from a list to its items."""


@dataclass(slots=True)
class FieldIndex:
    """Names by the field that each stands for.

    Attributes:
        present: Names that hold where the field is there.
        several: Names that hold where two or more fields of this path are there.
        values: Value of the field -> names that hold for it.
        below: Next step of a path -> what is known of it.
    """

    present: list[str] = field(default_factory=list)
    several: list[str] = field(default_factory=list)
    values: dict[str, list[str]] = field(default_factory=dict)
    below: dict[str, FieldIndex] = field(default_factory=dict)

    def add(self, name: str, pattern: str) -> None:
        """Let a name stand for `spec.rules[].name`; `=value` where one value does, `*` where two of them do."""
        path, _, value = pattern.partition("=")
        node = self
        for step in path.removesuffix("*").replace(EACH, f".{EACH}").split("."):
            node = node.below.setdefault(step, FieldIndex()) if step else node
        names = node.several if path.endswith("*") else node.values.setdefault(value, []) if value else node.present
        names.append(name)

    def names(self, body: Mapping[str, Any]) -> set[str]:
        """The names whose field a manifest has."""
        found: set[str] = set()
        several: Counter[str] = Counter()
        self._walk(body, found, several)
        return found | {name for name, count in several.items() if count > 1}

    def _walk(self, value: Any, found: set[str], several: Counter[str]) -> None:
        found.update(self.present)
        several.update(self.several)
        if self.values and not isinstance(value, (dict, list)):
            found.update(self.values.get(str(value), ()))
        if isinstance(value, dict):
            for step, child in self.below.items():
                if step in value:
                    child._walk(value[step], found, several)
        elif isinstance(value, list) and EACH in self.below:
            for item in value:
                self.below[EACH]._walk(item, found, several)
