"""Generated files on disk: what would change, what was edited by hand, what is left over; written whole or not at all.

A file whose content is neither what the record (`record.py`) knows nor what is to be written now was edited by hand (or
is not ours) and is left alone. What a run is about to write is recorded first, so that a run that is killed leaves no
file behind that seems to be somebody else's.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from converter.model import Resource
from converter.model.data import dataclass
from converter.model.progress import PROGRESS
from converter.writing.atomic import SCRATCH, WriteError, lock, remove_stale, replace_file, save
from converter.writing.coverage import Coverage
from converter.writing.record import EVERYTHING, STATE, Record, digest, load_record, read_file, save_record
from converter.writing.serialize import document

__all__ = ["STATE", "WriteError", "WritePlan", "apply", "exclusive", "plan", "render", "save"]


@dataclass(slots=True)
class WritePlan:
    """What writing would do, by path below the directory."""

    directory: Path
    content: dict[str, str]
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    same: list[str] = field(default_factory=list)
    edited: list[str] = field(default_factory=list)
    """Would change, but somebody else wrote to them since."""
    vanished: list[str] = field(default_factory=list)
    """Written by an earlier run, and nothing goes there now."""
    vanished_edited: list[str] = field(default_factory=list)
    """The vanished ones that were edited since: never removed without force."""
    partial: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    """Files that would lose what other sources put there: input file that this run does not read -> its objects."""
    record: Record = field(default_factory=Record)
    """Of the last run, with the present digest of each file that is ours."""
    coverage: Coverage | None = None

    @property
    def current(self) -> bool:
        """True where a run would change nothing."""
        return not (self.added or self.changed or self.edited or self.vanished)

    def refusal(self) -> str:
        """Why nothing may be written; "" where all may."""
        for path, unread in self.partial.items():
            source, objects = next(iter(unread.items()))
            where = "standard input" if source == "-" else os.path.normpath(self.directory / source)
            count = sum(map(len, unread.values())) - 1
            more = f" and {count} more" if count else ""
            return (
                f"{self.directory / path} also holds {objects[0]} of {where}{more}, which this run does not read; "
                "convert all sources in one run (--whole DIR), or write to another folder"
            )
        return ""


def render(resources: Iterable[Resource]) -> dict[str, str]:
    """Path -> YAML, in the order of the resources."""
    files: dict[str, list[Resource]] = {}
    for one in resources:
        files.setdefault(one.file, []).append(one)
    return {path: document(group) for path, group in files.items()}


def plan(
    directory: Path,
    content: dict[str, str],
    coverage: Coverage | None = None,
    concerned: Callable[[str], bool] | None = None,
) -> WritePlan:
    """Compare what is to be written with what is there; changes nothing. `coverage`: what the run reads; `concerned`:
    whether a file of an earlier run is a matter of this one, where it writes a part of the output.

    Raises:
        WriteError: Something that is no file stands where one is to be written.
    """
    out = WritePlan(directory, content, record=load_record(directory), coverage=coverage)
    root, record = str(directory), out.record
    for path, text in content.items():
        there = read_file(f"{root}/{path}")
        if there is None:
            out.added.append(path)
            continue
        if there == text.encode():
            out.same.append(path)
            continue
        if record.is_ours(path, found := digest(there)):
            record.hashes[path] = found
            out.changed.append(path)
        else:
            out.edited.append(path)
        if coverage is not None and (unread := coverage.unread(record.sources, path)):
            out.partial[path] = unread
    for path in sorted((record.hashes.keys() | record.intended.keys()) - content.keys()):
        if concerned is None or concerned(path):
            _plan_vanished(out, path)
    return out


def _plan_vanished(out: WritePlan, path: str) -> None:
    if out.coverage is not None and out.coverage.unread(out.record.sources, path):
        return
    there = read_file(f"{out.directory}/{path}")
    if there is not None:
        out.vanished.append(path)
        if not out.record.is_ours(path, digest(there)):
            out.vanished_edited.append(path)


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Keep other runs away from a directory while it is compared and written; it is created.

    Raises:
        WriteError: It cannot be created.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(directory, os.O_RDONLY)
    except OSError as error:
        raise WriteError(f"cannot write to {directory}: {error.strerror or error}") from None
    try:
        lock(descriptor)
        yield
    finally:
        os.close(descriptor)


def apply(todo: WritePlan, force: bool = False, prune: bool = False) -> list[str]:
    """Carry a plan out and return what was written or removed; a run that changes nothing touches nothing.

    Raises:
        WriteError: Nothing may be written (`Plan.refusal`), or something cannot be.
    """
    if refusal := todo.refusal():
        raise WriteError(f"{refusal}; nothing was written")
    write = todo.added + todo.changed + (todo.edited if force else [])
    _make_folders(todo.directory, write)
    _remove_stale(todo)
    before = Record(dict(todo.record.hashes), dict(todo.record.intended), todo.record.sources)
    after = _recorded(todo, {path: digest(todo.content[path].encode()) for path in write})
    if write:
        intended = {path: after.hashes[path] for path in write}
        save_record(todo.directory, Record(before.hashes, intended, before.sources))
    PROGRESS.begin("writing", len(write))
    for path in write:
        PROGRESS.done += 1
        replace_file(f"{todo.directory}/{path}", todo.content[path].encode())
    removed = _prune(todo, force) if prune else []
    for path in removed:
        after.hashes.pop(path, None)
        after.sources.pop(path, None)
    if write or after != before:
        save_record(todo.directory, after)
    return write + removed


def _recorded(todo: WritePlan, written: dict[str, str]) -> Record:
    """The record once everything is written: files that are there no more are forgotten."""
    old, coverage = todo.record, todo.coverage
    hashes = {path: found for path, found in old.hashes.items() if path in todo.content or path in todo.vanished}
    for path in (old.hashes.keys() | old.intended.keys()) - hashes.keys():
        if read_file(f"{todo.directory}/{path}") is not None:
            hashes[path] = old.hashes.get(path) or old.intended[path]
    hashes |= {path: digest(todo.content[path].encode()) for path in todo.same} | written
    sources = {path: made for path, made in old.sources.items() if path in hashes}
    if coverage is not None:
        for path, made in coverage.sources.items():
            if path in todo.content or path in todo.vanished or path == EVERYTHING:
                sources[path] = _joined(made, coverage.unread(old.sources, path))
    return Record(hashes, {}, sources)


def _joined(one: dict[str, list[str]], other: dict[str, list[str]]) -> dict[str, list[str]]:
    names = sorted(one.keys() | other.keys())
    return {source: sorted({*one.get(source, ()), *other.get(source, ())}) for source in names}


def _prune(todo: WritePlan, force: bool) -> list[str]:
    kept = set() if force else set(todo.vanished_edited)
    removed = [path for path in todo.vanished if path not in kept]
    root = todo.directory.resolve()
    for path in removed:
        if not (root / path).parent.resolve().is_relative_to(root):
            raise WriteError(f"{todo.directory / path} leads out of {todo.directory}")
        target = todo.directory / path
        target.unlink(missing_ok=True)
        for folder in target.parents:
            if folder == todo.directory or any(folder.iterdir()):
                break
            folder.rmdir()
    return removed


def _make_folders(directory: Path, paths: list[str]) -> None:
    """Create the folders; a symbolic link on the way out of the directory is refused."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
        root = directory.resolve()
        for folder in sorted({os.path.dirname(path) for path in paths}):  # noqa: PTH120
            if not (root / folder).resolve().is_relative_to(root):
                raise WriteError(f"{directory / folder} leads out of {directory}")
            (root / folder).mkdir(parents=True, exist_ok=True)
    except (OSError, RuntimeError) as error:
        raise WriteError(f"cannot write to {directory}: {getattr(error, 'strerror', None) or error}") from None


def _remove_stale(todo: WritePlan) -> None:
    """Files that an interrupted run was writing, beside files of ours."""
    root = todo.directory.resolve()
    ours = {STATE, *todo.content, *todo.record.hashes, *todo.record.intended}
    for folder in sorted({os.path.dirname(path) for path in ours}):  # noqa: PTH120
        place = root / folder
        if not place.is_dir() or not place.resolve().is_relative_to(root):
            continue
        for entry in os.scandir(place):
            found = SCRATCH.fullmatch(entry.name)
            if found and os.path.join(folder, found["name"]) in ours:  # noqa: PTH118
                remove_stale(entry.path)
