"""Strings, numbers and compositions of a schema: one predicate each, for the fast and the explaining check."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from typing import Any

from converter.validation.patterns import searcher

Check = Callable[[Any], bool]
Node = dict[str, Any]

_DATE_TIME = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})\Z", re.ASCII)
_REMEMBERED = 4096
_INT_BOUNDS = {"int32": 1 << 31, "int64": 1 << 63}


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_address(version: type[ipaddress.IPv4Address] | type[ipaddress.IPv6Address]) -> Callable[[str], bool]:
    def check(text: str) -> bool:
        try:
            version(text)
        except ValueError:
            return False
        return True

    return check


FORMATS: dict[str, Callable[[str], bool]] = {
    "ipv4": _is_address(ipaddress.IPv4Address),
    "ipv6": _is_address(ipaddress.IPv6Address),
    "byte": _is_base64,
    "date-time": lambda text: _DATE_TIME.match(text) is not None,
}
"""String formats that the API server enforces; it ignores the others."""


def patterns(node: Node) -> list[str]:
    """All patterns of a node."""
    return [*([node["pattern"]] if "pattern" in node else []), *node.get("patterns", ())]


def string_check(node: Node) -> Check:
    """Text with its length, values, patterns and format; good values are remembered."""
    return frozenset(node["enum"]).__contains__ if "enum" in node else remembering(node)[1]


def remembering(node: Node) -> tuple[set[str], Check]:
    """The good values that have been seen, and the check that remembers them."""
    good: set[str] = set()
    low, high = node.get("minLength", 0), node.get("maxLength", 1 << 62)
    searches = [searcher(pattern) for pattern in patterns(node)]
    if node.get("format") in FORMATS:
        searches.append(FORMATS[node["format"]])  # type: ignore[arg-type]
    if not searches:
        return good, lambda value: isinstance(value, str) and low <= len(value) <= high

    def check(value: Any) -> bool:
        if value in good:
            return True
        if not (isinstance(value, str) and low <= len(value) <= high and all(search(value) for search in searches)):
            return False
        if len(good) < _REMEMBERED:
            good.add(value)
        return True

    return good, check


def bounds(node: Node) -> tuple[int, int]:
    """The smallest and the largest whole number."""
    bound = _INT_BOUNDS.get(node.get("format", ""), 1 << 63)
    return node.get("minimum", -bound), node.get("maximum", bound - 1)


def number_check(node: Node) -> Check:
    """Whole or decimal numbers within their bounds; True and False are none."""
    if "enum" in node:
        values = frozenset(node["enum"])
        return lambda value: type(value) is int and value in values
    if node["type"] == "integer":
        low, high = bounds(node)
        return lambda value: type(value) is int and low <= value <= high
    low, high = node.get("minimum", float("-inf")), node.get("maximum", float("inf"))
    return lambda value: type(value) in {int, float} and low <= value <= high


def int_or_string_check(node: Node) -> Check:
    """A whole number, or text that fits the patterns."""
    text = string_check({key: value for key, value in node.items() if key != "type"})
    return lambda value: type(value) is int or (isinstance(value, str) and text(value))


def boolean_check(node: Node) -> Check:
    """True or False."""
    values = node.get("enum", (True, False))
    return lambda value: type(value) is bool and value in values


def composed(schema: Node, value: Any) -> bool:
    """`anyOf`, `oneOf` and `not` of a node, whose branches hold plain JSON Schema without unknown-field checks."""
    if "anyOf" in schema and not any(_branch(branch, value) for branch in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(_branch(branch, value) for branch in schema["oneOf"]) != 1:
        return False
    return "not" not in schema or not _branch(schema["not"], value)


def _branch(schema: Node, value: Any) -> bool:
    if "enum" in schema and value not in schema["enum"]:
        return False
    if schema.get("format") in FORMATS and isinstance(value, str) and not FORMATS[schema["format"]](value):
        return False
    if isinstance(value, dict):
        if any(key not in value for key in schema.get("required", ())):
            return False
        if not all(_branch(part, value[key]) for key, part in schema.get("properties", {}).items() if key in value):
            return False
    return composed(schema, value)
