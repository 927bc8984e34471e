"""Paths that clients may write with escapes, as expressions that take both forms."""

from __future__ import annotations

import re

from converter.routing.regex import quoted

ESCAPABLE = re.compile(r"[^-A-Za-z0-9/._~]")
"""Characters that one client writes as they are and another one escapes; Envoy leaves both as they come."""
SAFE = "/-._~!$&'()*+,;=:@"
"""Characters that a path may have as they are, beside letters and digits."""


def escapable(value: str) -> str:
    """An expression for a text in all ways to escape it."""
    out = []
    for char in value:
        if not ESCAPABLE.match(char):
            out.append(quoted(char))
            continue
        escaped = "".join(f"%{_either(byte >> 4)}{_either(byte & 15)}" for byte in char.encode())
        out.append(f"(?:{quoted(char)}|{escaped})" if char in SAFE else escaped)
    return "".join(out)


_REGEX_TOKENS = re.compile(
    r"\\(.)|\[(?:\\.|[^\]\\])*\]|\(\?(?:P?<\w+>|<?[=!]|[:>]|[A-Za-z-]+[:)])|([;=,:@!&'#\"<>])", re.DOTALL
)
"""Escapes, classes and the heads of groups, whose characters are no text; else the characters that have an escape."""


def open_to_escapes(pattern: str) -> str:
    """An expression for decoded paths that takes its literal characters in all ways to escape them."""

    def either(found: re.Match[str]) -> str:
        char = found[1] or found[2]
        if char is None or char.isalnum() or not ESCAPABLE.match(char):
            return found[0]
        return f"(?:{found[0]}|\\x25{ord(char):02X})" if char.isascii() else found[0]

    return _REGEX_TOKENS.sub(either, pattern)


def _either(digit: int) -> str:
    return str(digit) if digit < 10 else f"[{digit:X}{digit:x}]"
