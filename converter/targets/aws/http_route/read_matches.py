"""Matches as conditions of ALB rules, and their order (lbc: route_rule_condition.go, route_rule_precedence.go)."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.reading.manifests import mapping, mappings
from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.targets.resources import Body, Manifest, sequence, text

_RANKS = {"Exact": 3, "PathPrefix": 2, "RegularExpression": 1}


class ConditionPlace(NamedTuple):
    """Where a rule of the ALB comes from; `*` is any host."""

    host: str
    rule: int
    match: int


def path_of(match: Body, conditions: tuple[Condition, ...]) -> Match:
    """The whole match. An Exact path is handed on as it is, so that `*` and `?` are wildcards."""
    path = mapping(match.get("path"))
    kind, value = text(path.get("type"), "PathPrefix"), text(path.get("value"), "/")
    if kind == "RegularExpression":
        test = ValueMatcher("search", value)
    elif kind == "Exact":
        test = ValueMatcher("glob" if "*" in value or "?" in value else "exact", value)
    else:
        test = ValueMatcher("segment", value)
    return Match((test,), conditions)


def conditions_of(match: Body, configuration: Body, index: int) -> tuple[Condition, ...]:
    """Headers, parameters, method, and source addresses of the rule's own configuration."""
    out: list[Condition] = []
    for one in mappings(match.get("headers")):
        name, value = text(one.get("name")).lower(), text(one.get("value"))
        if one.get("type") == "RegularExpression":
            tests: tuple[ValueMatcher, ...] = (ValueMatcher("search", value, True),)
        else:
            tests = tuple(_wild(part) for part in split(value))
        out.append(Condition("header", name, tests))
    for one in mappings(match.get("queryParams")):
        out.append(Condition("query", text(one.get("name")), (_wild(text(one.get("value"))),), ignore_case=True))
    if match.get("method"):
        out.append(Condition("method", "", (ValueMatcher("exact", text(match["method"])),)))
    for one in mappings(configuration.get("conditions")):
        indexes = one.get("matchIndexes")
        if one.get("field") == "source-ip" and (indexes is None or index in sequence(indexes)):
            values = sequence(mapping(one.get("sourceIPConfig")).get("values"))
            out.append(Condition("source", "", tuple(ValueMatcher("cidr", str(value)) for value in values)))
    return tuple(out)


def _wild(value: str) -> ValueMatcher:
    return ValueMatcher("glob" if "*" in value or "?" in value else "exact", value, True)


def split(value: str) -> list[str]:
    """The values of a header: separated by commas, a backslash takes the next character as it is."""
    out, current, at = [], "", 0
    while at < len(value):
        if value[at] == "\\" and at + 1 < len(value):
            at += 1
            current += value[at]
        elif value[at] == ",":
            out.append(current)
            current = ""
        else:
            current += value[at]
        at += 1
    return [*out, current]


def order_of(route: Manifest, place: ConditionPlace, match: Body) -> tuple[Any, ...]:
    """What rules are sorted by, ascending."""
    path = mapping(match.get("path"))
    host = "" if place.host == "*" else place.host
    rank = 2 if not host else 1 if host.startswith("*.") else 0
    return (
        rank,
        -host.count("."),
        -len(host),
        -_RANKS.get(text(path.get("type"), "PathPrefix"), 0),
        -len(text(path.get("value"), "/")),
        0 if match.get("method") else 1,
        -len(mappings(match.get("headers"))),
        -len(mappings(match.get("queryParams"))),
        route.age[0],
        f"{route.namespace}/{route.name}",
        place.rule,
        place.match,
        host,
    )
