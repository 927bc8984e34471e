"""How far a run is: counters that cost next to nothing, for whoever wants to show them."""

from __future__ import annotations

from converter.model.data import dataclass


@dataclass(slots=True)
class Progress:
    """One process converts one thing at a time, so there is one of these."""

    stage: str = ""
    """reading | converting | checking | comparing | writing."""
    done: int = 0
    total: int = 0

    def begin(self, stage: str, total: int) -> None:
        """A stage with this many steps."""
        self.stage, self.done, self.total = stage, 0, total


PROGRESS = Progress()
