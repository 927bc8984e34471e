"""Charts in archives (`charts/common-2.0.0.tgz`), looked at before helm unpacks them.

Source: helm: pkg/chart/v2/loader/archive.go (names, sizes), pkg/chart/v2/util/jsonschema.go (schemas of all subcharts).
"""

from __future__ import annotations

import io
import tarfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from converter.rendering.programs import RenderError

ENDINGS = (".tgz", ".tar.gz")
SCHEMA = "values.schema.json"
LARGEST, MOST_FILES, DEEPEST = 50_000_000, 10_000, 4
"""Bytes of all files of an archive, their number, and archives in archives."""
_CHUNK = 1 << 16


def check_archive(path: Path, refused: Callable[[bytes], bool]) -> None:
    """Refuse an archive that helm must not unpack.

    Args:
        path: The archive.
        refused: Whether a schema of values refers to something elsewhere.

    Raises:
        RenderError: It is broken or too large, has a path that leads out of it, a link, or such a schema.
    """
    try:
        with path.open("rb") as given:
            _check(str(path), given, refused, DEEPEST)
    except (tarfile.TarError, OSError, EOFError, zlib.error, ValueError) as error:
        raise RenderError(f"{path} cannot be read as an archive: {error}") from None


def _check(name: str, given: IO[bytes], refused: Callable[[bytes], bool], depth: int) -> None:
    if not depth:
        raise RenderError(f"{name} is an archive in an archive, too deep to be looked at")
    left = LARGEST
    for entry, archive in _entries(name, given):
        left -= entry.size
        if left < 0:
            raise RenderError(f"{name} holds more than {LARGEST // 1_000_000} MB")
        within = f"{name}:{entry.name}"
        if entry.name.endswith(SCHEMA) and refused(_content(archive, entry)):
            raise RenderError(f"{within} refers to a schema elsewhere, and nothing is fetched")
        if entry.name.endswith(ENDINGS):
            _check(within, io.BytesIO(_content(archive, entry)), refused, depth - 1)


def _entries(name: str, given: IO[bytes]) -> Iterator[tuple[tarfile.TarInfo, tarfile.TarFile]]:
    """Its files, one after the other: nothing is written."""
    with tarfile.open(fileobj=given, mode="r|gz", bufsize=_CHUNK) as archive:
        for number, entry in enumerate(archive, 1):
            if number > MOST_FILES:
                raise RenderError(f"{name} holds more than {MOST_FILES:,} files")
            parts = entry.name.replace("\\", "/").split("/")
            if entry.name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
                raise RenderError(f"{name} has a path that leads out of it: {entry.name!r}")
            if entry.issym() or entry.islnk():
                raise RenderError(f"{name} has a link: {entry.name!r}")
            if entry.isfile():
                yield entry, archive


def _content(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    found = archive.extractfile(entry)
    return found.read(LARGEST) if found is not None else b""
