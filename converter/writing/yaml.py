"""Manifests as YAML that Kubernetes (go-yaml, YAML 1.1) reads back to the same values; block style, one line a field.

A string is written plain only where no YAML 1.1 or 1.2 reader can take it for anything else: the rule is a short list
of harmless shapes, everything else is quoted.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

_RESERVED_SCALARS = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_SAFE = r"A-Za-z0-9_./@$(){}\[\]^*+?|\\=&;,~%<>!'\"`\-"
_UNQUOTED = re.compile(rf"[A-Za-z/_$(^\\][{_SAFE}\#]*+(?:[: ](?=[{_SAFE}])[{_SAFE}\#]*+)*+\Z")
_DIGITS = re.compile(r"(?:(?:[0-9]+(?:ms|s|m|h))+|[0-9]+[KMG]i?|[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?:/[0-9]+)?)\Z")
_STEERING = "\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
"""Characters that change how a terminal or a review shows a line."""
_LOGGING = r"(?<=#)#(?=[A-Za-z]*\[)"
"""`##[error]`, `##vso[…]`: commands to a CI server wherever they are in its log."""
_ESCAPED = re.compile(f'["\\\\\x00-\x1f\x7f-\x9f{_STEERING}\ud800-\udfff\ufeff\ufffe\uffff]|{_LOGGING}')
_SHORT = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}
_LONGEST_RESERVED = max(map(len, _RESERVED_SCALARS))
_LONGEST_KEY = 800  # a simple key ends within 1024 characters
_CACHE = 20_000
SEPARATOR = "---\n"
"""Between the manifests of a stream."""


@cache
def _command_pattern() -> re.Pattern[str]:  # compiled where a text needs it, as the next one: each takes a millisecond
    return re.compile(rf"^[ \t]*::|{_LOGGING}|[{_STEERING}]", re.M)


@cache
def _block_pattern() -> re.Pattern[str]:
    return re.compile("(?![ \t\n])[\t\n -~\u00a0-\u2027\u2030-\ud7ff\ue000-\ufefe\uff00-\ufffd]*\\Z")


def _escape(found: re.Match[str]) -> str:
    char = found.group()
    return _SHORT.get(char) or (f"\\x{ord(char):02x}" if ord(char) < 256 else f"\\u{ord(char):04x}")


def quoted(text: str) -> str:
    """Double-quoted on one line."""
    return f'"{_ESCAPED.sub(_escape, text)}"'


def scalar(text: str) -> str:
    """A string on one line, plain where that is safe."""
    if _UNQUOTED.match(text) and ("##" not in text or not _command_pattern().search(text)):
        return quoted(text) if len(text) <= _LONGEST_RESERVED and text.lower() in _RESERVED_SCALARS else text
    if _DIGITS.match(text):
        return text
    return quoted(text)


def is_block(text: str) -> bool:
    """True for a text that is written on lines of its own."""
    return "\n" in text and _block_pattern().match(text) is not None and _command_pattern().search(text) is None


class _Values(dict[str, str]):
    """String -> how it stands after `key:` or `-`; texts of several lines are left to the caller (empty)."""

    def __missing__(self, text: str) -> str:
        if len(self) > _CACHE:
            self.clear()
        shown = "" if is_block(text) else " " + scalar(text)
        self[text] = shown
        return shown


class _Keys(dict[str, str]):
    """Key -> `key:`."""

    def __missing__(self, key: Any) -> str:
        if type(key) is not str:
            return f"{_other(key)}:"
        if len(self) > _CACHE:
            self.clear()
        shown = scalar(key)
        self[key] = shown = f"{shown}:" if len(shown) < _LONGEST_KEY else f"? {shown}"
        return shown


_VALUES, _KEYS = _Values(), _Keys()


def _other(value: Any) -> str:
    """Numbers, booleans, null."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, int):
        return str(int(value))
    return scalar(str(value))


def _float(value: float) -> str:
    if math.isnan(value):
        return ".nan"
    if value in (float("inf"), float("-inf")):
        return ".inf" if value > 0 else "-.inf"
    text = repr(value)
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def _block(text: str, pad: str) -> str:
    body = text.rstrip("\n")
    kept = len(text) - len(body)
    mark = ("-", "", "+")[min(kept, 2)]
    lines = (text[:-1] if kept else text).split("\n")
    return f" |{mark}" + "".join(pad + line if line else "\n" for line in lines)


class _Pieces(list[str]):
    """A text in pieces. Lists that stand in several places, as filters of rules do, are written once and repeated."""

    __slots__ = ("lists",)

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[tuple[int, str], slice] = {}
        """By their ids and indents."""

    def add_list(self, value: list[Any], pad: str) -> None:
        place = id(value), pad
        known = self.lists.get(place)
        if known is not None:
            self += self[known]
            return
        start = len(self)
        _sequence(value, pad, self)
        self.lists[place] = slice(start, len(self))


def _value(value: Any, pad: str, out: _Pieces) -> None:
    """Whatever stands after `key:` or `-`; `pad` is the line break with the indent of this key or dash."""
    if isinstance(value, str):
        out.append(_VALUES[value] or _block(value, pad + "  "))
    elif isinstance(value, Mapping):
        if value:
            _mapping(value, pad + "  ", pad + "  ", out)
        else:
            out.append(" {}")
    elif isinstance(value, Sequence):
        if value:
            _sequence(value, pad, out)
        else:
            out.append(" []")
    else:
        out.append(" " + _other(value))


def _mapping(node: Mapping[Any, Any], lead: str, pad: str, out: _Pieces) -> None:
    values, keys, add = _VALUES, _KEYS, out.append
    for key, value in node.items():
        name = keys[key]
        kind = type(value)
        shown = values[value] if kind is str else f" {value}" if kind is int else ""
        if shown and name[0] != "?":
            add(f"{lead}{name}{shown}")
            lead = pad
            continue
        add(f"{lead}{name}")
        if name[0] == "?":
            add(pad + ":")
        lead = pad
        if kind is dict and value:
            inner = pad + "  "
            _mapping(value, inner, inner, out)
        elif kind is list and value:
            out.add_list(value, pad)
        else:
            _value(value, pad, out)


def _sequence(node: Sequence[Any], pad: str, out: _Pieces) -> None:
    inner, dash = pad + "  ", pad + "- "
    for item in node:
        if (type(item) is dict or isinstance(item, Mapping)) and item:
            _mapping(item, dash, inner, out)
        elif type(item) is str:
            out.append(f"{pad}-{_VALUES[item] or _block(item, inner)}")
        elif isinstance(item, Sequence) and item and not isinstance(item, str):
            out.append(pad + "-")
            _sequence(item, inner, out)
        else:
            out.append(pad + "-")
            _value(item, pad, out)


def dump(manifest: Mapping[str, Any] | Sequence[Any]) -> str:
    """One manifest, or a list such as a JSON patch, ending in a line break."""
    if not manifest:
        return "{}\n"
    out = _Pieces()
    if isinstance(manifest, Mapping):
        _mapping(manifest, "\n", "\n", out)
    else:
        _sequence(manifest, "\n", out)
    text = "".join(out)
    return f"{text[1:]}\n"


def dump_all(manifests: Iterable[Mapping[str, Any]]) -> str:
    """Several manifests as one stream."""
    return SEPARATOR.join(map(dump, manifests))
