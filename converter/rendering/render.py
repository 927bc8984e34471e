"""Everything of the input that has to be rendered, rendered; with findings for what could not be."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.reading.decode import BinaryError
from converter.reading.discover import Boundary, discover
from converter.reading.in_memory import Bytes, InMemory
from converter.reading.load import Broken, load
from converter.reading.positioned import Map
from converter.reading.relevant_kinds import CHART_KINDS, group
from converter.rendering.helm import CHART_FILE, ChartRelease, render_chart
from converter.rendering.kustomize import NAMES, Kustomizations, command, named_paths, render_kustomization
from converter.rendering.programs import MissingProgramError, RenderError
from converter.rendering.releases import Installed, installed

RENDERED = "<rendered>"
_KUSTOMIZE_GROUP = "kustomize.config.k8s.io"


def rendered(paths: Sequence[str], namespace: str) -> InMemory:
    """The rendered input, which is to be read with the paths.

    Args:
        paths: As the command line names them.
        namespace: Of charts that no object installs.
    """
    return _Rendering([one for one in paths if one != "-"], namespace).result()


class _Rendering:
    def __init__(self, paths: Sequence[str], namespace: str) -> None:
        self._allowed, self._namespace = Boundary(paths), namespace
        self._charts: set[str] = set()
        self._kustomizations: dict[str, Map] = {}
        self._installed: list[Installed] = []
        self._data: dict[str, bytes] = {}
        for one in discover(paths):
            if isinstance(one, Bytes):
                self._look(one)
        self._follow()
        self._charts = {one for one in self._charts if not any(one.startswith(f"{other}/") for other in self._charts)}
        self._files: dict[str, Bytes] = {}
        self._findings: list[tuple[Origin, Outcome]] = []
        self._replaced: set[str] = set()
        self._done: set[ObjectRef] = set()

    def result(self) -> InMemory:
        """Charts first: what objects install of them, then the others as they stand."""
        for one in self._installed:
            self._install(one)
        used = {one.release.chart for one in self._installed if one.release is not None}
        for chart in sorted(self._charts - used):
            release = ChartRelease(chart, os.path.basename(os.path.realpath(chart)), self._namespace, {})  # noqa: PTH119
            self._chart(release, Location(f"{chart}/{CHART_FILE}"))
        known = Kustomizations(self._kustomizations, self._data)
        for folder in known.roots():
            self._kustomize(folder, known)
        return InMemory(
            RENDERED,
            tuple(self._files.values()),
            tuple(self._findings),
            frozenset(map(os.path.realpath, self._replaced)),
            frozenset(self._done),
        )

    def _follow(self) -> None:
        """Read what kustomizations name outside of the paths, inside of the repository."""
        pending = list(self._kustomizations.items())
        while pending:
            path, body = pending.pop()
            known = set(self._kustomizations)
            for named in named_paths(path.rpartition("/")[0] or ".", body):
                for file in (named, *(f"{named}/{name}" for name in NAMES)):
                    if file not in self._data and os.path.isfile(file) and self._allowed.holds(os.path.realpath(file)):  # noqa: PTH113
                        for one in discover([file]):
                            if isinstance(one, Bytes):
                                self._look(one)
            pending += [(one, self._kustomizations[one]) for one in self._kustomizations if one not in known]

    def _look(self, file: Bytes) -> None:
        folder, _, name = file.path.rpartition("/")
        self._data[os.path.normpath(file.path)] = file.data
        if name == CHART_FILE:
            self._charts.add(os.path.normpath(folder or "."))
            return
        for body in _documents(file):
            version = group(str(body.get("apiVersion") or ""))
            if name in NAMES:
                if version in ("", _KUSTOMIZE_GROUP):  # (Flux has a kind of the same name)
                    self._kustomizations[file.path] = body
            elif CHART_KINDS.get(str(body.get("kind"))) == version:
                self._installed += installed(body, file.path, self._namespace, self._allowed)

    def _install(self, one: Installed) -> None:
        if one.release is None:
            words = f"{one.ref} installs {one.source or 'a chart'}, which is not in the input; nothing is fetched"
            self._find(
                one.location, "render.remote", words, "vendor the chart, or render it and convert what comes out"
            )
            return
        if one.unread:
            words = f"{one.ref} takes values from {', '.join(one.unread)}, which rendering does not read"
            self._find(one.location, "render.values", words, "render it with these values and convert what comes out")
        if self._chart(one.release, one.location):
            self._done.add(one.ref)

    def _chart(self, release: ChartRelease, place: Location) -> bool:
        work = self._try(place, release.command(), lambda folder: render_chart(release, self._allowed, folder))
        if work:
            self._replaced.add(release.chart)
        return work

    def _kustomize(self, folder: str, known: Kustomizations) -> None:
        place = Location(f"{folder}/{NAMES[0]}")
        if remote := known.remote(folder):
            words = f"{folder} builds on {', '.join(remote)}; nothing is fetched, so it is read as it stands"
            self._find(place, "render.remote", words, f"render it where the network may be used: {command(folder)}")
        elif outside := known.outside(folder, self._allowed):
            words = f"{folder} takes in {', '.join(outside)}, which is outside of the paths and their repository"
            self._find(place, "render.failed", words, "name a folder that holds all of it")
        elif self._try(place, command(folder), lambda scratch: render_kustomization(folder, scratch)):
            self._replaced |= known.files(folder)

    def _try(self, place: Location, by_hand: str, work: Callable[[Path], list[Bytes]]) -> bool:
        """Render; what fails is read as it stands, with a finding that says why."""
        try:
            with tempfile.TemporaryDirectory(prefix="ing2gw-") as scratch:
                for one in work(Path(scratch)):
                    self._files[one.path] = one
        except MissingProgramError as error:
            self._find(
                place, "render.program-missing", f"{place.path} is not rendered: {error}", f"install it, or: {by_hand}"
            )
            return False
        except RenderError as error:
            self._find(place, "render.failed", f"{place.path} is not rendered: {error}", f"try it by hand: {by_hand}")
            return False
        return True

    def _find(self, place: Location, code: str, words: str, hint: str) -> None:
        origin = Origin("file", "render", words, place)
        self._findings.append((origin, Outcome.manual(code, f"{words}.", hint)))


def _documents(file: Bytes) -> Iterator[Map]:
    try:
        for one in load(file.data, every=file.path.endswith(NAMES)):
            if not isinstance(one, Broken) and isinstance(one.value, Map):
                yield one.value
    except BinaryError:
        return
