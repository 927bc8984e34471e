"""What one controller or one target knows of a rule, a port or a table beyond the fields that all of them share."""

from __future__ import annotations

from typing import TypeVar

T = TypeVar("T")


class Details:
    """Values by their type; immutable, so that many rules may share one.

    Args:
        values: One value of each type; of several of one type the last is kept.
    """

    __slots__ = ("_values",)

    def __init__(self, *values: object) -> None:
        self._values = {type(one): one for one in values}

    def get(self, kind: type[T]) -> T | None:
        """The value of this type.

        Returns:
            None where nothing of this type is known.
        """
        found = self._values.get(kind)
        return found if isinstance(found, kind) else None

    def with_value(self, value: object) -> Details:
        """The same with this value in place of what was of its type."""
        return Details(*self._values.values(), value)

    def __repr__(self) -> str:
        return f"Details({', '.join(map(repr, self._values.values()))})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Details) and self._values == other._values

    def __hash__(self) -> int:
        return hash(tuple(self._values))


NO_DETAILS = Details()
