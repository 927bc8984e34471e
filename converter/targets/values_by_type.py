"""What modules of a target keep for a whole run, or while they write one table."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class ValuesByType:
    """One value of each type; a module that keeps something has a type of its own for it."""

    __slots__ = ("_values",)

    def __init__(self) -> None:
        self._values: dict[type, object] = {}

    def get(self, kind: type[T]) -> T | None:
        """The value of this type; None where nobody has kept one."""
        found = self._values.get(kind)
        return found if isinstance(found, kind) else None

    def keep(self, value: T) -> T:
        """Keep a value in place of the one of its type, and return it."""
        self._values[type(value)] = value
        return value

    def of(self, kind: type[T], make: Callable[[], T]) -> T:
        """The value of this type, made when it is asked for first."""
        found = self.get(kind)
        return self.keep(make()) if found is None else found

    def take(self, kind: type[T]) -> T | None:
        """The value of this type, which is kept no longer."""
        found = self.get(kind)
        self._values.pop(kind, None)
        return found
