"""Which of many rules can take a path at all, found without trying each.

Whatever a rule asks of a path, most say with what text it starts. Those are looked up by that text (in small letters,
as some ignore case); the rest is always tried.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from converter.routing.matchers import Match, ValueMatcher
from converter.routing.regex import literal_start

MAX_RULES_WITHOUT_INDEX = 24
"""Up to so many rules are tried one by one."""


class Matched(Protocol):
    """What has a match: a rule."""

    @property
    def match(self) -> Match:
        """What it asks of a request."""


class PathIndex:
    """Rules by their numbers."""

    __slots__ = ("_all", "_always", "_exact", "_lengths", "_starts")

    def __init__(self, rules: Iterable[tuple[int, Matched]]) -> None:
        self._all: list[int] = []
        self._always: list[int] = []
        self._exact: dict[str, list[int]] = {}
        self._starts: dict[str, list[int]] = {}
        for number, rule in rules:
            self._all.append(number)
            starts = [_start(test) for test in rule.match.paths]
            if not starts or not all(starts):
                self._always.append(number)
                continue
            for test, start in zip(rule.match.paths, starts, strict=True):
                (self._exact if test.op == "exact" else self._starts).setdefault(start, []).append(number)
        self._lengths = sorted({len(start) for start in self._starts})

    def of(self, path: str) -> list[int]:
        """Numbers of the rules that may take the path, in order."""
        if not path.isascii():
            return self._all
        path = path.lower()
        found = set(self._always)
        found.update(self._exact.get(path, ()))
        for length in self._lengths:
            if length > len(path):
                break
            found.update(self._starts.get(path[:length], ()))
        return sorted(found)


def _start(test: ValueMatcher) -> str:
    """What every path that the test takes starts with; "" where that is not known."""
    if not test.value.isascii():
        return ""
    if test.op in ("exact", "prefix"):
        return test.value.lower()
    if test.op == "segment":
        return test.value.rstrip("/").lower()
    if test.op == "glob":
        return test.value.partition("*")[0].partition("?")[0].lower()
    if test.op == "regex" or (test.op == "search" and test.value.removeprefix("(?i)").startswith("^")):
        return literal_start(test.value)
    return ""
