"""Whether a run reads all that an earlier run made a file of: part of the sources must not take the rest out of it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import field
from pathlib import Path

from converter.model import ObjectStatus, Resource
from converter.model.data import dataclass
from converter.reading.discover import path_pattern
from converter.reading.in_memory import STREAMS
from converter.writing.record import EVERYTHING, Sources

STDIN = "-"


@dataclass(slots=True)
class Coverage:
    """What a run reads: its paths as they were given, and the objects that it found there."""

    directory: Path
    """The output directory; sources are recorded as seen from it."""
    paths: Sequence[str]
    objects: dict[str, str]
    """`Kind namespace/name` -> input file."""
    namespaces: set[str]
    sources: Sources = field(default_factory=dict)
    """What this run makes each file of."""
    prune: bool = False
    """Input files that are not read and do not exist any more count as read."""

    def unread(self, recorded: Sources, path: str) -> dict[str, list[str]]:
        """Of the objects that a file was made of those that this run cannot know to be gone, by input file."""
        out = {}
        for source, objects in recorded.get(path, recorded.get(EVERYTHING, {})).items():
            gone = [one for one in objects if one not in self.objects and not self._reads(source, one)]
            if gone:
                out[source] = gone
        return out

    def _reads(self, source: str, name: str) -> bool:
        if source in STREAMS:
            namespace = name.partition(" ")[2].rpartition("/")[0]
            return source in self.paths and (self.prune or namespace in self.namespaces)
        path = os.path.normpath(os.path.join(os.path.abspath(self.directory), source))  # noqa: PTH100, PTH118
        if self.prune and not os.path.exists(path):  # noqa: PTH110
            return True
        return any(_leads_to(one, path) for one in self.paths if one not in STREAMS)


def coverage(
    directory: Path,
    paths: Sequence[str],
    resources: Iterable[Resource],
    objects: Iterable[ObjectStatus],
    prune: bool = False,
) -> Coverage:
    """What a run reads and makes; `objects` are all that it found, converted or not."""
    statuses = list(objects)
    places = {str(one.ref): _seen_from(directory, one.location.path) for one in statuses}
    out = Coverage(directory, paths, places, {one.ref.namespace for one in statuses}, prune=prune)
    files: dict[str, set[str]] = {}
    shared = set()
    for resource in resources:
        names = {name for ref in resource.sources if (name := str(ref)) in places}
        files.setdefault(resource.file, set()).update(names)
        if not names:
            shared.add(resource.file)
    files = {path: names for path, names in files.items() if path not in shared}
    files[EVERYTHING] = {str(one.ref) for one in statuses if one.status in ("converted", "withheld")}
    out.sources = {path: _by_source(names, places) for path, names in files.items()}
    return out


def _by_source(names: Iterable[str], places: dict[str, str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for name in sorted(names):
        out.setdefault(places[name], []).append(name)
    return out


def _seen_from(directory: Path, path: str) -> str:
    if path in (STDIN, "", "<stdin>"):
        return STDIN
    if path in STREAMS:
        return path
    return os.path.relpath(os.path.abspath(path), os.path.abspath(directory))  # noqa: PTH100


def _leads_to(given: str, path: str) -> bool:
    """True where a file is, or is below, what was given on the command line."""
    start = os.path.abspath(given)  # noqa: PTH100
    if not any(char in given for char in "*?["):
        return path == start or path.startswith(f"{start.rstrip('/')}/")
    return any(path_pattern(start).fullmatch(one) for one in (path, *(str(above) for above in Path(path).parents)))
