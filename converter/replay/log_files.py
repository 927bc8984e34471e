"""Files of logs: found, named safely for the engine, recognised by their first bytes, and saved as far as they go."""

from __future__ import annotations

import os
import shutil
import sys
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from glob import glob
from pathlib import Path
from typing import BinaryIO

from converter.model.data import dataclass

STDIN = "-"
CHUNK = 1 << 20
BLOCK = 1 << 14
"""Of a gzip file: what comes before a fault is kept to within one of these."""
MOST_SAMPLE = 1 << 18
"""Bytes of a file that identify its format."""
_MAGIC = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"))
_OTHERS = {
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"PK\x03\x04": "zip",
    b"\x04\x22\x4d\x18": "lz4",
    b"PAR1": "Parquet",
    b"\x7fELF": "a program",
    b"\x89PNG": "an image",
}


@dataclass(slots=True)
class LogFile:
    """One file of the input.

    Attributes:
        name: As the user knows it.
        path: Where the engine reads it: a name of ours, whatever characters the user's has.
        compression: none | gzip | zstd.
        problem: Why it is not read, or not to its end; "" where all is well.
    """

    name: str
    path: str
    compression: str = "none"
    problem: str = ""


class LogFileError(ValueError):
    """A file that cannot be read at all; the message names it."""


def find_files(names: Iterable[str]) -> list[str]:
    """Files, folders with all that is in them, patterns, and `-`, in order and each once.

    Raises:
        LogFileError: There is nothing of that name.
    """
    out: dict[str, None] = {}
    for name in names:
        place = Path(name)
        if name == STDIN:
            out[name] = None
        elif place.is_dir():
            out.update(dict.fromkeys(str(one) for one in sorted(place.rglob("*")) if one.is_file()))
        elif place.exists():
            out[name] = None
        elif found := sorted(one for one in glob(name, recursive=True) if Path(one).is_file()):  # noqa: PTH207
            out.update(dict.fromkeys(found))
        else:
            raise LogFileError(f"--log {name}: there is no such file")
    return list(out)


def open_files(names: Iterable[str], folder: Path, stdin: BinaryIO | None = None) -> list[LogFile]:
    """The files under names of ours below `folder`, which the caller owns; stdin is kept there.

    Raises:
        LogFileError: A file cannot be opened.
    """
    return [_open(name, folder / f"log-{number}", stdin) for number, name in enumerate(names)]


def _open(name: str, place: Path, stdin: BinaryIO | None) -> LogFile:
    try:
        if name == STDIN:
            with place.open("wb") as out:
                shutil.copyfileobj(stdin or sys.stdin.buffer, out, CHUNK)
        elif not Path(name).is_file():  # a pipe or a device: read once
            with Path(name).open("rb") as given, place.open("wb") as out:
                shutil.copyfileobj(given, out, CHUNK)
        else:
            place.symlink_to(os.path.realpath(name))
        with place.open("rb") as given:
            start = given.read(8)
    except OSError as error:
        raise LogFileError(f"--log {name}: {error.strerror or error}") from None
    shown = "<stdin>" if name == STDIN else name
    other = next((kind for magic, kind in _OTHERS.items() if start.startswith(magic)), "")
    if other:
        return LogFile(shown, str(place), problem=f"is {other}; logs are read as text, gzip or zstd")
    compression = next((kind for magic, kind in _MAGIC if start.startswith(magic)), "none")
    return LogFile(shown, str(place), compression, "" if start else "is empty")


def recovered(file: LogFile) -> LogFile:
    """A broken gzip file as text, as far as it can be read; the problem says where that ends."""
    place = Path(f"{file.path}.text")
    size, problem = 0, ""
    with place.open("wb") as out:
        for data, fault in _unzipped(Path(file.path)):
            problem = fault
            out.write(data)
            size += len(data)
    problem = f"is {problem}; its first {size:,} bytes of text are read" if problem else ""
    return LogFile(file.name, str(place), "none", problem)


def _unzipped(path: Path) -> Iterator[tuple[bytes, str]]:
    """The text of a gzip file of one member or several, and what is wrong with it after that."""
    with path.open("rb") as given:
        unpack = zlib.decompressobj(31)
        begun = False
        while block := given.read(BLOCK):
            while block:
                try:
                    begun = True
                    yield unpack.decompress(block), ""
                except zlib.error:
                    yield b"", "damaged"
                    return
                block = unpack.unused_data
                if unpack.eof:
                    unpack, begun = zlib.decompressobj(31), False
                    block = block.lstrip(b"\0")
        if begun:
            yield unpack.flush(), "truncated"


def sample(file: LogFile) -> bytes:
    """The beginning of a file as text; of zstd, which Python cannot read everywhere, nothing."""
    if file.compression == "none":
        with Path(file.path).open("rb") as given:
            return given.read(MOST_SAMPLE)
    out = b""
    if file.compression == "gzip":
        for data, _ in _unzipped(Path(file.path)):
            out += data
            if len(out) >= MOST_SAMPLE:
                break
    return out[:MOST_SAMPLE]


def is_cut_off(file: LogFile) -> bool:
    """Whether a zstd file ends within a frame: its engine reads what is there and says nothing.

    Source: RFC 8878, 3.1.1 (frames, blocks).
    """
    with Path(file.path).open("rb") as given, suppress(IndexError):
        end = given.seek(0, os.SEEK_END)
        given.seek(0)
        while given.tell() < end:
            if not _skip_frame(given, end):
                return True
    return False


def _skip_frame(given: BinaryIO, end: int) -> bool:
    magic = given.read(4)
    if len(magic) == 4 and magic[1:] == b"\x2a\x4d\x18" and magic[0] & 0xF0 == 0x50:  # skippable
        given.seek(int.from_bytes(given.read(4), "little"), os.SEEK_CUR)
        return given.tell() <= end
    if magic != _MAGIC[1][0]:
        return False
    flags = given.read(1)[0]
    single = flags >> 5 & 1
    size = (1, 2, 4, 8)[flags >> 6] if flags >> 6 or single else 0
    given.seek((0 if single else 1) + (0, 1, 2, 4)[flags & 3] + size, os.SEEK_CUR)
    while True:
        header = given.read(3)
        if len(header) < 3:
            return False
        block = int.from_bytes(header, "little")
        kind, length = block >> 1 & 3, block >> 3
        given.seek(1 if kind == 1 else length, os.SEEK_CUR)  # a run is one byte
        if given.tell() > end:
            return False
        if block & 1:
            given.seek(4 if flags >> 2 & 1 else 0, os.SEEK_CUR)
            return given.tell() <= end
