"""Annotation text to values as the controller's parser reads it (lbc: pkg/annotations/parser.go)."""

from __future__ import annotations

import re
from typing import Any

from converter.packs.codecs import CODECS, CodecError, as_json, comma_list, go_bool

_INT = re.compile(r"[+-]?[0-9]+\Z")


def parse_bool(text: str) -> bool:
    """strconv.ParseBool with its words for an error."""
    try:
        return go_bool(text)
    except CodecError:
        raise CodecError(f"strconv.ParseBool: parsing {quoted(text)}: invalid syntax") from None


def parse_int(text: str, bits: int = 32) -> int:
    """strconv.ParseInt in base 10 with its words for an error."""
    if not _INT.match(text) or len(text) > 4000:
        raise CodecError(f"strconv.ParseInt: parsing {quoted(text)}: invalid syntax")
    number = int(text)
    if not -(1 << bits - 1) <= number < 1 << bits - 1:
        raise CodecError(f"strconv.ParseInt: parsing {quoted(text)}: value out of range")
    return number


def quoted(text: str) -> str:
    """Go's %q for plain text."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t") + '"'


def string_map(text: str) -> dict[str, str]:
    """`k=v,k=v` (parser.go:149-173, 217-253): a backslash takes the next character as it is, a comma ends a pair only
    where some `=` follows later, a piece without `=` or with an empty key is an error."""
    values = {}
    for pair in _pairs(text):
        key, mark, value = pair.partition("=")
        if not mark or not key.strip():
            raise CodecError(f"{pair!r} is not a key=value pair")
        values[key.strip()] = value.strip()
    return values


def _pairs(text: str) -> list[str]:
    out, current, at = [], "", 0
    while at < len(text):
        char = text[at]
        if char == "\\" and at + 1 < len(text):
            at += 1
            current += text[at]
        elif char == ",":
            rest = text[at + 1 :].strip()
            if "=" in rest:
                out.append(current.strip())
                current = ""
            elif rest:
                return [*out, current.strip(), rest]
            else:
                current += char
        else:
            current += char
        at += 1
    return [*out, current.strip()] if current else out


def port_of(value: Any) -> int | str:
    """intstr.Parse: a number where the text is one, else the name (an int stays what it is)."""
    text = str(value)
    return int(text) if len(text) < 12 and _INT.match(text) and -(1 << 31) <= int(text) < 1 << 31 else text


CODECS.update(
    {
        "aws-bool": parse_bool,
        "aws-int": parse_int,
        "aws-int64": lambda text: parse_int(text, 64),
        "aws-list": comma_list,
        "aws-map": string_map,
        "aws-json": as_json,
        "aws-port": port_of,
    }
)
