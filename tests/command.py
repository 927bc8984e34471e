"""The `ing2gw` command within this process: a tenth of the time that a process of its own takes."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from converter.cli import main


class Completed(NamedTuple):
    """What a command left behind."""

    code: int
    out: str
    err: str


@contextlib.contextmanager
def working_directory(folder: Path) -> Iterator[None]:
    """Relative paths start in `folder`."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


def invoke(args: Iterable[object], folder: Path) -> Completed:
    """Run a command in a folder.

    Args:
        args: Command and options, without the program's name.
        folder: The working directory.
    """
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code: object = 0
    with working_directory(folder), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(one) for one in args])
        except SystemExit as left:
            code = left.code
    return Completed(code if isinstance(code, int) else 0, _text(out), _text(err))


def _text(stream: io.TextIOWrapper) -> str:
    stream.seek(0)
    return stream.read()
