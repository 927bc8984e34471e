"""What the fields of a log format may hold, by the text around them."""

from __future__ import annotations

import re

_LISTS = ("backend-address", "backend-duration", "?upstream_")
"""One value for each backend that was tried, with commas and colons between."""
LIST, FIRST = "[^ ,]*(?:, [^ ,]*)*", "[^ ,]*"
_SPACED = ("header:", "response-header:", "?remote_user")
QUOTED = r'(?:[^"\\]|\\.)*'
WORD = r'(?:[^ "\\]|\\.)*'
_JOINED = {
    "scheme": "[a-z]*",
    "host": r'[^/ "?]*',
    "path": r'/[^? "]*',
    "?server_port": r"\d*",
    "?is_args": r"\??",
    "target": r'/[^ "]*',
}
"""Values that another one follows without anything between."""


def value_pattern(part: str, before: str | None, after: str | None) -> str:
    """What a field may hold between the texts around it; None: another field stands there."""
    if after is None:
        return _JOINED.get(part, ".*?")
    if not after and not part.startswith(_SPACED) and part != "request-line":
        return LIST if part.startswith(_LISTS) else "[^ ]*"
    if before and before[-1] == '"' and after[:1] == '"':
        return QUOTED
    if before and before[-1] == "[" and after[:1] == "]":
        return r"[^\]]*"
    if part == "time-local":
        return r"\S* \S*"
    if part.startswith(_LISTS) and after[:1] == " ":
        return LIST
    if not after or part == "request-line" or part.startswith(_SPACED):
        return ".*?"
    return f"[^{re.escape(after[0])}]*"
