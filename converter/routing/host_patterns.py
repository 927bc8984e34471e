"""Which of many host patterns a name matches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from converter.routing.host_names import wildcards_above
from converter.routing.matchers import ValueMatcher

T = TypeVar("T")


class HostPatterns(Generic[T]):
    """Virtual hosts by the patterns of their names; wildcards are looked up, other patterns are tried.

    Args:
        patterns: Pattern and virtual host, in the order of the table.
    """

    __slots__ = ("_others", "_wildcards")

    def __init__(self, patterns: Iterable[tuple[ValueMatcher, T]]) -> None:
        self._wildcards: dict[str, list[tuple[int, ValueMatcher, T]]] = {}
        self._others: list[tuple[int, ValueMatcher, T]] = []
        for order, (test, vhost) in enumerate(patterns):
            wildcard = test.op in ("label", "domain") and test.value.startswith("*.")
            found = self._wildcards.setdefault(test.value.lower(), []) if wildcard else self._others
            found.append((order, test, vhost))

    def select(self, host: str) -> T | None:
        """The virtual host of the longest `domain` pattern, else of the first other pattern that the name matches."""
        best: tuple[int, int, T] | None = None
        for order, test, vhost in self._candidates(host):
            if test.holds(host):
                rank = len(test.value) if test.op == "domain" else 0
                if best is None or (-rank, order) < best[:2]:
                    best = (-rank, order, vhost)
        return best[2] if best else None

    def _candidates(self, host: str) -> Iterator[tuple[int, ValueMatcher, T]]:
        yield from self._others
        if self._wildcards:
            for name in wildcards_above(host):
                yield from self._wildcards.get(name, ())
