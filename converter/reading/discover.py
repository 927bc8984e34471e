"""Paths to files: directories, globs and standard input, in an order that does not depend on how they were named."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NamedTuple

from converter.model import InputStatus
from converter.progress import PROGRESS

SUFFIXES = (".yaml", ".yml", ".json")
MAX_BYTES = 100 * 1024 * 1024
"""Files above this size are not read."""


class Bytes(NamedTuple):
    """A file that could be read."""

    path: str
    data: bytes


def discover(paths: Sequence[str], stdin: BinaryIO | None = None) -> Iterator[Bytes | InputStatus]:
    """All files, each once, sorted by path; what cannot be read as a failed InputStatus in its place."""
    found: dict[str, str | InputStatus] = {}
    for path in dict.fromkeys(paths):
        for real, entry in _expand(path):
            found.setdefault(real, entry)
    PROGRESS.begin("reading", len(found))
    for entry in sorted(found.values(), key=_order):
        PROGRESS.done += 1
        if isinstance(entry, InputStatus):
            yield entry
        elif entry == "-":
            yield _read_stdin(stdin)
        else:
            yield _read(entry)


def _order(entry: str | InputStatus) -> list[str]:
    return (entry if isinstance(entry, str) else entry.path).split("/")


def _expand(path: str) -> Iterator[tuple[str, str | InputStatus]]:
    """Files by their real paths, so that none is read twice."""
    if path == "-":
        yield path, path
    elif os.path.isfile(path):  # noqa: PTH113  (os.path swallows odd names, such as ones with NUL)
        yield os.path.realpath(path), path
    elif os.path.isdir(path):  # noqa: PTH112
        yield from _walk(path)
    elif os.path.lexists(path):
        yield path, _failed(path, "neither a file nor a directory (or a link that leads nowhere)")
    elif any(char in path for char in "*?["):
        matches = sorted(glob.glob(path, recursive=True))  # noqa: PTH207  (keeps the path as it was written)
        if not matches:
            yield path, _failed(path, "matches no file")
        for match in matches:
            yield from _expand(match)
    else:
        yield path, _failed(path, "no such file or directory")


def _walk(top: str) -> Iterator[tuple[str, str | InputStatus]]:
    """Files below a directory; hidden ones are left out, a directory is entered once however links lead to it."""
    pending, entered = [top], set()
    while pending:
        folder = pending.pop()
        real = os.path.realpath(folder)
        if real in entered:
            continue
        entered.add(real)
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield real, _failed(folder, f"cannot be listed: {error.strerror or error}")
            continue
        for entry in entries:
            if entry.name.startswith("."):
                continue
            name = os.path.join(folder, entry.name)  # noqa: PTH118
            if entry.is_dir():
                pending.append(name)
            elif entry.name.lower().endswith(SUFFIXES):
                if not entry.is_symlink():
                    if entry.is_file():
                        yield f"{real}/{entry.name}", name
                elif entry.is_file():
                    yield os.path.realpath(name), name
                else:
                    yield name, _failed(name, "a link that leads nowhere")


def _failed(path: str, message: str) -> InputStatus:
    return InputStatus(path, 0, "failed", message)


def _read(path: str) -> Bytes | InputStatus:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            if os.fstat(file.fileno()).st_size > MAX_BYTES:
                return _failed(path, f"larger than {MAX_BYTES // 1024 // 1024} MB, not read")
            return Bytes(path, file.read())
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
