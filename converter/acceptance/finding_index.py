"""Findings by what a waiver names, so that thousands of waivers do not each look at every finding."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain, islice, takewhile

from converter.acceptance.decisions import Waiver
from converter.model import Finding, ObjectRef

_LITERAL = re.compile(r"[^*?\[]*")
"""What stands before the first wildcard of a pattern."""


class FindingIndex:
    """Findings that a waiver may cover.

    Args:
        findings: Those that may be accepted at all.
    """

    def __init__(self, findings: Iterable[Finding]) -> None:
        self._findings = list(findings)

    def candidates(self, waiver: Waiver) -> Iterator[Finding]:
        """All findings that the waiver covers, and few others: by its object, else its path, else its code."""
        if waiver.object:
            return self._objects.starting_like(waiver.object)
        if waiver.path:
            return self._paths.starting_like(waiver.path)
        return chain(self._codes.starting_like(waiver.code), self._features.starting_like(waiver.code))

    @cached_property
    def codes(self) -> frozenset[str]:
        """The codes of the findings."""
        return frozenset(one.code for one in self._findings)

    @cached_property
    def _objects(self) -> _ByName:
        return _ByName(self._findings, lambda one: _name(one.origin.object))

    @cached_property
    def _paths(self) -> _ByName:
        return _ByName(self._findings, lambda one: one.origin.location.path)

    @cached_property
    def _codes(self) -> _ByName:
        return _ByName(self._findings, lambda one: one.code)

    @cached_property
    def _features(self) -> _ByName:
        return _ByName(self._findings, lambda one: one.feature)


class _ByName:
    """Findings by a name, in the order of the names."""

    def __init__(self, findings: Iterable[Finding], name: Callable[[Finding], str]) -> None:
        self._findings: dict[str, list[Finding]] = {}
        for one in findings:
            self._findings.setdefault(name(one), []).append(one)
        self._names = sorted(self._findings)

    def starting_like(self, pattern: str) -> Iterator[Finding]:
        """Findings whose name starts with what stands before the first wildcard of a pattern, or is all of it."""
        found = _LITERAL.match(pattern)
        literal = found.group() if found is not None else ""
        if literal == pattern:
            return iter(self._findings.get(literal, ()))
        names = islice(self._names, bisect_left(self._names, literal), None)
        return (one for name in takewhile(lambda name: name.startswith(literal), names) for one in self._findings[name])


def _name(ref: ObjectRef | None) -> str:
    return f"{ref.namespace}/{ref.name}" if ref is not None else ""
