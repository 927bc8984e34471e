"""One line on the terminal that says how far a long run is; nothing in pipes, nothing for short runs."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from converter.model.progress import PROGRESS, Progress

DELAY, BEAT = 1.0, 0.2
_SHARES = {
    "reading": (0.0, 0.25),
    "compiling": (0.25, 0.15),
    "converting": (0.4, 0.25),
    "checking": (0.65, 0.1),
    "comparing": (0.75, 0.15),
    "writing": (0.9, 0.1),
}
"""Where a stage begins and how much of a run it takes, as measured by tools/bench.py."""
_UNITS = {
    "reading": "files",
    "compiling": "Ingresses",
    "converting": "Ingresses",
    "checking": "resources",
    "comparing": "hosts",
    "writing": "files",
}
_CLEAR = "\r\x1b[K"


@contextmanager
def shown(out: TextIO | None = None, quiet: bool = False) -> Iterator[None]:
    """While the body runs; the line is gone before anything else is printed."""
    out = out or sys.stderr
    if quiet or not out.isatty() or os.environ.get("TERM") == "dumb":
        yield
        return
    stop = threading.Event()
    painter = threading.Thread(target=_paint, args=(out, stop), daemon=True)
    painter.start()
    try:
        yield
    finally:
        stop.set()
        painter.join()


def _paint(out: TextIO, stop: threading.Event) -> None:
    started, painted = time.monotonic(), False
    if not stop.wait(DELAY):
        while True:
            _put(out, f"{_CLEAR}{line(PROGRESS, time.monotonic() - started)}")
            painted = True
            if stop.wait(BEAT):
                break
    if painted:
        _put(out, _CLEAR)


def _put(out: TextIO, text: str) -> None:
    """Past all buffers and their locks: the run may fork while this thread holds one."""
    os.write(out.fileno(), text.encode())


def line(progress: Progress, elapsed: float) -> str:
    """`converting 4,200 of 10,000 Ingresses, 3 s left`."""
    if progress.stage not in _SHARES:
        return progress.stage or "working"
    total, done = progress.total, min(progress.done, progress.total)
    begin, share = _SHARES[progress.stage]
    part = begin + share * (done / total if total else 0)
    count = f"{progress.stage} {done:,} of {total:,} {_UNITS[progress.stage]}" if total else progress.stage
    return f"{count}, {_left(elapsed * (1 - part) / part)} left" if part > 0.02 else count


def _left(seconds: float) -> str:
    return f"{seconds / 60:.0f} min" if seconds > 90 else f"{max(seconds, 1):.0f} s"
