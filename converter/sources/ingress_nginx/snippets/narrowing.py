"""Paths that two demands take together."""

from __future__ import annotations

from collections.abc import Iterable

from converter.routing.matchers import Match, ValueMatcher
from converter.routing.regex import compiled, literal_start, quoted

EVERY_PATH = (("prefix", "/"), ("segment", "/"), ("segment", ""), ("search", "^/"))


class UnclearError(Exception):
    """No one matcher takes what both take."""


def narrowed(match: Match, tests: Iterable[ValueMatcher]) -> Match | None:
    """A match that takes what it took before, as far as all tests take it too; None where that is nothing.

    Raises:
        UnclearError: No path matcher can say it.
    """
    for test in tests:
        if not match.paths:
            match = match._replace(paths=(test,))
            continue
        both = [found for one in match.paths if (found := _both(one, test)) is not None]
        if not both:
            return None
        match = match._replace(paths=tuple(both))
    return match


def _both(one: ValueMatcher, test: ValueMatcher) -> ValueMatcher | None:
    if one.op == "exact" and not one.ignore_case:
        return one if test.holds(one.value) else None
    if test.op == "exact":
        return test if one.holds(test.value) else None
    if (one.op, one.value) in EVERY_PATH:
        return test
    if test.op in ("prefix", "segment") and (test.op, test.value) in EVERY_PATH:
        return one
    stem = _stem(one)
    if test.op == "prefix" and not test.ignore_case and one.op in ("prefix", "segment") and not one.ignore_case:
        short = one.value.rstrip("/") + ("/" if one.op == "segment" else "")
        if test.value.startswith(short if one.op == "segment" else one.value):
            return test
        return one if one.value.startswith(test.value) else None
    if test.op != "search" or stem is None:
        raise UnclearError
    return _below(one, stem, test)


def _stem(one: ValueMatcher) -> str | None:
    """The text that a matcher asks paths to start with, where it asks for nothing else."""
    if one.op in ("prefix", "segment"):
        return one.value
    if one.op == "search" and one.value.startswith("^") and quoted(one.value[1:]) == one.value[1:]:
        return one.value[1:]
    return None


def _below(one: ValueMatcher, stem: str, test: ValueMatcher) -> ValueMatcher | None:
    """A prefix and an expression."""
    folds = one.ignore_case or test.ignore_case
    if test.value.startswith("^"):
        start = literal_start(test.value)
        short, low = stem.rstrip("/").lower(), start.lower()
        if low == short or low.startswith(short + "/"):
            exact = low != short or one.op == "search" or test.value.rstrip("$").endswith(short)
            if exact and (not one.ignore_case or folds):
                return test
        if not low.startswith(short) and not short.startswith(low):
            return None
        raise UnclearError
    pattern = compiled(test.value, test.ignore_case)
    first = literal_start(test.value)[:1]
    if pattern is None or not first or first in stem.lower():
        raise UnclearError
    if folds and not test.ignore_case:
        raise UnclearError
    tail = "" if one.op == "prefix" or stem.endswith("/") or one.op == "search" else "(?:/.*)?"
    return ValueMatcher("search", f"^{quoted(stem)}{tail or '.*'}(?:{test.value})", folds)
