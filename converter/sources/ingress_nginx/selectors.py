"""Label selectors as text (apimachinery: pkg/labels/selector.go Parse)."""

from __future__ import annotations

import re
from typing import Any

_SET = re.compile(r"\s*([\w./-]+)\s+(in|notin)\s+\(([^)]*)\)\s*")
_EQUAL = re.compile(r"\s*([\w./-]+)\s*(==|=|!=)\s*([\w.-]*)\s*")
_EXISTS = re.compile(r"\s*(!?)\s*([\w./-]+)\s*")
_COMMA = re.compile(r",(?![^(]*\))")


def matches_selector(selector: str, labels: dict[str, str]) -> bool:
    """True where all requirements hold; one that cannot be read holds for nothing."""
    return all(_holds(part, labels) for part in _COMMA.split(selector) if part.strip())


def _holds(part: str, labels: dict[str, str]) -> bool:
    found = _SET.fullmatch(part)
    if found:
        inside = labels.get(found[1]) in {value.strip() for value in found[3].split(",")} and found[1] in labels
        return inside if found[2] == "in" else not inside
    found = _EQUAL.fullmatch(part)
    if found:
        same = labels.get(found[1]) == found[3]
        return not same if found[2] == "!=" else same
    found = _EXISTS.fullmatch(part)
    return bool(found) and (found[2] in labels) != bool(found[1]) if found else False


def expressions(selector: str) -> tuple[dict[str, Any], ...] | None:
    """The selector as `matchExpressions`; None where a part cannot be read.

    Both take objects without the label for `!=` and `notin` (apimachinery: pkg/labels/selector.go Matches).
    """
    found = [_expression(part) for part in _COMMA.split(selector) if part.strip()]
    return tuple([one for one in found if one is not None]) if None not in found else None


def _expression(part: str) -> dict[str, Any] | None:
    found = _SET.fullmatch(part)
    if found:
        values = sorted({value.strip() for value in found[3].split(",")})
        return {"key": found[1], "operator": "In" if found[2] == "in" else "NotIn", "values": values}
    found = _EQUAL.fullmatch(part)
    if found:
        return {"key": found[1], "operator": "NotIn" if found[2] == "!=" else "In", "values": [found[3]]}
    found = _EXISTS.fullmatch(part)
    return {"key": found[2], "operator": "DoesNotExist" if found[1] else "Exists"} if found else None
