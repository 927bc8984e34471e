"""Expressions that a backtracking engine may try for ever: nginx gives up at a limit, RE2 is linear, Python is neither.

Whether such an expression takes a text is decided by the sets of places that each part of it may end at, which costs a
power of the length of the text. Python's engine is asked where somebody looks at the groups of a text that is taken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, cast

PARSER: Any = getattr(re, "_parser", None)
"""The parser of Python's own engine; without it nothing is known of the parts of an expression."""
_REPEATS = frozenset({"MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"})
FEW, MANY = 8, 5
"""Repetitions that are no danger; endless ones in a row that are."""
_REPEATED_GROUP = re.compile(r"\)\s*[*+{#]")
"""Nothing stands inside of a repetition without one; a comment may come before the sign of it."""
LONGEST = 4096
"""Longer texts are taken to be refused: no server accepts such a request line."""
_WORD = re.compile(r"\w", re.ASCII)
_CATEGORIES = {
    name: re.compile(text, re.ASCII)
    for name, text in {
        "CATEGORY_DIGIT": r"\d",
        "CATEGORY_NOT_DIGIT": r"\D",
        "CATEGORY_SPACE": r"\s",
        "CATEGORY_NOT_SPACE": r"\S",
        "CATEGORY_WORD": r"\w",
        "CATEGORY_NOT_WORD": r"\W",
    }.items()
}


class BoundedPattern:
    """An expression with the methods of `re.Pattern` that this package uses."""

    def __init__(self, known: re.Pattern[str]) -> None:
        self._known = known
        self._tree = PARSER.parse(known.pattern, known.flags & ~re.UNICODE)
        self.pattern, self.groups = known.pattern, known.groups

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """See `re.Pattern.fullmatch`."""
        taken = len(text) in self._ends(text)(self._tree, 0)
        return cast("re.Match[str]", _Taken(self._known.fullmatch, text)) if taken else None

    def search(self, text: str) -> re.Match[str] | None:
        """See `re.Pattern.search`."""
        return cast("re.Match[str]", _Taken(self._known.search, text)) if self._found(text) else None

    def sub(self, replacement: Callable[[re.Match[str]], str], text: str, count: int = 0) -> str:
        """See `re.Pattern.sub`."""
        return self._known.sub(replacement, text, count) if self._found(text) else text

    def finditer(self, text: str) -> Iterator[re.Match[str]]:
        """See `re.Pattern.finditer`."""
        return self._known.finditer(text) if self._found(text) else iter(())

    def _found(self, text: str) -> bool:
        ends = self._ends(text)
        return any(ends(self._tree, start) for start in range(len(text) + 1))

    def _ends(self, text: str) -> Callable[[Any, int], frozenset[int]]:
        return _Walk(text, self._known.flags).sequence if len(text) <= LONGEST else lambda tree, start: frozenset()


class _Taken:
    """A match whose groups are found when they are asked for."""

    def __init__(self, find: Callable[[str], re.Match[str] | None], text: str) -> None:
        self._find, self._text = find, text

    def __getattr__(self, name: str) -> Any:
        return getattr(self._find(self._text), name)


def is_endless(pattern: re.Pattern[str]) -> bool:
    """True where repetitions or choices stand inside of a repetition, or many repetitions in a row."""
    repetitions = sum(map(pattern.pattern.count, "*+{"))
    if PARSER is None or (repetitions < MANY and not _REPEATED_GROUP.search(pattern.pattern)):
        return False  # a list of a thousand host names and any port, for one
    if any(pattern.groups and f"\\{number}" in pattern.pattern for number in range(1, 10)) or "(?P=" in pattern.pattern:
        return False  # a reference to a group: neither RE2 nor sets of places can say it
    endless = [0]
    nested = _nested(PARSER.parse(pattern.pattern, pattern.flags & ~re.UNICODE), False, endless)
    return nested or endless[0] >= MANY


def _nested(tree: Iterable[Any], inside: bool, endless: list[int]) -> bool:
    """`endless` takes how many endless repetitions are in a row."""
    for op, value in tree:
        repeats = str(op) in _REPEATS and value[0] != value[1] and value[1] > FEW
        endless[0] += repeats
        if inside and (repeats or str(op) == "BRANCH"):
            return True
        before = most = endless[0]
        for part in _parts(str(op), value):  # choices are not in a row
            endless[0] = before
            if _nested(part, inside or repeats, endless):
                return True
            most = max(most, endless[0])
        endless[0] = most
    return False


