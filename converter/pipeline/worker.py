"""Work that a second process does while this one goes on; everything it needs is there when it starts.

Only the command line asks for it. Where there is no second core, where a process cannot be copied, or where the copy
fails, the same work is done here, so that nothing but the time depends on it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any


def possible() -> bool:
    """True where a second process pays: on Linux (elsewhere copies of a process are not safe), with two cores."""
    return sys.platform == "linux" and len(os.sched_getaffinity(0)) > 1


_children: set[int] = set()


def end_children() -> None:
    """End the other processes; for a program that is about to end itself."""
    for child in list(_children):
        with suppress(OSError):
            os.kill(child, signal.SIGKILL)


class Worker:
    """The values of a generator, one after the other, from a copy of this process."""

    def __init__(self, work: Callable[[], Iterator[Any]]) -> None:
        self._work = work
        self._here: Iterator[Any] | None = None
        self._taken = 0
        source, target = os.pipe()
        try:
            self._child = os.fork()
        except OSError:
            os.close(source)
            os.close(target)
            self._here = work()
            return
        if self._child == 0:
            os.close(source)
            _serve(work, target)
        _children.add(self._child)
        os.close(target)
        self._pipe = open(source, "rb")  # noqa: PTH123, SIM115

    def next(self) -> Any:
        """The next value; worked out here where the other process has not come to it."""
        if self._here is None:
            try:
                value = pickle.load(self._pipe)  # noqa: S301
                self._taken += 1
                return value
            except (EOFError, OSError, pickle.UnpicklingError):
                self._here = self._work()
                for _ in range(self._taken):
                    next(self._here)
        return next(self._here)

    def close(self) -> None:
        """End the other process."""
        if hasattr(self, "_pipe"):
            self._pipe.close()
            os.waitpid(self._child, 0)
            _children.discard(self._child)


def _serve(work: Callable[[], Iterator[Any]], target: int) -> None:
    """Write the values and leave at once: what the first process has open is not ours to close."""
    code = 1
    try:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_DFL)
        with open(target, "wb") as pipe:
            for value in work():
                pickle.dump(value, pipe, 5)
                pipe.flush()
        code = 0
    except BaseException:  # noqa: S110  (the first process does the work itself, and says what is wrong)
        pass
    finally:
        os._exit(code)
