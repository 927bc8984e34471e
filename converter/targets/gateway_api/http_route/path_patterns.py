"""Regular expressions as a route has them: for the whole path, as it comes over the wire."""

from __future__ import annotations

import re
from urllib.parse import quote

_TOP_LEVEL_BAR = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|[(|)]")


def has_top_level_bar(pattern: str) -> bool:
    """True where an alternation stands outside of any group."""
    depth = 0
    for found in _TOP_LEVEL_BAR.finditer(pattern):
        char = found.group()
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "|" and depth == 0:
            return True
    return False


def full_match(pattern: str, ignore_case: bool = False) -> str:
    """A pattern that matches a whole text where the given one is found in it."""
    flag = "(?i)" if ignore_case else ""
    if has_top_level_bar(pattern):
        return f"{flag}.*?(?:{pattern}).*"
    if not pattern.startswith("^"):
        return f"{flag}.*{pattern}" + _tail(pattern)
    return flag + pattern[1:] + _tail(pattern)


def anchored(pattern: str) -> str:
    """The same expression for implementations that match the whole value and for those that search in it."""
    flag = "(?i)" if pattern.startswith("(?i)") else ""
    body = pattern[len(flag) :]
    if has_top_level_bar(body):
        return f"{flag}^(?:{body})$"
    ended = body.endswith("$") and (len(body) - len(body[:-1].rstrip("\\")) - 1) % 2 == 0
    return f"{flag}{'' if body.startswith('^') else '^'}{body}{'' if ended else '$'}"


def _tail(pattern: str) -> str:
    """`.*` after a pattern that does not reach the end of the text by itself."""
    if pattern.endswith("(.*)"):
        return ""
    ended = pattern.endswith("$") and (len(pattern) - len(pattern[:-1].rstrip("\\")) - 1) % 2 == 0
    return "" if ended or (pattern.endswith(".*") and not pattern.endswith("\\.*")) else ".*"


def on_the_wire(pattern: str, decoded: bool) -> str:
    """Characters that no encoded path has, as they come over the wire."""
    if not decoded or (pattern.isascii() and " " not in pattern and "%" not in pattern):
        return pattern
    return "".join(quote(char) if char in " %" or not char.isascii() else char for char in pattern)
