"""Before and after side by side: an object as it is in its file, the resources made from it, and which lines belong
together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from converter.model import FieldRef, Finding, Location, ObjectRef, ObjectStatus, Resource
from converter.model.credentials import shown_line
from converter.writing.field_lines import Lines, field_lines, find
from converter.writing.yaml import dump

LONGEST = 400
"""Lines of one object that are shown."""
LARGEST = 20_000_000


class Made(NamedTuple):
    """A resource as text, with the lines of its fields."""

    resource: Resource
    text: str
    lines: Lines


class SideBySide:
    """Looked up by object and by field."""

    def __init__(self, objects: Sequence[ObjectStatus], resources: Sequence[Resource]) -> None:
        self.made = [Made(one, dump(body := _shown(one)), field_lines(body)) for one in resources]
        self._by_ref = {one.ref: number for number, one in enumerate(resources)}
        self._starts: dict[str, list[int]] = {}
        for status in objects:
            self._starts.setdefault(status.location.path, []).append(status.location.line)
        self._files: dict[str, list[str]] = {}

    def source(self, place: Location) -> str:
        """The object that begins at this place, up to the next document; "" where the file is not at hand."""
        if not place.line:
            return ""
        lines = self._file(place.path)[place.line - 1 :]
        following = [line for line in self._starts.get(place.path, ()) if line > place.line]
        end = min(following) - place.line if following else len(lines)
        for number, line in enumerate(lines[:end]):
            if line.startswith("---"):
                end = number
                break
        return "\n".join(map(shown_line, lines[: min(end, LONGEST)])).rstrip()

    def _file(self, path: str) -> list[str]:
        if path not in self._files:
            self._files[path] = _read(Path(path))
        return self._files[path]

    def where(self, field: FieldRef) -> tuple[int, int, int] | None:
        """Number of the resource, first and last line of a field that was written."""
        number = self._by_ref.get(ObjectRef(field.kind, field.namespace, field.name))
        if number is None:
            return None
        made = self.made[number]
        found = find(made.lines, made.resource.body, field.field) if field.field else None
        return (number, *found) if found else (number, 0, 0)

    def links(self, finding: Finding) -> list[tuple[int, int, int]]:
        """All places that a finding wrote to."""
        return list(dict.fromkeys(place for field in finding.fields if (place := self.where(field)) is not None))


def _shown(one: Resource) -> dict[str, Any]:
    """What may be passed on to people: of Secrets the keys only."""
    if one.kind != "Secret":
        return one.body
    return {
        key: dict.fromkeys(value, "(hidden)") if key in ("data", "stringData") and isinstance(value, dict) else value
        for key, value in one.body.items()
    }


def _read(path: Path) -> list[str]:
    try:
        if path.stat().st_size > LARGEST:
            return []
        return path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    except (OSError, ValueError):
        return []
