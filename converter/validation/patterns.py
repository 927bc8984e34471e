"""Go's regular expressions and durations, as CRDs use them, in Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache


@lru_cache(maxsize=4096)
def searcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """The unanchored search of a Go pattern; raises re.error where Python cannot read it."""
    return re.compile(_python(pattern), re.ASCII).search


def _python(pattern: str) -> str:
    """`$` is the very end in Go, and `(?i)` may stand behind an anchor, where Python wants it first."""
    flags = ""
    if "(?i)" in pattern:
        flags, pattern = "(?i)", pattern.replace("(?i)", "", 1)
    out, in_class, position = [], False, 0
    while position < len(pattern):
        char = pattern[position]
        if char == "\\":
            pair = pattern[position : position + 2]
            out.append(r"\Z" if pair == r"\z" else pair)
            position += 2
            continue
        if in_class:
            out.append(r"\[" if char == "[" else char)
            in_class = char != "]"
        else:
            out.append(r"\Z" if char == "$" else char)
            in_class = char == "["
        position += 1
    return flags + "".join(out)


_UNITS = {"ns": 1, "us": 10**3, "µs": 10**3, "ms": 10**6, "s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")


@lru_cache(maxsize=4096)
def duration(text: str) -> int:
    """Go's time.ParseDuration in nanoseconds; ValueError where it refuses."""
    sign, body = (-1, text[1:]) if text[:1] == "-" else (1, text.removeprefix("+"))
    if body == "0":
        return 0
    parts = list(_PART.finditer(body))
    if not parts or "".join(part.group() for part in parts) != body:
        raise ValueError(f"{text!r} is not a duration")
    return sign * sum(int(float(part.group(1)) * _UNITS[part.group(2)]) for part in parts)
