"""Example texts for matchers: where a request would have to be to meet, or just miss, a rule."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from converter.routing.bounded_pattern import PARSER
from converter.routing.matchers import ValueMatcher
from converter.routing.regex import compiled

LONGEST = 512
"""Repetitions inside of each other would make texts without end."""


@lru_cache(maxsize=16384)
def samples(test: ValueMatcher) -> tuple[str, ...]:
    """Texts that pass the test (a few, the plainest first); empty where none can be made up."""
    if test.op in ("exact", "prefix", "segment", "suffix"):
        return (test.value,)
    if test.op in ("regex", "search"):
        return tuple(_regex_samples(test))
    if test.op == "glob":
        return tuple(dict.fromkeys(test.value.replace("*", star).replace("?", "q") for star in ("x", "", "x/y")))
    if test.op == "present":
        return ("x", "")
    if test.op == "cidr":
        return (test.value.partition("/")[0],)
    if test.op == "range":
        return (test.value.partition("\0")[0],)
    if test.op in ("label", "domain"):
        return (f"w{test.value[1:]}",)
    return (f"w{test.value[1:]}",) if test.op == "ends" else ()


def _regex_samples(test: ValueMatcher) -> Iterable[str]:
    pattern = compiled(test.value, test.ignore_case)
    if pattern is None or PARSER is None:
        return
    tree = PARSER.parse(pattern.pattern, re.ASCII)
    for repeats in (1, 0, 2):
        for branch in (0, 1):
            text = _text(tree, repeats, branch)
            if pattern.search(text) if test.op == "search" else pattern.fullmatch(text):
                yield text


def _text(tree: Any, repeats: int, branch: int) -> str:
    return "".join(_piece(str(op), value, repeats, branch) for op, value in tree)[:LONGEST]


def _piece(op: str, value: Any, repeats: int, branch: int) -> str:
    if op == "LITERAL":
        return chr(value)
    if op == "NOT_LITERAL":
        return "y" if value == ord("x") else "x"
    if op == "ANY":
        return "x"
    if op == "IN":
        return _from_set(value)
    if op in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        low, high, body = value
        count = min(max(low, repeats), high if isinstance(high, int) else repeats, 8)
        return (_text(body, repeats, branch) * int(max(count, min(low, 64))))[:LONGEST]
    if op == "SUBPATTERN":
        return _text(value[-1], repeats, branch)
    if op == "BRANCH":
        return _text(value[1][min(branch, len(value[1]) - 1)], repeats, branch)
    return ""


def _from_set(items: Any) -> str:
    if str(items[0][0]) == "NEGATE":
        pattern = _excluded(items[1:])
        return next((char for char in "xa1-_.~/ " if char not in pattern), "x")
    op, value = items[0]
    if str(op) == "RANGE":
        return chr(value[0])
    if str(op) == "CATEGORY":
        return {"CATEGORY_DIGIT": "1", "CATEGORY_SPACE": " "}.get(str(value), "x")
    return chr(int(value))


def _excluded(items: Any) -> str:
    out = []
    for op, value in items:
        if str(op) == "LITERAL":
            out.append(chr(value))
        elif str(op) == "RANGE":
            out.append("".join(map(chr, range(value[0], min(value[1], value[0] + 128) + 1))))
        elif str(value) == "CATEGORY_DIGIT":
            out.append("0123456789")
        elif str(value) == "CATEGORY_WORD":
            out.append("xa1_")
    return "".join(out)


def neighbours(path: str) -> tuple[str, ...]:
    """The path itself and what lies right beside it: trailing slash, a segment or a character more, other case."""
    path = path if path.startswith("/") else f"/{path}"
    bare = path.rstrip("/")
    candidates = (path, bare or "/", f"{bare}/", f"{bare}/x1", f"{bare}x1", path.swapcase())
    return tuple(dict.fromkeys(candidates))
