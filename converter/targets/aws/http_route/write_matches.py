"""Paths and conditions of a rule as matches that the controller turns into conditions of an ALB rule.

lbc: pkg/gateway/routeutils/route_rule_condition.go: an Exact path is handed to the ALB as it is, so that `*` in it is a
wildcard; a PathPrefix with a wildcard stops the whole Gateway; a header value is a list with commas; a query parameter
is compared with wildcards whatever its type says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import product
from typing import Any, NamedTuple

from converter.model import Outcome
from converter.model.request_kind import named
from converter.routing.matchers import Condition, ValueMatcher, glob_pattern
from converter.routing.regex import quoted
from converter.targets.gateway_api.http_route.path_patterns import full_match
from converter.targets.gateway_api.http_route.write_conditions import METHODS, unknown_methods
from converter.targets.gateway_api.http_route.write_paths import LONGEST, PathMatch, encoded, path_match

_GLOB = re.compile(r"^/(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})*$")
_REFUSED = re.compile(r"//|/\./|/\.\./|%2[fF]|/\.\.$|/\.$")
_TOKEN = re.compile(r"^[A-Za-z0-9!#$%&'*+\-.^_`|~]+$")
ANY = {"type": "PathPrefix", "value": "/"}
LATE_ANY = {"type": "RegularExpression", "value": ".*"}
"""Every path, but behind all other regular expressions (lbc: route_rule_precedence.go: type, then length)."""
VALUES_OF_ONE, VALUES_OF_ALL = 3, 5
"""Values in one condition and in all conditions of an ALB rule (AWS)."""


Axis = list[tuple[str, Any]]
"""Alternatives of one condition: the part of a match, and what it says."""


class Ways(NamedTuple):
    """All ways to fulfil the conditions of a rule, as fields of a match; addresses that clients must come from."""

    ways: list[dict[str, Any]]
    sources: tuple[str, ...] = ()
    outcomes: tuple[Outcome, ...] = ()


def path_for(test: ValueMatcher, decoded: bool, same_engine: bool) -> PathMatch:
    """The path match for a test. `same_engine`: an ALB reads the expression before, too."""
    op, value = test.op, test.value
    if test.ignore_case and op not in ("search", "regex"):
        return PathMatch(None, _path_problem("compares paths without regard to case"))
    if op in ("exact", "segment"):
        return _literal(test, decoded)
    if op == "present" or (op in ("prefix", "glob") and value in ("", "/", "*", "/*")):
        return PathMatch(ANY)
    if op == "prefix":
        value = encoded(value, decoded)
        return _glob(f"{value}*", f"{quoted(value)}.*") if "*" not in value else _regex(f"{quoted(value)}.*")
    if op == "glob":
        return _glob(value, glob_pattern(value))
    if op == "search":
        return _searched(test, same_engine)
    if op == "regex":
        return _regex(test.value, test.ignore_case)
    if op in ("suffix", "ends"):
        return _regex(f"{'.*' if op == 'suffix' else '[^.]*.'}{quoted(value if op == 'suffix' else value[1:])}")
    if op == "never":
        return path_match(test, decoded, strict=True)
    return PathMatch(None, _path_problem(f"compares paths in a controller-specific way ({op} {value!r})"))


def _literal(test: ValueMatcher, decoded: bool) -> PathMatch:
    if "*" in test.value:
        value = quoted(encoded(test.value, decoded))
        return _regex(value if test.op == "exact" else f"{value.rstrip('/')}(?:/.*)?")
    found = path_match(test, decoded, strict=True)
    if found.match is None or found.match["type"] != "RegularExpression":
        return found
    return PathMatch({"type": "RegularExpression", "value": f"^{found.match['value']}$"}, found.outcome)


def _glob(value: str, pattern: str) -> PathMatch:
    if _GLOB.match(value) and not _REFUSED.search(value) and len(value) <= LONGEST:
        return PathMatch({"type": "Exact", "value": value})
    return _regex(pattern)


def _searched(test: ValueMatcher, same_engine: bool) -> PathMatch:
    if same_engine and not test.ignore_case and test.value and len(test.value) <= LONGEST:
        return PathMatch({"type": "RegularExpression", "value": test.value})
    return _regex(full_match(test.value), test.ignore_case)


def _regex(pattern: str, ignore_case: bool = False) -> PathMatch:
    """Anchored on both ends, so that it does not matter how the engine looks for it."""
    value = (
        f"{'(?i)' if ignore_case else ''}^(?:{pattern})$"
        if "|" in pattern
        else (f"{'(?i)' if ignore_case else ''}^{pattern}$")
    )
    if len(value) > LONGEST:
        return PathMatch(None, _path_problem(f"would need an expression of {len(value)} characters"))
    outcome = None
    if ignore_case:
        outcome = Outcome.approximate(
            "path.regex-case",
            "whether the load balancer's engine knows the flag (?i) is not documented",
            "try it before the switch",
        )
    return PathMatch({"type": "RegularExpression", "value": value}, outcome)


def _path_problem(what: str) -> Outcome:
    return Outcome.unsupported(
        "path.no-match",
        f"the rule {what}, which an ALB cannot; it is left out",
        "split it into paths that an ALB can name",
    )


def ways_for(conditions: tuple[Condition, ...], scheme: str, room: int) -> Ways:
    """What the conditions become. `room`: values that hosts and paths leave for the other conditions."""
    axes: list[Axis] = []
    sources: tuple[str, ...] = ()
    outcomes: list[Outcome] = []
    room -= len(conditions) - 1
    for condition in conditions:
        if condition.subject == "scheme":
            if any(test.holds(scheme) for test in condition.tests) == condition.negate:
                return Ways([])
            continue
        if condition.subject == "source" and not condition.negate and not sources:
            sources = tuple(test.value for test in condition.tests if test.op == "cidr")
            if len(sources) == len(condition.tests):
                continue
        axis = _axis(condition, max(1, min(VALUES_OF_ONE, room)))
        if isinstance(axis, Outcome):
            return Ways([], (), (axis,))
        unknown = unknown_methods(condition)
        outcomes += [*([unknown] if unknown else []), *_losses(condition)]
        axes.append(axis)
    ways = []
    for combination in product(*axes):
        way = _combined(combination)
        if way is None:
            return Ways([], (), (_problem("the rule has two conditions on one header or parameter"),))
        ways.append(way)
    return Ways(ways, sources, tuple(outcomes))


def _problem(what: str) -> Outcome:
    return Outcome.unsupported(
        "condition.no-match",
        f"{what}, which the controller cannot express; the rule is left out",
        "express it in the application",
    )


def _axis(condition: Condition, most: int) -> Axis | Outcome:
    if condition.negate:
        return _problem(f"the rule requires that {condition.subject} {condition.key} does NOT have a value")
    if condition.subject == "method":
        names = [test.value for test in condition.tests if test.op == "exact" and test.value in METHODS]
        return [("method", name) for name in names] or _problem("the rule matches a method that no route can name")
    if condition.subject == "header" and _TOKEN.match(condition.key):
        return _header(condition, most)
    if condition.subject == "query" and (not condition.key or _TOKEN.match(condition.key)):
        return _query(condition)
    return _problem(f"the rule looks at {condition.subject} {condition.key}")


def _header(condition: Condition, most: int) -> Axis | Outcome:
    globs, patterns = [], []
    for test in condition.tests:
        glob = _as_glob(test)
        if glob is not None:
            globs.append(re.sub(r"([\\,])", r"\\\1", glob))
        elif test.op in ("regex", "search"):
            patterns.append(test.value if test.op == "search" else f"^(?:{test.value})$")
        elif test.op in ("exact", "prefix", "suffix"):
            patterns.append(
                f"^{'.*' if test.op == 'suffix' else ''}{quoted(test.value)}{'.*' if test.op == 'prefix' else ''}$"
            )
        elif test.op != "never":
            return _problem(f"values of header {condition.key} are compared in a controller-specific way")
    lists = [",".join(globs[start : start + most]) for start in range(0, len(globs), most)]
    if any(not value for value in lists) or any(len(value) > 4096 for value in (*lists, *patterns)):
        return _problem(f"a value of header {condition.key} is empty or too long")
    return [("headers", {"name": condition.key, "value": value}) for value in lists] + [
        ("headers", {"type": "RegularExpression", "name": condition.key, "value": value}) for value in patterns
    ]


def _as_glob(test: ValueMatcher) -> str | None:
    """The test as text with wildcards; None where its own text has some, or where it is an expression."""
    if test.op == "glob":
        return test.value
    if test.op == "present":
        return "*"
    if "*" in test.value or "?" in test.value or test.op not in ("exact", "prefix", "suffix"):
        return None
    return f"{'*' if test.op == 'suffix' else ''}{test.value}{'*' if test.op == 'prefix' else ''}"


def _query(condition: Condition) -> Axis | Outcome:
    values = [_as_glob(test) for test in condition.tests if test.op != "never"]
    if any(not value or len(value) > 1024 for value in values):
        return _problem(f"values of parameter {condition.key} are empty or compared in a controller-specific way")
    return [("queryParams", {"name": condition.key or "*", "value": value}) for value in values]


def _losses(condition: Condition) -> Iterator[Outcome]:
    if condition.subject == "query" and not condition.key:
        yield Outcome.approximate(
            "condition.any-parameter",
            "the value matches under any name; it becomes the name *, which an ALB matches with any name",
            affects={"status", "backends", "location"},
            when=named("odd-parameter"),
        )
    cased = any(not test.ignore_case and test.value.lower() != test.value.upper() for test in condition.tests)
    if condition.subject in ("header", "query") and cased:
        yield Outcome.approximate(
            "condition.case",
            f"the value of {condition.subject} {condition.key} matches in any letter case",
            "check whether clients send values that differ in letter case only",
        )
    if condition.subject in ("header", "query") and condition.pick != "any":
        yield Outcome.approximate(
            "condition.repeated-values",
            f"where {condition.subject} {condition.key} is sent more than once, any of its values can match",
            "check whether clients send it twice",
        )


def _combined(combination: tuple[tuple[str, Any], ...]) -> dict[str, Any] | None:
    way: dict[str, Any] = {}
    for subject, value in combination:
        if subject == "method":
            if way.setdefault("method", value) != value:
                return None
            continue
        group = way.setdefault(subject, [])
        fold = str.lower if subject == "headers" else str
        if fold(value["name"]) in {fold(one["name"]) for one in group}:
            return None
        group.append(value)
    return way
