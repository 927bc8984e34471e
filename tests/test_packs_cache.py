"""A kept copy is used only as long as it is the file's."""

from __future__ import annotations

import os
from pathlib import Path

from converter.packs.cache import cached


def test_read_once_until_it_changes(tmp_path: Path) -> None:
    path, reads = tmp_path / "pack.yaml", []

    def load(file: Path) -> str:
        reads.append(file)
        return file.read_text()

    path.write_text("one")
    assert [cached(path, load), cached(path, load)] == ["one", "one"]
    assert len(reads) == 1
    path.write_text("two")
    os.utime(path, ns=(1, 1))
    assert [cached(path, load), cached(path, load)] == ["two", "two"]
    assert len(reads) == 2
    for kept in (tmp_path / "__pycache__").iterdir():
        kept.write_bytes(b"\x00")
    assert cached(path, load) == "two"


def test_what_cannot_be_kept_is_read_each_time(tmp_path: Path) -> None:
    path = tmp_path / "pack.yaml"
    path.write_text("x")
    assert isinstance(cached(path, lambda _: object()), object)
    assert list((tmp_path / "__pycache__").iterdir()) == []
    assert cached(tmp_path / "absent.yaml", lambda _: 1) == 1
