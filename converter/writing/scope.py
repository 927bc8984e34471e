"""The part of the output that a run writes: files of some namespaces or objects, and never those of a Gateway."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import ObjectRef, Resource
from converter.model.data import dataclass
from converter.writing.layout import is_shared, segment


@dataclass(frozen=True, slots=True)
class Scope:
    """What was asked for; nothing: everything.

    Attributes:
        namespaces: Namespaces whose files are written.
        objects: `NAMESPACE/NAME` of input objects whose files are written.
    """

    namespaces: frozenset[str] = frozenset()
    objects: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.namespaces or self.objects)

    def holds(self, ref: ObjectRef | None) -> bool:
        """Whether an input object is part of it; what belongs to no object is."""
        return (
            not self or ref is None or ref.namespace in self.namespaces or f"{ref.namespace}/{ref.name}" in self.objects
        )

    def absent(self, refs: Iterable[ObjectRef]) -> list[str]:
        """The objects that were asked for and that the input does not have."""
        return sorted(self.objects - {f"{ref.namespace}/{ref.name}" for ref in refs})

    def files(self, resources: Iterable[Resource]) -> set[str]:
        """The files to write: those that hold something of it, and nothing of a Gateway."""
        found, shared = set(), set()
        for one in resources:
            if is_shared(one):
                shared.add(one.file)
            elif one.namespace in self.namespaces or any(self.holds(source) for source in one.sources):
                found.add(one.file)
        return found - shared

    def owns(self, path: str) -> bool:
        """Whether a file below the folder of routes is that of one of the namespaces, whoever wrote it."""
        return any(path.startswith(f"routes/{segment(one)}/") for one in self.namespaces)


EVERYTHING = Scope()
