"""Regular expressions of three engines (PCRE, RE2, our own `re`), compiled once."""

from __future__ import annotations

import re
from functools import lru_cache

_BEYOND_RE2 = (
    (re.compile(r"\(\?<?[=!]"), "look-around"),
    (re.compile(r"\(\?>"), "an atomic group"),
    (re.compile(r"(?<!\\)(?:\\\\)*\\[1-9]"), "a back-reference"),
    (re.compile(r"(?<!\\)(?:\\\\)*[*+?}]\+"), "a possessive quantifier"),
    (re.compile(r"\(\?(?:R|\d|&|P>|\()"), "recursion or a condition"),
)


@lru_cache(maxsize=65536)
def compiled(pattern: str, ignore_case: bool = False) -> re.Pattern[str] | None:
    """The pattern as Python reads it; None where it is no valid expression."""
    try:
        return re.compile(_portable(pattern), re.IGNORECASE if ignore_case else 0)
    except (re.error, RecursionError, OverflowError):
        return None


def _portable(pattern: str) -> str:
    """A leading `(?i)` may follow an anchor in PCRE and RE2, but must come first in Python."""
    if "(?i)" in pattern and not pattern.startswith("(?i)"):
        return "(?i)" + pattern.replace("(?i)", "")
    return pattern


def re2_problem(pattern: str) -> str | None:
    """What RE2 (Envoy) cannot do of this pattern, in words; None where it can.

    A repetition above 1000 is refused by RE2 as well.
    """
    for probe, words in _BEYOND_RE2:
        if probe.search(pattern):
            return words
    for count in re.findall(r"\{(\d+)(?:,(\d*))?\}", pattern):
        if any(part and int(part) > 1000 for part in count):
            return "a repetition above 1000"
    return None if compiled(pattern) is not None else "text that is no valid regular expression"


def quoted(text: str) -> str:
    """The text as a pattern that matches just itself; only what RE2 and PCRE both need is escaped."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", text)
