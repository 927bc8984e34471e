"""Paths to files: directories, globs and standard input, in an order that does not depend on how they were named."""

from __future__ import annotations

import glob
import os
import re
import stat
from collections.abc import Container, Iterator, Sequence
from typing import BinaryIO

from converter.model import InputStatus
from converter.model.progress import PROGRESS
from converter.reading.in_memory import Bytes, InMemory

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 100 * 1024 * 1024
"""Files above this size are not read."""
_OUTSIDE = "a link that leads out of the folder and its repository, so it is not read; name its target to read it"


def discover(
    paths: Sequence[str], stdin: BinaryIO | None = None, first: Container[str] = ()
) -> Iterator[Bytes | InputStatus]:
    """All files, each once, sorted by path; what cannot be read as a failed InputStatus in its place.

    Args:
        paths: As the command line names them.
        stdin: Read for `-`.
        first: Names of files that say how others are to be read; these come before all others.
    """
    found: dict[str, str | InputStatus | Bytes] = {}
    allowed = Boundary(paths)
    replaced = frozenset(one for given in InMemory.among(paths) for one in given.replaces)
    for path in dict.fromkeys(paths):
        for real, entry in _expand(path, allowed):
            if not replaced or not _is_replaced(real, replaced):
                found.setdefault(real, entry)
    PROGRESS.begin("reading", len(found))
    for entry in sorted(found.values(), key=lambda one: (_name(one) not in first, _order(one))):
        PROGRESS.done += 1
        if isinstance(entry, InputStatus | Bytes):
            yield entry
        elif entry == "-":
            yield _read_stdin(stdin)
        else:
            yield _read(entry)


def _is_replaced(real: str, replaced: Container[str]) -> bool:
    """True for a file that is, or is below, one that something rendered is read in place of."""
    while real not in replaced:
        real, slash, _ = real.rpartition("/")
        if not slash:
            return False
    return True


def _name(entry: str | InputStatus | Bytes) -> str:
    return entry.rpartition("/")[2] if isinstance(entry, str) else ""


def _order(entry: str | InputStatus | Bytes) -> list[str]:
    return (entry if isinstance(entry, str) else entry.path).split("/")


class Boundary:
    """Where links that are found in a folder may lead: below what was named, and inside of its repository.

    Whoever writes a repository chooses its links; they must not make us read files of the machine that reads it.
    """

    def __init__(self, paths: Sequence[str]) -> None:
        self._roots: set[str] = set()
        for path in paths:
            base = _fixed(path) if _is_pattern(path) else path
            real = os.path.realpath(base if os.path.isdir(base) else os.path.dirname(base) or ".")  # noqa: PTH112, PTH120
            self._roots.add(repository(real))

    def holds(self, path: str) -> bool:
        """True for a path, links resolved, that may be read."""
        return any(path == root or path.startswith(f"{root.rstrip('/')}/") for root in self._roots)


def repository(folder: str) -> str:
    """The root of the repository that a folder is in, or else the folder."""
    place = folder
    while True:
        if os.path.exists(f"{place}/.git"):  # noqa: PTH110
            return place
        above = os.path.dirname(place)  # noqa: PTH120
        if above == place:
            return folder
        place = above


def _is_pattern(path: str) -> bool:
    return any(char in path for char in "*?[") and not os.path.lexists(path)


def _fixed(pattern: str) -> str:
    """The folder that a pattern starts from."""
    head = pattern[: min(at for at in map(pattern.find, "*?[") if at >= 0)]
    return head.rpartition("/")[0] or ("/" if head.startswith("/") else ".")


def _expand(path: str, allowed: Boundary) -> Iterator[tuple[str, str | InputStatus | Bytes]]:
    """Files by their real paths, so that none is read twice."""
    if isinstance(path, InMemory):
        yield from ((one.path, one) for one in path.files)
    elif path == "-":
        yield path, path
    elif os.path.isfile(path) or _is_stream(path):  # noqa: PTH113  (os.path swallows odd names, such as ones with NUL)
        yield os.path.realpath(path), path
    elif os.path.isdir(path):  # noqa: PTH112
        yield from _walk(path, allowed)
    elif os.path.lexists(path):
        yield path, _failed(path, "neither a file nor a directory, or a link that leads nowhere or to itself")
    elif _is_pattern(path):
        matches = list(_matches(path, allowed))
        if not matches:
            yield path, _failed(path, "matches no file")
        for match in matches:
            yield from _matched(match, allowed)
    else:
        yield path, _failed(path, "no such file or directory")


