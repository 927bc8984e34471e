"""What Kubernetes adds to CEL, for the compiled rules and for the library."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from typing import Any

from converter.validation.patterns import duration


def is_ip(text: str) -> bool:
    """An IPv4 or IPv6 address without a zone."""
    if "%" in text:
        return False
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def lower_ascii(text: str) -> str:
    """ASCII letters in lower case."""
    return "".join(chr(ord(c) + 32) if "A" <= c <= "Z" else c for c in text)


def upper_ascii(text: str) -> str:
    """ASCII letters in upper case."""
    return "".join(chr(ord(c) - 32) if "a" <= c <= "z" else c for c in text)


def substring(text: str, start: int) -> str:
    """The text from a position on, which must lie within it."""
    if not 0 <= start <= len(text):
        raise IndexError(start)
    return text[start:]


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "is_ip": is_ip,
    "lower_ascii": lower_ascii,
    "upper_ascii": upper_ascii,
    "substring": substring,
    "duration": duration,
}
"""By the name that compiled rules use."""

LIBRARY: dict[str, Callable[..., Any]] = {
    "isIP": is_ip,
    "lowerAscii": lower_ascii,
    "upperAscii": upper_ascii,
    "substring": substring,
    "split": lambda text, separator: text.split(separator),
}
"""By the name that rules use, for the CEL library."""
