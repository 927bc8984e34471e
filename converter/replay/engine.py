"""DuckDB as replays use it: streams compressed files, spills into a folder of ours, and opens nothing else."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from converter.replay.log_files import LogFile, is_cut_off, recovered
from converter.replay.sql import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

INSTALL = "pip install 'ing2gw[replay]'"
MEMORY = "1GB"
LONGEST_LINE = 1 << 20
BATCH = 256
"""Files that are read by one query."""
CRI = r"^[^ ]+ std(?:out|err) [FP] "
"""Before each line of a container's log file on a node."""
_NO_FIELD = "\x01"


class MissingEngineError(RuntimeError):
    """DuckDB is not installed; the message has the command that installs it."""


class Engine:
    """One database for one replay.

    Args:
        folder: Private folder for what does not fit into memory; the caller removes it.
        files: The logs: nothing else can be opened from then on.
    """

    def __init__(self, folder: Path, files: Iterable[LogFile]) -> None:
        try:
            import duckdb
        except ImportError:
            raise MissingEngineError(f"replay needs DuckDB: {INSTALL}") from None
        self.errors = duckdb.Error
        settings: dict[str, Any] = {
            "threads": max(
                len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1, 1
            ),
            "memory_limit": MEMORY,
            "temp_directory": str(folder),
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "preserve_insertion_order": False,
        }
        self.run: DuckDBPyConnection = duckdb.connect(str(folder / "replay.db"), config=settings)
        self._close_world(folder, files)

    def _close_world(self, folder: Path, files: Iterable[LogFile]) -> None:
        """From here on: no network, no extension, no file but the logs and our own."""
        logs = ", ".join(literal(os.path.realpath(one.path)) for one in files)
        self.run.execute(f"SET allowed_directories = [{literal(os.path.realpath(folder))}]")
        self.run.execute(f"SET allowed_paths = [{logs}]")
        self.run.execute("SET enable_external_access = false")
        self.run.execute("SET lock_configuration = true")

    def close(self) -> None:
        """Let go of the files."""
        self.run.close()

    def rows(self, query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        return self.run.execute(query, list(parameters)).fetchall()

    def first_lines(self, file: LogFile, count: int) -> list[str]:
        """The first lines of a file."""
        try:
            rows = self.rows(f"SELECT line FROM {lines([file], ordered=True)} WHERE line IS NOT NULL LIMIT {count:d}")
        except self.errors:
            return []
        return [line for (line,) in rows]

    def insert(self, files: Sequence[LogFile], statement: str) -> list[LogFile]:
        """Run `statement` (an INSERT with `{lines}`) over files; broken ones are read as far as they go.

        Returns:
            The files that were read, some in another form.
        """
        out: list[LogFile] = []
        for start in range(0, len(files), BATCH):
            batch = files[start : start + BATCH]
            try:
                self.run.execute(statement.replace("{lines}", lines(batch)))
                out += batch
            except self.errors:
                out += [self._insert_one(one, statement) for one in batch]
        for one in out:
            if one.compression == "zstd" and not one.problem and is_cut_off(one):
                one.problem = "is truncated; what comes before that is read"
        return out

    def _insert_one(self, file: LogFile, statement: str) -> LogFile:
        try:
            self.run.execute(statement.replace("{lines}", lines([file])))
            return file
        except self.errors as error:
            if file.compression != "gzip":
                file.problem = f"cannot be read: {_first_line(error, file)}"
                return file
        text = recovered(file)
        self.run.execute(statement.replace("{lines}", lines([text])))
        return text


def lines(files: Sequence[LogFile], *, ordered: bool = False) -> str:
    """The lines of files as a table with `line` and `filename`; lines that are no text are in the table `rejects`."""
    by_kind: dict[str, list[str]] = {}
    for one in files:
        by_kind.setdefault(one.compression, []).append(literal(one.path))
    read = [
        f"SELECT line, filename FROM read_csv([{', '.join(paths)}], auto_detect = false, header = false,"
        f" columns = {{'line': 'VARCHAR'}}, delim = {literal(_NO_FIELD)}, quote = '', escape = '', comment = '',"
        f" strict_mode = false, ignore_errors = true, max_line_size = {LONGEST_LINE}, filename = true,"
        f" compression = {literal(kind)}{', parallel = false' if ordered else ''}"
        f"{'' if ordered else REJECTS})"
        for kind, paths in by_kind.items()
    ]
    return f"({' UNION ALL '.join(read)})"


REJECTS = ", store_rejects = true, rejects_table = 'rejects', rejects_scan = 'reject_scans'"


def _first_line(error: Exception, file: LogFile) -> str:
    """What DuckDB says, without the query and our names of files."""
    text = re.sub(r"^[\w ]*Error: ", "", str(error).partition("\n")[0])
    return text.replace(file.path, "the file")