def _is_stream(path: str) -> bool:
    """A pipe or device that somebody has named, such as /dev/stdin or the /dev/fd/63 of a shell's `<(command)`."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except (OSError, ValueError):
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISCHR(mode)


def _matched(path: str, allowed: Boundary) -> Iterator[tuple[str, str | InputStatus]]:
    """What a pattern has found: nobody has named it, so it counts like an entry of a folder."""
    if os.path.isdir(path):  # noqa: PTH112
        if allowed.holds(os.path.realpath(path)):
            yield from _walk(path, allowed)
        else:
            yield path, _failed(path, _OUTSIDE)
    else:
        yield from _file(path, os.path.islink(path), allowed)  # noqa: PTH114


def _matches(pattern: str, allowed: Boundary) -> Iterator[str]:
    """Paths that a pattern matches, sorted. `**` enters each folder once, however links lead to it."""
    if "**" not in pattern:
        yield from sorted(glob.glob(pattern))  # noqa: PTH207  (keeps the path as it was written)
        return
    base, wanted = _fixed(pattern), path_pattern(pattern)
    lead = "" if base == "." and not pattern.startswith("./") else f"{base.rstrip('/')}/"
    pending, entered, found = [base], set(), []
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered or not allowed.holds(real):
            continue
        entered.add(real)
        for entry in _entries(folder) or ():
            name = f"{lead}{os.path.relpath(entry.path, base)}"
            if wanted.fullmatch(name):
                found.append(name)
            if _is_folder(entry):
                pending.append(entry.path)
    yield from sorted(found)


def path_pattern(pattern: str) -> re.Pattern[str]:
    """A pattern with `*`, `?`, `[…]` and `**` (any folders) as an expression for whole paths."""
    out = ""
    for part in re.findall(r"\*\*/|\*+|\?|\[[^\]]+\]|[^*?\[]+|\[", pattern):
        if part == "**/":
            out += "(?:[^/]+/)*"
        elif part == "**":
            out += ".*"
        elif part[0] in "*?":
            out += "[^/]*" if part[0] == "*" else "[^/]"
        elif part[0] == "[" and len(part) > 2:
            negated = part[1] == "!"
            out += f"[{'^' if negated else ''}{re.escape(part[2 if negated else 1 : -1])}]".replace(r"\-", "-")
        else:
            out += re.escape(part)
    return re.compile(out)


def _entries(folder: str) -> list[os.DirEntry[str]] | None:
    """What is in a folder, sorted, without hidden entries; None where it cannot be listed."""
    try:
        return sorted((one for one in os.scandir(folder) if not one.name.startswith(".")), key=lambda one: one.name)
    except OSError:
        return None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # (a link that leads to itself)
        return False


def _walk(top: str, allowed: Boundary) -> Iterator[tuple[str, str | InputStatus]]:
    """Files below a directory; hidden ones are left out, a directory is entered once however links lead to it."""
    pending, entered = [top], set()
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue
        entered.add(real)
        if folder != top and not allowed.holds(real):
            yield real, _failed(folder, _OUTSIDE)
            continue
        entries = _entries(folder)
        if entries is None:
            yield real, _failed(folder, "cannot be listed")
            continue
        for entry in entries:
            if _is_folder(entry):
                pending.append(entry.path)
            elif entry.name.lower().endswith(SUFFIXES):
                if not entry.is_symlink() and entry.is_file():
                    yield f"{real}/{entry.name}", entry.path
                else:
                    yield from _file(entry.path, entry.is_symlink(), allowed)


def _file(path: str, link: bool, allowed: Boundary) -> Iterator[tuple[str, str | InputStatus]]:
    """A file that was found and not named; pipes, devices and links that lead out cost themselves."""
    real = os.path.realpath(path)
    if not os.path.exists(path):  # noqa: PTH110
        yield path, _failed(path, "a link that leads nowhere or to itself" if link else "cannot be read")
    elif not os.path.isfile(path):  # noqa: PTH113
        yield path, _failed(path, "not a regular file, so it is not read")
    elif link and not allowed.holds(real):
        yield path, _failed(path, _OUTSIDE)
    else:
        yield real, path


def _failed(path: str, message: str) -> InputStatus:
    return InputStatus(path, 0, "failed", message)


def _read(path: str) -> Bytes | InputStatus:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                return _failed(path, f"larger than {MAX_BYTES // 1024 // 1024} MB, not read")
            data = file.read(MAX_BYTES + 1)  # (a pipe or device has no size)
            if len(data) > MAX_BYTES:
                return _failed(path, f"larger than {MAX_BYTES // 1024 // 1024} MB, not read")
            return Bytes(path, data)
    except (OSError, ValueError) as error:
        return _failed(path, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def _read_stdin(stdin: BinaryIO | None) -> Bytes | InputStatus:
    if stdin is None:
        return _failed("-", "there is no standard input")
    try:
        data = stdin.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        return _failed("-", f"standard input cannot be read: {error}")
    if len(data) > MAX_BYTES:
        return _failed("-", f"standard input is larger than {MAX_BYTES // 1024 // 1024} MB, not read")
    return Bytes("-", data)
