"""What commands print: resources as they are, text for people made harmless, errors as one line each."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TextIO

from converter.reporting.terminal import clean, printable


def write(text: str, out: TextIO) -> None:
    """Print as UTF-8 whatever the terminal's encoding is; what has no encoding is escaped."""
    data = text.encode("utf-8", "backslashreplace")
    buffer = getattr(out, "buffer", None)
    if buffer is None:
        out.write(data.decode())
    else:
        out.flush()
        buffer.write(data)
        buffer.flush()


def show_text(text: str, out: TextIO) -> None:
    """Print text that holds names and values of the input: no control codes, no workflow commands."""
    write(printable(text), out)


def warn(text: str) -> None:
    """One line on stderr, `ing2gw: …`; a stderr that cannot be written to changes nothing."""
    with suppress(OSError):
        write(f"ing2gw: {clean(text)}\n", sys.stderr)


def occupy_closed_streams() -> None:
    """Open the descriptors 0 to 2 where the caller closed them: the next file to be opened would be one of them."""
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDONLY)
            if opened != number:
                os.dup2(opened, number)
                os.close(opened)
        if getattr(sys, name) is None:
            stream = open(number, mode, encoding="utf-8", errors="backslashreplace", closefd=False)  # noqa: SIM115
            setattr(sys, name, stream)
