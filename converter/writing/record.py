"""`.ing2gw.json` in the output directory: what an earlier run wrote there, was about to write, and made it of."""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from converter.model.data import dataclass
from converter.writing.atomic import WriteError, replace_file

STATE = ".ing2gw.json"

Sources = dict[str, dict[str, list[str]]]
"""File below the directory -> input file, as seen from the directory ("-": stdin) -> objects, `Kind namespace/name`.

Files that are missing here, such as those of Gateways, are made of everything that a run converts: `EVERYTHING`.
"""
EVERYTHING = "*"


@dataclass(slots=True)
class Record:
    """What is known of the files of a directory, by path below it."""

    hashes: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file as it was written."""
    intended: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file that a run was about to write; left over where that run was interrupted."""
    sources: Sources = field(default_factory=dict)

    def is_ours(self, path: str, digest: str) -> bool:
        """True where a file has the content that some run of ours gave it."""
        return digest in (self.hashes.get(path), self.intended.get(path))


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def load_record(directory: Path) -> Record:
    """The record of a directory; an empty one where there is none.

    Raises:
        WriteError: The record is no record, or cannot be read.
    """
    data = read_file(f"{directory}/{STATE}")
    if data is None:
        return Record()
    try:
        known = json.loads(data)
        return Record(_hashes(known["files"]), _hashes(known.get("intended", {})), _sources(known.get("sources", {})))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        hint = "remove it; files that differ are then kept unless --force is given"
        raise WriteError(f"{directory / STATE} is damaged: {hint}") from None


def save_record(directory: Path, record: Record) -> None:
    """Write it, sorted, so that it can be committed."""
    data: dict[str, Any] = {"version": 1, "files": dict(sorted(record.hashes.items()))}
    if record.intended:
        data["intended"] = dict(sorted(record.intended.items()))
    if record.sources:
        data["sources"] = dict(sorted(record.sources.items()))
    replace_file(f"{directory}/{STATE}", (json.dumps(data, indent=1) + "\n").encode())


def read_file(path: str) -> bytes | None:
    """The content of a regular file, None where there is none.

    Raises:
        WriteError: Something else stands there (a folder, a pipe, a device), or it cannot be read.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb", buffering=0) as there:
            if not stat.S_ISREG(os.fstat(there.fileno()).st_mode):
                raise WriteError(f"{path} is not a regular file")
            return there.readall()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise WriteError(f"cannot read {path}: {error.strerror or error}") from None


def _hashes(files: Mapping[str, Any]) -> dict[str, str]:
    return {path: known for path, known in files.items() if _inside(path) and isinstance(known, str)}


def _sources(files: Mapping[str, Any]) -> Sources:
    return {
        path: {str(source): [str(one) for one in objects] for source, objects in made.items()}
        for path, made in files.items()
        if _inside(path)
    }


def _inside(path: str) -> bool:
    """The record is a file like any other: a path in it must not lead out of the directory."""
    return not path.startswith("/") and ".." not in path.split("/") and "\0" not in path