def _parts(op: str, value: Any) -> list[Any]:
    if op in _REPEATS:
        return [value[2]]
    if op == "BRANCH":
        return list(value[1])
    if op == "SUBPATTERN":
        return [value[3]]
    if op in ("ASSERT", "ASSERT_NOT"):
        return [value[1]]
    return [value] if op == "ATOMIC_GROUP" else []


class _Walk:
    """Where the parts of an expression may end in one text."""

    def __init__(self, text: str, flags: int) -> None:
        self.text, self.flags = text, flags
        self._known: dict[tuple[int, int, int], frozenset[int]] = {}

    def sequence(self, tree: Any, start: int) -> frozenset[int]:
        """All places where the whole sequence may end."""
        key = (id(tree), start, self.flags)
        if key not in self._known:
            places = frozenset({start})
            for op, value in tree:
                places = frozenset().union(*(self._part(str(op), value, place) for place in places))
                if not places:
                    break
            self._known[key] = places
        return self._known[key]

    def _part(self, op: str, value: Any, at: int) -> Iterable[int]:
        if op in ("LITERAL", "NOT_LITERAL", "ANY", "IN"):
            return (at + 1,) if at < len(self.text) and self._takes(op, value, self.text[at]) else ()
        if op in _REPEATS:
            return self._repeated(value, at)
        if op == "AT":
            return (at,) if self._holds(str(value), at) else ()
        if op in ("ASSERT", "ASSERT_NOT"):
            return (at,) if self._looks(op == "ASSERT", value, at) else ()
        flags = self.flags
        if op == "SUBPATTERN":
            self.flags = (flags | value[1]) & ~value[2]
        ends = frozenset().union(*(self.sequence(part, at) for part in _parts(op, value)))
        self.flags = flags
        return ends

    def _repeated(self, repeat: Any, at: int) -> frozenset[int]:
        low, high, body = repeat
        places = frozenset({at})
        for _ in range(low):
            after = frozenset().union(*(self.sequence(body, place) for place in places))
            if after == places or not after:
                places = after
                break
            places = after
        found, edge, count = set(places), set(places), low
        while edge and count < int(high):
            edge = set().union(*(self.sequence(body, place) for place in edge)) - found
            found |= edge
            count += 1
        return frozenset(found)

    def _looks(self, wanted: bool, value: Any, at: int) -> bool:
        direction, body = value
        if direction > 0:
            return bool(self.sequence(body, at)) == wanted
        width = body.getwidth()[0]
        return (at >= width and at in self.sequence(body, at - width)) == wanted

    def _holds(self, where: str, at: int) -> bool:
        end = len(self.text)
        if where in ("AT_BEGINNING", "AT_BEGINNING_STRING"):
            return at == 0
        if where == "AT_END":
            return at == end or (at == end - 1 and self.text[at] == "\n")
        if where == "AT_END_STRING":
            return at == end
        before = at > 0 and _WORD.match(self.text[at - 1]) is not None
        after = at < end and _WORD.match(self.text[at]) is not None
        return (before != after) == (where == "AT_BOUNDARY")

    def _takes(self, op: str, value: Any, char: str) -> bool:
        if op == "ANY":
            return char != "\n" or bool(self.flags & re.DOTALL)
        folded = self.flags & re.IGNORECASE and char.isascii()
        chars = {char, char.lower(), char.upper()} if folded else {char}
        if op == "IN":
            negated = str(value[0][0]) == "NEGATE"
            return any(_is_one(item, one) for item in value[negated:] for one in chars) != negated
        return (value in map(ord, chars)) == (op == "LITERAL")


def _is_one(item: Any, char: str) -> bool:
    op, value = str(item[0]), item[1]
    if op == "RANGE":
        return bool(value[0] <= ord(char) <= value[1])
    if op == "CATEGORY":
        known = _CATEGORIES.get(str(value))
        return known is None or known.match(char) is not None
    return bool(value == ord(char))
