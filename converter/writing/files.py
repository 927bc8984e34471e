"""Generated files on disk: what would change, what was edited by hand, what is left over; written whole or not at all.

`.ing2gw.json` in the output directory holds the hash of every file as it was written. A file whose content is neither
that nor what is to be written now was edited by hand (or is not ours) and is left alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from converter.model import Resource
from converter.progress import PROGRESS
from converter.writing.printed import document

STATE = ".ing2gw.json"


class WriteError(Exception):
    """The output directory cannot be used; the message says why."""


@dataclass(slots=True)
class Plan:
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
    hashes: dict[str, str] = field(default_factory=dict)
    """As recorded by the last run."""

    @property
    def current(self) -> bool:
        """True where a run would change nothing."""
        return not (self.added or self.changed or self.edited or self.vanished)


def render(resources: Iterable[Resource]) -> dict[str, str]:
    """Path -> YAML, in the order of the resources."""
    files: dict[str, list[Resource]] = {}
    for one in resources:
        files.setdefault(one.file, []).append(one)
    return {path: document(group) for path, group in files.items()}


def plan(directory: Path, content: dict[str, str]) -> Plan:
    """Compare what is to be written with what is there; changes nothing."""
    out = Plan(directory, content, hashes=_recorded(directory))
    root = str(directory)
    for path, text in content.items():
        there = _read(f"{root}/{path}")
        if there is None:
            out.added.append(path)
        elif there == text.encode():
            out.same.append(path)
        elif _hash(there) == out.hashes.get(path):
            out.changed.append(path)
        else:
            out.edited.append(path)
    for path in sorted(out.hashes.keys() - content.keys()):
        there = _read(f"{root}/{path}")
        if there is not None:
            out.vanished.append(path)
            if _hash(there) != out.hashes[path]:
                out.vanished_edited.append(path)
    return out


def apply(todo: Plan, force: bool = False, prune: bool = False) -> list[str]:
    """Carry a plan out and return what was written or removed; a run that changes nothing touches nothing."""
    hashes = dict(todo.hashes)
    write = todo.added + todo.changed + (todo.edited if force else [])
    _make_folders(todo.directory, write)
    PROGRESS.begin("writing", len(write))
    for path in write:
        PROGRESS.done += 1
        data = todo.content[path].encode()
        _replace(f"{todo.directory}/{path}", data)
        hashes[path] = _hash(data)
    for path in todo.same:
        hashes[path] = _hash(todo.content[path].encode())
    removed = _prune(todo, force) if prune else []
    for path in hashes.keys() - todo.content.keys() - (set(todo.vanished) - set(removed)):
        del hashes[path]
    if hashes != todo.hashes:
        _record(todo.directory, hashes)
    return write + removed


def _prune(todo: Plan, force: bool) -> list[str]:
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
    except OSError as error:
        raise WriteError(f"cannot write to {directory}: {error.strerror or error}") from None


def _replace(path: str, data: bytes) -> None:
    """Whole or not at all: a reader sees the old file or the new one."""
    temporary = f"{path}.{os.getpid()}.tmp"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        try:
            while data:
                data = data[os.write(descriptor, data):]
        finally:
            os.close(descriptor)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WriteError(f"cannot write {path}: {error.strerror or error}") from None
        raise


def save(path: Path, text: str) -> None:
    """One file of its own (a report), whole or not at all; its folder is created."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WriteError(f"cannot create {path.parent}: {error.strerror or error}") from None
    _replace(str(path), text.encode("utf-8", "backslashreplace"))


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb", buffering=0) as there:  # noqa: PTH123
            return there.read()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise WriteError(f"cannot read {path}: {error.strerror or error}") from None


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _recorded(directory: Path) -> dict[str, str]:
    data = _read(f"{directory}/{STATE}")
    if data is None:
        return {}
    try:
        files = json.loads(data)["files"]
        return {path: digest for path, digest in files.items() if _inside(path) and isinstance(digest, str)}
    except (ValueError, KeyError, TypeError, AttributeError):
        hint = "remove it; files that differ are then kept unless --force is given"
        raise WriteError(f"{directory / STATE} is damaged: {hint}") from None


def _inside(path: str) -> bool:
    """The record is a file like any other: a path in it must not lead out of the directory."""
    return not path.startswith("/") and ".." not in path.split("/")


def _record(directory: Path, hashes: dict[str, str]) -> None:
    files = {path: hashes[path] for path in sorted(hashes)}
    _replace(f"{directory}/{STATE}", (json.dumps({"version": 1, "files": files}, indent=1) + "\n").encode())
