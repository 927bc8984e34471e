"""A request that shows a difference."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Answered = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


class Example:
    """A request that gets a different response after; the three are JSON-ready dictionaries.

    `later` makes one that is worked out when somebody looks at it: few of those of a large run are ever shown.
    """

    __slots__ = ("_known",)

    def __init__(self, request: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
        self._known: Answered | Callable[[], Answered] = (request, before, after)

    @classmethod
    def later(cls, work: Callable[[], Answered]) -> Example:
        """One whose parts `work` returns."""
        out = cls.__new__(cls)
        out._known = work
        return out

    def _parts(self) -> Answered:
        if callable(self._known):
            self._known = self._known()
        return self._known

    @property
    def request(self) -> dict[str, Any]:
        """What is asked."""
        return self._parts()[0]

    @property
    def before(self) -> dict[str, Any]:
        """The controller's response."""
        return self._parts()[1]

    @property
    def after(self) -> dict[str, Any]:
        """The Gateway's response."""
        return self._parts()[2]

    def as_dict(self) -> dict[str, Any]:
        """By name, as reports have it."""
        request, before, after = self._parts()
        return {"request": request, "before": before, "after": after}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Example) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(repr(self._parts()))

    def __repr__(self) -> str:
        request, before, after = self._parts()
        return f"Example(request={request!r}, before={before!r}, after={after!r})"

    def __reduce__(self) -> tuple[type[Example], Answered]:
        return Example, self._parts()
