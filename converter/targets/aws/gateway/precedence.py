"""The order in which the controller puts the rules of a listener, and where that is not the order of the table.

lbc: pkg/gateway/routeutils/route_rule_precedence.go: host (exact, wildcards by labels and length, none), then Exact
before PathPrefix before RegularExpression, longer before shorter, with a method, with more headers, with more query
parameters; then the older route, its name, and the place in it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from converter.routing.host_names import covers
from converter.routing.matchers import glob_pattern
from converter.routing.table import Rule
from converter.targets.gateway_api.http_route.rule_order import Key, Ordered, matters

_RANKS = {"Exact": 0, "PathPrefix": 1, "RegularExpression": 2}


def match_key(match: dict[str, Any]) -> Key:
    """Lower comes first, among rules of one host."""
    path = match["path"]
    return (
        _RANKS[path["type"]],
        -len(path["value"]),
        0 if "method" in match else 1,
        -len(match.get("headers", ())),
        -len(match.get("queryParams", ())),
        0,
    )


def entry(match: dict[str, Any], rule: Rule, route: str) -> Ordered:
    """A match in its place; for the question which requests it takes, wildcards stand as expressions."""
    seen = match
    path = match["path"]
    if path["type"] == "Exact" and "*" in path["value"]:
        seen = match | {"path": {"type": "RegularExpression", "value": glob_pattern(path["value"])}}
    for group in ("headers", "queryParams"):
        if any(set(",*?\\") & set(one["value"]) for one in match.get(group, ())):
            seen = seen | {group: [one | {"type": "RegularExpression"} for one in match[group]]}
    return Ordered(seen, rule, match_key(match), route)


def swapped(
    mine: list[Ordered], general: list[tuple[str, int, Ordered]], host: str, position: dict[int, int]
) -> Iterator[tuple[Rule, Rule]]:
    """Pairs of rules that some request is taken by, in the order of the table, that the controller would swap.

    `mine`: matches of this host. `general`: those of wider hosts, with their host and place in the table.
    """
    keys = [(one.key, one.route) for one in mine]
    if any(before > after for before, after in pairwise(keys)):
        for late in range(len(mine)):
            for early in range(late):
                if keys[early] > keys[late] and matters(mine[early], mine[late]):
                    yield mine[early].rule, mine[late].rule
    last = max((position[id(one.rule)] for one in mine), default=0)
    for wide, place, other in general:
        if wide == host or place > last or not covers(wide, host):
            continue  # the narrower host comes first, as the controller has it
        for one in mine:
            if position[id(one.rule)] > place and matters(other, one):
                yield other.rule, one.rule
