"""One file at a time, whole or not at all; pipes and devices are written to and never replaced."""

from __future__ import annotations

import os
import re
import stat
from contextlib import suppress
from pathlib import Path

SCRATCH = re.compile(r"(?P<name>.+)\.(?:[0-9a-f]{12}|[0-9]+)\.tmp")
"""Name of a file that is being written; what an interrupted run left behind is known by it."""
_DESCRIPTOR = re.compile(r"/(?:dev|proc/self)/fd/([0-9]{1,9})")
_MOST_LINKS = 40
_open_scratch: set[str] = set()


class WriteError(Exception):
    """A file or folder that cannot be written; the message says why."""


def replace_file(path: str, data: bytes) -> None:
    """Write a file such that a reader sees the old one or the new one. A link at `path` is replaced, not followed.

    Raises:
        WriteError: The file cannot be written.
    """
    scratch = f"{path}.{os.urandom(6).hex()}.tmp"
    _open_scratch.add(scratch)
    try:
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o666)
        try:
            lock(descriptor)
            _keep_mode(descriptor, path)
            write_all(descriptor, data)
        finally:
            os.close(descriptor)
        os.replace(scratch, path)  # noqa: PTH105
    except BaseException as error:
        Path(scratch).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise WriteError(f"cannot write {path}: {error.strerror or error}") from None
        raise
    finally:
        _open_scratch.discard(scratch)


def _keep_mode(descriptor: int, path: str) -> None:
    """A file that its owner made less readable stays so."""
    try:
        there = os.lstat(path)
    except OSError:
        return
    if stat.S_ISREG(there.st_mode) and hasattr(os, "fchmod"):
        os.fchmod(descriptor, stat.S_IMODE(there.st_mode))


def lock(descriptor: int, *, wait: bool = True) -> bool:
    """Take the lock of a file or folder, which ends with the process; False where another process has it.

    Not every system and file system has locks: there it counts as taken.
    """
    try:
        import fcntl

        fcntl.flock(descriptor, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except (ImportError, OSError):
        pass
    return True


def remove_stale(path: str) -> None:
    """Remove a scratch file that no living process is writing."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    except OSError:
        return
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode) and lock(descriptor, wait=False):
            os.unlink(path)  # noqa: PTH108
    except OSError:
        pass
    finally:
        os.close(descriptor)


def _remove_stale_of(path: str) -> None:
    """What interrupted runs left beside a report."""
    folder, name = os.path.split(path)
    for entry in os.scandir(folder or "."):
        found = SCRATCH.fullmatch(entry.name)
        if found and found["name"] == name:
            remove_stale(entry.path)


def write_all(descriptor: int, data: bytes) -> None:
    """All of it, however little a pipe takes at once."""
    while data:
        data = data[os.write(descriptor, data) :]


def remove_scratch() -> None:
    """Remove what is being written right now; for a program that is about to end."""
    for path in list(_open_scratch):
        with suppress(OSError):
            os.unlink(path)  # noqa: PTH108


def save(path: Path, text: str) -> None:
    """Write a report: to the file that `path` leads to, or into the pipe or device that it names.

    Raises:
        WriteError: It cannot be written.
    """
    data = text.encode("utf-8", "backslashreplace")
    try:
        descriptor = _descriptor(str(path))
        if descriptor is not None:
            write_all(descriptor, data)
        elif _is_special(path):
            _feed(path, data)
        else:
            real = os.path.realpath(path)
            os.makedirs(os.path.dirname(real), exist_ok=True)  # noqa: PTH103, PTH120
            replace_file(real, data)
            _remove_stale_of(real)
    except ValueError as error:
        raise WriteError(f"cannot write {path}: {error}") from None
    except OSError as error:
        raise WriteError(f"cannot write {path}: {error.strerror or error}") from None


def _descriptor(path: str) -> int | None:
    """The open descriptor that a path stands for, also by links (/dev/stdout, /dev/fd/63)."""
    path = os.path.abspath(path)  # noqa: PTH100  (nothing is resolved)
    for _ in range(_MOST_LINKS):
        found = _DESCRIPTOR.fullmatch(path)
        if found:
            return int(found[1])
        try:
            target = os.readlink(path)  # noqa: PTH115
        except OSError:
            return None
        path = os.path.normpath(os.path.join(os.path.dirname(path), target))  # noqa: PTH118, PTH120
    return None


def _is_special(path: Path) -> bool:
    """True for what exists and is neither a file nor a folder."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116
    except FileNotFoundError:
        return False
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _feed(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOCTTY", 0))
    try:
        write_all(descriptor, data)
    finally:
        os.close(descriptor)
