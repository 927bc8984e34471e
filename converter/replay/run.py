"""A replay from its files to its sums."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from converter.comparison.equivalence import Comparison
from converter.model.data import dataclass
from converter.model.progress import PROGRESS
from converter.model.traffic import LogSummary, Traffic, Witness
from converter.pipeline.result import Result
from converter.replay.broken_lines import BrokenLineReader
from converter.replay.candidates import Candidates, upstream_name
from converter.replay.detect import SAMPLE, Detected, detect
from converter.replay.engine import Engine
from converter.replay.inspected_parts import InspectedParts, inspected
from converter.replay.log_files import LogFile, LogFileError, find_files, open_files
from converter.replay.log_format import (
    CUSTOM,
    FormatError,
    LogFormat,
    complete_format,
    custom_format,
    from_members,
    from_parts,
    known_formats,
)
from converter.replay.reduction import BROKEN, OTHER, Reduction
from converter.replay.tally import Tallies
from converter.routing.actions import Forward
from converter.routing.table import RoutingTable

LEAST_SHARE = 0.5
"""Of the lines of a file that must have its format."""


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """What a user says of the logs.

    Attributes:
        format: Name of a known format, or a log_format of nginx; "": by their lines.
        host: Of requests whose log names none.
        scheme: Of requests whose log names none.
        entry: Class, load balancer or group that wrote the logs; "": any that can have.
    """

    format: str = ""
    host: str = ""
    scheme: str = ""
    entry: str = ""


class ReplayError(ValueError):
    """The logs cannot be replayed; the message says why, and what to do."""


def replay(
    result: Result,
    logs: Iterable[str],
    options: ReplayOptions = ReplayOptions(),
    stdin: BinaryIO | None = None,
    witness: Callable[[Witness], None] = lambda one: None,
) -> Traffic:
    """Ask both sides the requests of access logs.

    Args:
        result: The conversion.
        logs: Files, folders, patterns, or `-`.
        options: What the user says of them.
        stdin: For `-`.
        witness: Takes requests that show a difference.

    Raises:
        ReplayError: There is nothing to read, no line has a known format, or nothing could be asked.
        MissingEngineError: DuckDB is not installed.
    """
    comparisons = [one for one in result.comparisons if options.entry in ("", one.before.entry)]
    if not comparisons:
        known = ", ".join(sorted(one.before.entry for one in result.comparisons))
        raise ReplayError(
            f"no entry point is called {options.entry!r}; there is {known}" if known else "no requests to compare"
        )
    with tempfile.TemporaryDirectory(prefix="ing2gw-replay-") as name:
        folder = Path(name)
        try:
            files = open_files(find_files(logs), folder, stdin)
        except LogFileError as error:
            raise ReplayError(str(error)) from None
        engine = Engine(folder, files)
        try:
            return _Replay(engine, comparisons, options, witness).run(files)
        finally:
            engine.close()


class _Replay:
    def __init__(
        self,
        engine: Engine,
        comparisons: Sequence[Comparison],
        options: ReplayOptions,
        witness: Callable[[Witness], None],
    ) -> None:
        self._engine, self._comparisons, self._options, self._witness = engine, comparisons, options, witness
        self._tables = [table for one in comparisons for table in (one.before, one.after)]
        self._traffic = Traffic()

    def run(self, files: Sequence[LogFile]) -> Traffic:
        groups: dict[tuple[LogFormat, str], list[LogFile]] = {}
        formats = self._formats()
        PROGRESS.begin("reading logs", 0)
        for file in files:
            found = self._detected(file, formats) if not file.problem else None
            if found is not None and found.format is not None:
                groups.setdefault((found.format, found.wrapper), []).append(file)
            else:
                self._traffic.files.append(LogSummary(file.name, "", file.problem))
        if not groups:
            raise ReplayError("; ".join(f"{one.name} {one.problem}" for one in self._traffic.files[:3]) or "no log")
        sides = {made.side for made, _ in groups}
        if len(sides) > 1:
            raise ReplayError("the logs are of both sides; replay those of the controller and of the Gateway apart")
        self._traffic.log_side = sides.pop()
        for (made, wrapper), some in groups.items():
            self._replay(made, wrapper, some)
        return self._traffic

    def _formats(self) -> list[LogFormat]:
        """Those that may be meant, the likeliest first."""
        known, given = known_formats(), self._options.format
        named = next((one for one in known if one.name == given), None)
        if named is not None:
            return [named, *known]
        if given and "$" not in given:
            names = ", ".join(one.name for one in known)
            raise ReplayError(f"--format {given}: write {names}, or a log_format of nginx with its variables")
        try:
            own = [custom_format(given)] if given else list(_configured(self._tables))
        except FormatError as error:
            raise ReplayError(f"--format: {error}") from None
        return [*own, *known]

    def _detected(self, file: LogFile, formats: Sequence[LogFormat]) -> Detected | None:
        """The format of a file; a problem of the file where it has none, or not the one that is asked for."""
        texts = self._engine.first_lines(file, SAMPLE)
        if not texts and file.compression == "gzip":
            from converter.replay.log_files import sample

            texts = sample(file).decode("utf-8", "replace").splitlines()[:SAMPLE]
        found = detect(texts, formats)
        if found.format is None or found.share < LEAST_SHARE:
            file.problem = (
                f"{found.description}, which is not a known access log format; describe its lines with --format"
            )
            return None
        if self._options.format and found.format is not formats[0]:
            file.problem = f"does not have the format of --format; its lines look like {found.format.title}"
            return None
        return found

    def _replay(self, made: LogFormat, wrapper: str, files: Sequence[LogFile]) -> None:
        comparisons = self._written_by(made)
        tables = [table for one in comparisons for table in (one.before, one.after)]
        parts = inspected(tables)
        reduction = Reduction(self._engine, made, parts, _exact(made, parts, tables), wrapper)
        read = reduction.read(files)
        self._traffic.files += [LogSummary(one.name, made.title, one.problem) for one in read]
        counts = reduction.counts()
        self._traffic.lines += sum(counts.values())
        for status, count in reduction.others().items() if counts.get(OTHER) else ():
            self._traffic.no_request[status] = self._traffic.no_request.get(status, 0) + count
        broken = BrokenLineReader(self._engine, read)
        self._traffic.broken += broken.read(reduction.broken() if counts.get(BROKEN) else ())
        self._traffic.lines += broken.rejected
        tallies = Tallies(
            self._traffic,
            Candidates(comparisons, self._options.host, self._options.scheme),
            frozenset(parts.cookies),
            self._witness,
        )
        PROGRESS.begin("asking both sides", 0)
        tallies.add(reduction.single(tallies.add(reduction.rows())))
        if self._traffic.of("ambiguous") and made.controller in ("ingress-nginx", ""):
            self._traffic.needed_format = complete_format()

    def _written_by(self, made: LogFormat) -> Sequence[Comparison]:
        """The entries whose log it can be."""
        own = [one for one in self._comparisons if made.controller in ("", one.before.controller)]
        return own or self._comparisons


def _exact(made: LogFormat, parts: InspectedParts, tables: Iterable[RoutingTable]) -> set[str]:
    """Hosts, or backends where the log names no host, whose rules look further into paths."""
    if not parts.hosts or "host" in made.columns or made.absolute:
        return parts.hosts
    out = {"", "-", "upstream-default-backend"}
    for table in tables:
        for port, vhost, rule in table.rules():
            tests = rule.hosts if port.fall_through else vhost.hosts
            if any(test.value.lower() in parts.hosts for test in tests) and isinstance(rule.action, Forward):
                out |= {upstream_name(backend.key).lower() for backend in rule.action.backends}
    return out


def _configured(tables: Iterable[RoutingTable]) -> Iterable[LogFormat]:
    """The formats that the input sets for its controllers."""
    for table in tables:
        for feature in table.features:
            given = (
                feature.value.get("format")
                if feature.name == "access-log" and isinstance(feature.value, dict)
                else None
            )
            if isinstance(given, dict):
                about = CUSTOM, f"log format of {table.entry}", table.controller, "before"
                try:
                    yield from_members(*about, given["json"]) if "json" in given else from_parts(*about, given["text"])
                except FormatError:
                    continue
