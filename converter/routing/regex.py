"""Regular expressions of three engines (PCRE, RE2, our own `re`), compiled once."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import cast

from converter.routing.bounded_pattern import BoundedPattern, is_endless
from converter.routing.re2 import re2_error

_FOREIGN = re.compile(r"\\[zZQhHRpPe]|\(\?<[A-Za-z_]|\[:\^?[a-z]+:\]")
"""What PCRE and RE2 know and Python does not, or writes otherwise."""
_SPECIAL = frozenset(".[(^$\\{*+?)]}")
_TRANSLATED = {r"\h": r"[ \t]", r"\H": r"[^ \t]", r"\R": r"(?:\r\n|[\n\r\v\f])", r"\e": r"\x1b"}
_POSIX = {
    "alnum": "0-9A-Za-z",
    "alpha": "A-Za-z",
    "ascii": r"\x00-\x7f",
    "blank": r"\t ",
    "cntrl": r"\x00-\x1f\x7f",
    "digit": "0-9",
    "graph": "!-~",
    "lower": "a-z",
    "print": " -~",
    "punct": r"!-/:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "word": r"\w",
    "xdigit": "0-9A-Fa-f",
}
_PIECE = re.compile(r"\\Q(?P<literal>.*?)(?:\\E|\Z)|\\.|\(\?<(?=[A-Za-z_])|\[:(?P<posix>[a-z]+):\]", re.DOTALL)


@lru_cache(maxsize=65536)
def compiled(pattern: str, ignore_case: bool = False) -> re.Pattern[str] | None:
    """The pattern as Python reads it; None where it is no valid expression.

    ASCII as in RE2, and in PCRE without UCP (nginx): letters beyond it have no case, \\w and \\d do not take them.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # `[[` is no nested set, neither here nor there
            found = re.compile(_portable(pattern), re.ASCII | (re.IGNORECASE if ignore_case else 0))
            return cast("re.Pattern[str]", BoundedPattern(found)) if is_endless(found) else found
    except (re.error, RecursionError, OverflowError):
        return None


def _portable(pattern: str) -> str:
    """The pattern with Python's words for what PCRE and RE2 write otherwise.

    A leading `(?i)` may follow an anchor there, but must come first in Python; \\z is \\Z, (?<name>) is (?P<name>).
    """
    if "(?i)" in pattern and not pattern.startswith("(?i)"):
        pattern = _scoped(pattern)
    if not _FOREIGN.search(pattern):
        return pattern
    end = r"(?=\n?\Z)" if r"\Z" in pattern else ""
    return _PIECE.sub(lambda piece: _translated(piece, end), pattern)


def _scoped(pattern: str) -> str:
    """A `(?i)` further on as a group of its own: it holds for the rest of the whole pattern, its alternatives included.

    Behind an anchor alone, or inside of a group, it is taken to hold for everything.
    """
    head, _, rest = pattern.partition("(?i)")
    rest = rest.replace("(?i)", "")
    if not head.strip("^") or "(" in head:
        return f"(?i){head}{rest}"
    first, *others = _alternatives(rest)
    return "|".join([f"{head}(?i:{first})", *(f"(?i:{one})" for one in others)])


def _alternatives(pattern: str) -> list[str]:
    """The parts between `|` outside of groups and character classes."""
    parts, depth, start, inside = [], 0, 0, False
    for found in re.finditer(r"\\.|[\[\]()|]", pattern, re.DOTALL):
        mark = found.group()
        if inside:
            inside = mark != "]"
        elif mark == "[":
            inside = True
        elif mark in "()":
            depth += 1 if mark == "(" else -1
        elif mark == "|" and depth == 0:
            parts.append(pattern[start : found.start()])
            start = found.end()
    return [*parts, pattern[start:]]


def _translated(piece: re.Match[str], end: str) -> str:
    text = piece.group()
    if piece.group("literal") is not None:
        return re.escape(piece.group("literal"))
    if piece.group("posix"):
        return _POSIX.get(piece.group("posix"), text)
    if text == "(?<":
        return "(?P<"
    return {r"\z": r"\Z", r"\Z": end}.get(text) or _TRANSLATED.get(text, text)


def re2_problem(pattern: str) -> str | None:
    """What RE2 (Envoy) cannot do of this pattern, in words; None where it can."""
    return re2_error(pattern)


def quoted(text: str) -> str:
    """The text as a pattern that matches just itself; only what RE2 and PCRE both need is escaped."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)


def literal_start(pattern: str) -> str:
    """The text that everything which an expression takes starts with, in small letters; "" where that is not known."""
    if "|" in pattern and len(_alternatives(pattern)) > 1:
        return ""
    pattern = pattern.removeprefix("(?i)").removeprefix("^")
    out, at = [], 0
    while at < len(pattern):
        char, step = pattern[at], 1
        if char == "\\" and at + 1 < len(pattern) and not pattern[at + 1].isalnum():
            char, step = pattern[at + 1], 2
        elif char in _SPECIAL:
            break
        if pattern[at + step : at + step + 1] in ("*", "?", "{"):
            break
        out.append(char)
        at += step
    return "".join(out).lower()
