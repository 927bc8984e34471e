"""Whether the target tries rules in the order of the table, as far as it matters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from converter.routing.regex import compiled, literal_start
from converter.routing.table import Rule
from converter.targets.gateway_api.http_route.grouping import same_action, same_features

Key = tuple[int, ...]
_RANKS = {"Exact": 0, "RegularExpression": 1, "PathPrefix": 2}


def natural_key(match: dict[str, Any], cookies: Sequence[dict[str, Any]] = ()) -> Key:
    """Envoy Gateway's order (internal/gatewayapi/sort.go); lower comes first. A method counts as a header."""
    path = match.get("path") or {"type": "PathPrefix", "value": "/"}
    kind, value = path["type"], path["value"]
    length = 0 if kind == "PathPrefix" and value == "/" else len(value)
    if len(match) == 1 and "path" in match and not cookies:
        return _RANKS[kind], -length, 0, 0, 0, 0, 0, 0
    headers, query = match.get("headers", ()), match.get("queryParams", ())
    method = 1 if "method" in match else 0
    return (
        _RANKS[kind],
        -length,
        -(len(headers) + method),
        -(_exact(headers) + method),
        -len(cookies),
        -_exact(cookies),
        -len(query),
        -_exact(query),
    )


def _exact(matches: Sequence[dict[str, Any]]) -> int:
    return sum(1 for one in matches if one.get("type", "Exact") == "Exact")


class Ordered:
    """One match of a rule in its place of the table."""

    __slots__ = ("key", "match", "route", "rule")

    def __init__(self, match: dict[str, Any], rule: Rule, key: Key, route: str) -> None:
        self.match, self.rule, self.key, self.route = match, rule, key, route


def reordered(matches: list[Ordered], natural: bool) -> bool:
    """True where two matches that overlap and differ in effect would be tried in another order.

    `natural`: by key and then route name; else by route name alone (preserveRouteOrder).
    """
    keys: list[tuple[Any, ...]] = [(one.key, one.route) if natural else (one.route,) for one in matches]
    if all(before <= after for before, after in pairwise(keys)):
        return False
    return any(keys[early] > keys[late] and matters(matches[early], matches[late]) for early, late in _meeting(matches))


def _meeting(matches: list[Ordered]) -> Iterator[tuple[int, int]]:
    """Pairs of which a path may be taken by both: what one's paths start with is the start of the other's."""
    at: dict[str, list[int]] = {}
    stems = [_start(_path(one.match)) for one in matches]
    for index, stem in enumerate(stems):
        at.setdefault(stem, []).append(index)
    lengths = sorted({len(stem) for stem in at})
    for index, stem in enumerate(stems):
        for length in lengths:
            if length > len(stem):
                break
            for other in at.get(stem[:length], ()):
                if other != index and (length < len(stem) or other < index):
                    yield (other, index) if other < index else (index, other)


def _start(path: tuple[str, str]) -> str:
    if not path[1].isascii():
        return ""
    return path[1].lower() if path[0] == "Exact" else _stem(path)


def matters(one: Ordered, other: Ordered) -> bool:
    """True where a request exists that both match and respond to differently."""
    if one.rule is other.rule or (same_action(one.rule, other.rule) and same_features(one.rule, other.rule)):
        return False
    if not _paths_meet(_path(one.match), _path(other.match)):
        return False
    if one.match.get("method", "") and other.match.get("method", "") and one.match["method"] != other.match["method"]:
        return False
    return not any(_apart(one.match.get(group, ()), other.match.get(group, ())) for group in ("headers", "queryParams"))


def _apart(one: Any, other: Any) -> bool:
    values = {entry["name"]: entry["value"] for entry in one if entry.get("type", "Exact") == "Exact"}
    return any(
        values.get(entry["name"], entry["value"]) != entry["value"]
        for entry in other
        if entry.get("type", "Exact") == "Exact"
    )


def _path(match: dict[str, Any]) -> tuple[str, str]:
    path = match.get("path")
    return (path["type"], path["value"]) if path else ("PathPrefix", "/")


@lru_cache(maxsize=65536)
def _paths_meet(one: tuple[str, str], other: tuple[str, str]) -> bool:
    """False only where no path can be taken by both."""
    if one[0] == "Exact":
        return _takes(other, one[1])
    if other[0] == "Exact":
        return _takes(one, other[1])
    mine, theirs = _stem(one), _stem(other)
    return mine.startswith(theirs) or theirs.startswith(mine)


def _takes(path: tuple[str, str], text: str) -> bool:
    kind, value = path
    if kind == "Exact":
        return text == value
    if kind == "PathPrefix":
        stem = value.rstrip("/")
        return text == stem or text.startswith(stem + "/")
    pattern = compiled(value)
    return pattern is None or pattern.fullmatch(text) is not None


@lru_cache(maxsize=65536)
def _stem(path: tuple[str, str]) -> str:
    """The text that every path taken starts with (lower case, as expressions may ignore case)."""
    kind, value = path
    if kind == "PathPrefix":
        return value.rstrip("/").lower()
    return literal_start(value)
