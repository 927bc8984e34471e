"""The name of a file that stands for what the file holds now."""

from __future__ import annotations

from pathlib import Path


class VersionedFile(str):
    """A path that equals another one only while it leads to the same file in the same version.

    What is read of a mappings file is kept for the next run of a process. A relative path may lead elsewhere by then,
    and the file may have changed.
    """

    version: tuple[int, ...]

    def __new__(cls, path: str) -> VersionedFile:
        """The path as it is now; a file that is not there has no version."""
        self = super().__new__(cls, path)
        try:
            found = Path(path).stat()
        except (OSError, ValueError):  # ValueError: a path that holds a NUL byte
            self.version = ()
        else:
            self.version = (found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)
        return self

    def __eq__(self, other: object) -> bool:
        return str.__eq__(self, other) is True and self.version == getattr(other, "version", None)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((str.__hash__(self), self.version))
