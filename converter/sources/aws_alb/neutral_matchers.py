"""ALB conditions as neutral matchers. Hosts, headers and queries ignore case, paths and methods do not (AWS)."""

from __future__ import annotations

from itertools import product
from typing import Any, NamedTuple

from converter.routing.matchers import Condition, Match, ValueMatcher


class Matchers(NamedTuple):
    """Hosts, and one match for each combination of alternatives that one match cannot hold."""

    hosts: tuple[ValueMatcher, ...]
    matches: tuple[Match, ...]


def matchers(conditions: list[dict[str, Any]]) -> Matchers:
    """The conditions of one ALB rule: all must hold, any value of each."""
    hosts: tuple[ValueMatcher, ...] = ()
    paths: tuple[ValueMatcher, ...] = ()
    fixed: list[Condition] = []
    choices: list[list[Condition]] = []
    for condition in conditions:
        field = condition["field"]
        if field == "host-header":
            hosts = host_tests(condition)
        elif field == "path-pattern":
            paths = path_tests(condition)
        elif field == "query-string":
            choices.append(_queries(condition["values"]))
        else:
            fixed.append(_condition(field, condition))
    matches = tuple(Match(paths, (*fixed, *some)) for some in product(*choices))
    return Matchers(hosts, matches)


def host_tests(condition: dict[str, Any]) -> tuple[ValueMatcher, ...]:
    """`*` is any text, dots and none at all included."""
    if "regex_values" in condition:
        return tuple(ValueMatcher("search", value, True) for value in condition["regex_values"])
    return _tests(condition["values"])


def _wild(text: str) -> bool:
    return "*" in text or "?" in text


def path_tests(condition: dict[str, Any]) -> tuple[ValueMatcher, ...]:
    """Patterns in the plainest form of that meaning: `/a` with `/a/*` is a segment prefix, `/a/*` alone a prefix."""
    if "regex_values" in condition:
        return tuple(ValueMatcher("search", value) for value in condition["regex_values"])
    values = condition["values"]
    out: list[ValueMatcher] = []
    for value in values:
        if value == "/*":
            out.append(ValueMatcher("segment", "/"))
        elif not _wild(value):
            segment = f"{value}/*" in values and value.rstrip("/") == value and value != ""
            out.append(ValueMatcher("segment" if segment else "exact", value))
        elif value.endswith("*") and not _wild(value[:-1]):
            stem = value[:-2]
            if value.endswith("/*") and stem in values and stem.rstrip("/") == stem:
                continue  # said by its stem
            out.append(ValueMatcher("prefix", value[:-1]))
        else:
            out.append(ValueMatcher("glob", value))
    return tuple(dict.fromkeys(out))


def _tests(values: list[str], ignore_case: bool = True) -> tuple[ValueMatcher, ...]:
    return tuple(ValueMatcher("glob" if _wild(value) else "exact", value, ignore_case) for value in values)


def _condition(field: str, condition: dict[str, Any]) -> Condition:
    if field == "http-header":
        regexes = condition.get("regex_values")
        tests = (
            tuple(ValueMatcher("search", value, True) for value in regexes) if regexes else _tests(condition["values"])
        )
        return Condition("header", condition["name"].lower(), tests)
    if field == "http-request-method":
        return Condition("method", "", tuple(ValueMatcher("exact", value) for value in condition["values"]))
    return Condition("source", "", tuple(ValueMatcher("cidr", value) for value in condition["values"]))


def _queries(pairs: list[dict[str, str]]) -> list[Condition]:
    """One demand for each name; a value without name may stand under any."""
    by_key: dict[str, list[str]] = {}
    for pair in pairs:
        by_key.setdefault(pair.get("key", ""), []).append(pair["value"])
    return [Condition("query", key, _tests(values), ignore_case=True) for key, values in by_key.items()]
