"""Which row a key belongs to: rows may hold placeholders (`actions.{name}`) and end in `*`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

SHORTEST = 4
"""A shorter text is not looked up as the part of a key behind its prefix."""
_PLACEHOLDER = re.compile(r"\\\{[^}]*\\\}")


def rank(what: str, keys: Iterable[str]) -> int:
    """How well a text names one of the keys: 3 as it is, 2 by its last part, 1 by a pattern, 0 not at all."""
    best = 0
    for key in keys:
        for text in (key, key.replace("{domain}", "cpaas.io")):
            best = max(best, _rank(what, text))
    return best


def _rank(what: str, key: str) -> int:
    if what == key:
        return 3
    last = key.rpartition("/")[2]
    if len(what) >= SHORTEST and what == last:
        return 2
    if "{" not in key and not key.endswith("*"):
        return 0
    if _pattern(key).fullmatch(what):
        return 1
    return int(len(what) >= SHORTEST and "/" not in what and last != "*" and bool(_pattern(last).fullmatch(what)))


@lru_cache(4096)
def _pattern(key: str) -> re.Pattern[str]:
    text = _PLACEHOLDER.sub("[^/]+", re.escape(key.removesuffix("*")))
    return re.compile(f"{text}.*" if key.endswith("*") else text)
