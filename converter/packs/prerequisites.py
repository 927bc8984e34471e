"""What has to be there before the output works (`mappings/prerequisites.yaml`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from converter.model.data import dataclass
from converter.packs.features import load_yaml, mappings_dir


@dataclass(frozen=True, slots=True)
class PrerequisiteRow:
    """A step before the output is applied."""

    title: str
    kind: str = ""
    """Needed where an object of this kind is written; "": always."""
    field: str = ""
    """Only where the spec of such an object has this field."""
    codes: tuple[str, ...] = ()
    """Findings that say the same."""
    run: tuple[str, ...] = ()
    """Commands."""


@lru_cache
def prerequisite_rows(pack: str, preset: str = "") -> tuple[PrerequisiteRow, ...]:
    """The rows for a target pack, or instead of them those of a preset."""
    data = load_yaml(mappings_dir() / "prerequisites.yaml")
    rows = data["presets"].get(preset) or data["targets"].get(pack, [])
    return tuple(_row(one) for one in rows)


def _row(row: dict[str, Any]) -> PrerequisiteRow:
    return PrerequisiteRow(
        row["title"], row.get("kind", ""), row.get("field", ""), tuple(row.get("codes", ())), tuple(row.get("run", ()))
    )
