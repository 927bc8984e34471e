"""Counts the distinct requests of one row of a log, whose parts the log answers differently."""

from __future__ import annotations

from converter.model.traffic import Tally
from converter.replay.rows import Logged


class RowCounter:
    """Adds the parts of a row to tallies. No tally gets more distinct requests of the row than it has.

    Args:
        distinct: How many distinct requests the row has.
    """

    __slots__ = ("_added", "_distinct")

    def __init__(self, distinct: int) -> None:
        self._distinct = distinct
        self._added: dict[int, int] = {}

    def add(self, tally: Tally, logged: Logged) -> None:
        """Add one part."""
        added = self._added.get(id(tally), 0)
        more = min(logged.distinct, self._distinct - added)
        self._added[id(tally)] = added + more
        tally.add(logged.count, more)
