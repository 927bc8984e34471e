"""Which kinds of objects the input holds whole: what it lacks of them does not exist."""

from __future__ import annotations

from dataclasses import field

from converter.model.data import dataclass
from converter.reading.relevant_kinds import CLUSTER_SCOPED


@dataclass(slots=True)
class Completeness:
    """What is known of the completeness of an input.

    Attributes:
        everything: It is all that the cluster has (`--complete`).
        namespaces: Kind -> the namespaces of which it holds every object; "" stands for all of them.
    """

    everything: bool = False
    namespaces: dict[str, set[str]] = field(default_factory=dict)

    def add(self, kind: str, namespace: str) -> None:
        """Note that the input holds all objects of a kind, in one namespace or ("") in all of them."""
        self.namespaces.setdefault(kind, set()).add("" if kind in CLUSTER_SCOPED else namespace)

    def covers(self, kind: str, namespace: str) -> bool:
        """True where the input holds every object of a kind in a namespace ("": in all of them)."""
        if self.everything:
            return True
        known = self.namespaces.get(kind)
        return known is not None and ("" in known or namespace in known)
