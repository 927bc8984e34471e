"""Lines of logs in no known form, and those that are no text: how many a file has, and which are shown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from converter.model.traffic import BrokenLines
from converter.replay.engine import Engine, lines
from converter.replay.log_files import LogFile
from converter.replay.sql import literal

SHOWN_FILES = 3
"""Files whose broken lines are shown with their numbers."""


class BrokenLineReader:
    """Finds the broken lines of the files that were read last.

    Args:
        engine: What has read them.
        files: The files.
    """

    def __init__(self, engine: Engine, files: Sequence[LogFile]) -> None:
        self._engine, self._files = engine, {one.path: one for one in files}
        self.rejected = 0
        """How many lines are no text."""

    def read(self, unknown: Iterable[tuple[str, str, int]]) -> list[BrokenLines]:
        """Broken lines by file. `unknown`: path, a line in no known form, and how many of them the file has."""
        found: dict[str, BrokenLines] = {}
        rejected = _rejected(self._engine)
        for place, text, count in unknown:
            one = self._of(place, found)
            one.count += count
            one.samples.append((0, text))
        for place, numbers in rejected.items():
            one = self._of(place, found)
            one.count += len(numbers)
            one.samples += [(number, "(no text in UTF-8, or longer than a megabyte)") for number in numbers[:1]]
            self.rejected += len(numbers)
        for place in list(found)[:SHOWN_FILES]:
            if place in self._files:
                _number(self._engine, self._files[place], found[place], rejected.get(place, []))
        return list(found.values())

    def _of(self, place: str, found: dict[str, BrokenLines]) -> BrokenLines:
        name = self._files[place].name if place in self._files else place
        return found.setdefault(place, BrokenLines(name, 0))


def _rejected(engine: Engine) -> dict[str, list[int]]:
    """Path -> numbers of lines that are no text; the record of them is emptied."""
    try:
        rows = engine.rows(
            """SELECT DISTINCT file_path, line FROM rejects JOIN reject_scans USING (scan_id, file_id) ORDER BY ALL"""
        )
        engine.run.execute("DROP TABLE rejects; DROP TABLE reject_scans")
    except engine.errors:
        return {}
    out: dict[str, list[int]] = {}
    for path, number in rows:
        out.setdefault(path, []).append(number)
    return out


def _number(engine: Engine, file: LogFile, broken: BrokenLines, rejected: Sequence[int]) -> None:
    """Find the numbers of lines that are shown."""
    texts = [text for number, text in broken.samples if not number]
    if not texts:
        return
    query = f"""SELECT left(line, 2000), min(n) FROM (
        SELECT line, row_number() OVER () AS n FROM {lines([file], ordered=True)})
        WHERE left(line, 2000) IN ({", ".join(map(literal, texts))}) GROUP BY 1"""
    try:
        found = dict(engine.rows(query))
    except engine.errors:
        return
    broken.samples = sorted((number or _shifted(found.get(text, 0), rejected), text) for number, text in broken.samples)


def _shifted(number: int, rejected: Iterable[int]) -> int:
    """The number of a line, which was counted without those that are no text."""
    for one in sorted(rejected):
        number += one <= number
    return number
