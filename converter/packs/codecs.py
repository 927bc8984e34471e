"""Annotation text to values, as the controllers' own parsers read it."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Callable
from typing import Any


class CodecError(ValueError):
    """The text is not of the declared type; the message says why."""


GO_TRUE = frozenset({"1", "t", "T", "true", "True", "TRUE"})
GO_FALSE = frozenset({"0", "f", "F", "false", "False", "FALSE"})


def go_bool(text: str) -> bool:
    """Go's strconv.ParseBool."""
    if text in GO_TRUE:
        return True
    if text in GO_FALSE:
        return False
    raise CodecError(f"{text!r} is not a boolean as Go reads it (true, false, 1, 0, t, f)")


def literal_bool(text: str) -> bool:
    """Only the text `true` is accepted (Alauda ALB)."""
    return text == "true"


def go_int(text: str) -> int:
    """Go's strconv.Atoi."""
    stripped = text[1:] if text[:1] in "+-" else text
    if not (stripped.isascii() and stripped.isdigit()):
        raise CodecError(f"{text!r} is not a whole number")
    digits = stripped.lstrip("0") or "0"
    value = int(digits) * (-1 if text[0] == "-" else 1) if len(digits) < 20 else 1 << 63
    if not -(1 << 63) <= value < 1 << 63:
        raise CodecError(f"{text[:40]!r} is out of range")
    return value


def number(text: str) -> float:
    """A whole or decimal number."""
    try:
        return float(text)
    except ValueError:
        raise CodecError(f"{text!r} is not a number") from None


def comma_list(text: str) -> list[str]:
    """Comma-separated, trimmed, empty items dropped."""
    return [part for part in (piece.strip() for piece in text.split(",")) if part]


def cidrs(text: str) -> list[str]:
    """Comma-separated addresses and networks; a bare address becomes a network of one."""
    out = []
    for part in comma_list(text):
        try:
            out.append(str(ipaddress.ip_network(part, strict=False)))
        except ValueError:
            raise CodecError(f"{part!r} is not an IP address or network") from None
    return out


def as_json(text: str) -> Any:
    """JSON."""
    try:
        return json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        raise CodecError(f"not valid JSON: {error}") from None


CODECS: dict[str, Callable[[str], Any]] = {
    "string": str,
    "trimmed": str.strip,
    "bool": go_bool,
    "true": literal_bool,
    "int": go_int,
    "number": number,
    "list": comma_list,
    "cidrs": cidrs,
    "json": as_json,
}
"""By the name that packs use (`type:`). Sources register more in their own modules."""
