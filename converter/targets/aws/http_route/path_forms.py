"""Other ways to write a path, to move its rule before or behind others: the controller orders by the kind of a path.

A prefix is the same as two Exact paths with a wildcard, which come before all prefixes; an expression comes behind.
"""

from __future__ import annotations

from typing import Any

from converter.routing.matchers import glob_pattern
from converter.routing.regex import quoted
from converter.targets.aws.http_route.write_matches import LATE_ANY
from converter.targets.gateway_api.http_route.write_paths import PathMatch

EARLY, LATE = "early", "late"


def in_form(paths: list[PathMatch], form: str) -> list[PathMatch]:
    """The paths of a rule in another form."""
    return [
        one._replace(match=match)
        for one in paths
        for match in ([one.match] if one.match is None else _early(one.match) if form == EARLY else [_late(one.match)])
    ]


def _early(match: dict[str, Any]) -> list[dict[str, Any]]:
    if match["type"] != "PathPrefix":
        return [match]
    stem = match["value"].rstrip("/")
    values = [stem, f"{stem}/*"] if stem else ["/*"]
    return [{"type": "Exact", "value": value} for value in values]


def _late(match: dict[str, Any]) -> dict[str, Any]:
    value = match["value"]
    if match["type"] == "RegularExpression":
        return match
    if match["type"] == "Exact":
        return {"type": "RegularExpression", "value": f"^{glob_pattern(value)}$"}
    stem = value.rstrip("/")
    return {"type": "RegularExpression", "value": f"^{quoted(stem)}(?:/.*)?$"} if stem else LATE_ANY


def other_form(path: dict[str, Any], first: bool) -> str:
    """The form that could help a rule with this path; `first`: it should come before the other of a pair."""
    if first:
        return EARLY if path["type"] == "PathPrefix" else ""
    return LATE if path["type"] != "RegularExpression" else ""
