"""Plain values with positions, and scalars as Kubernetes reads them."""

from __future__ import annotations

import math
import re
from typing import Any

At = tuple[int, int]


class Map(dict[str, Any]):
    """A mapping that knows where its keys stand. `pos` is where it starts itself."""

    __slots__ = ("at", "pos")

    def __init__(self, pos: At = (0, 0)) -> None:  # (an empty dict needs no more)
        self.at: dict[str, At] = {}
        self.pos = pos


class Seq(list[Any]):
    """A sequence that knows where its items stand. `pos` is where it starts itself."""

    __slots__ = ("at", "pos")

    def __init__(self, pos: At = (0, 0)) -> None:
        self.at: list[At] = []
        self.pos = pos


def map_of(value: Any) -> Map:
    """The value where it is a mapping, else an empty one: objects may be written by anybody."""
    return value if isinstance(value, Map) else Map()


def seq_of(value: Any) -> Seq:
    """The value where it is a sequence, else an empty one."""
    return value if isinstance(value, Seq) else Seq()


def placed(value: Any, at: At, *, keep: bool = False) -> Any:
    """Plain data as the reader makes it, with one place for all parts; `keep`: what has places keeps them."""
    if keep and isinstance(value, Map | Seq):
        return value
    if isinstance(value, dict):
        out = Map(at)
        for key, item in value.items():
            out[key], out.at[key] = placed(item, at, keep=keep), at
        return out
    if isinstance(value, list):
        items = Seq(at)
        for item in value:
            items.append(placed(item, at, keep=keep))
            items.at.append(at)
        return items
    return value


class AmbiguousBoolean(str):
    """An unquoted `y` or `n` in place of a name: Kubernetes reads a boolean there, most other tools read the letter."""

    __slots__ = ()


AMBIGUOUS_BOOLEANS = frozenset({"y", "n", "Y", "N"})
NAMES = frozenset({"name", "namespace", "serviceName", "secretName", "ingressClassName", "host"})
"""Keys whose values are names wherever they are in the objects that we read."""


class DocumentError(ValueError):
    """A document that cannot be read; line and column count from 1."""

    def __init__(self, message: str, line: int, column: int, hint: str = "") -> None:
        super().__init__(message)
        self.message, self.line, self.column, self.hint = message, line, column, hint


_SCALARS: dict[str, Any] = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
}
_STARTS = frozenset("+-.0123456789")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_LEADING_ZERO = re.compile(r"[-+]?0[0-7]+")


def unquoted_scalar(text: str) -> Any:
    """A plain (unquoted) scalar as sigs.k8s.io/yaml reads it (goyaml.v2 resolve.go).

    YAML 1.1 booleans with `y` and `n`, `0777` and `0o777` octals, `0x`, `0b`, `_` in numbers; a timestamp stays a
    string and there are no sexagesimal numbers.
    """
    if text in _SCALARS:
        return _SCALARS[text]
    if text[0] not in _STARTS:
        return text
    if text.isdigit() and text.isascii() and text[0] != "0" and len(text) < 19:
        return int(text)
    return _number(text)


def _number(text: str) -> Any:
    digits = text.replace("_", "")
    whole = _integer(digits)
    if whole is not None and -(2**63) <= whole < 2**64:
        return whole
    if _FLOAT.fullmatch(digits):
        return float(digits)
    return text


def _integer(digits: str) -> int | None:
    if not digits.isascii():
        return None
    try:
        if _LEADING_ZERO.fullmatch(digits):
            return int(digits, 8)
        return int(digits, 0) if len(digits) < 80 else None
    except ValueError:
        return None


_TAGS: dict[str, tuple[type, ...]] = {"int": (int,), "float": (int, float), "bool": (bool,), "null": (type(None),)}


def tagged(tag: str, text: str) -> Any:
    """A scalar with an explicit tag; ValueError where the text is not of that type."""
    name = tag.removeprefix("tag:yaml.org,2002:")
    if name in ("str", "binary", "timestamp") or not tag.startswith("tag:yaml.org,2002:"):
        return text
    value = unquoted_scalar(text)
    if name in _TAGS and not isinstance(value, _TAGS[name]):
        raise ValueError(f"{text!r} is not of type {name}")
    return value


def key_text(value: Any) -> str | None:
    """A mapping key as JSON has it; None for what cannot be a key."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{value:g}"
    return None
