"""DSLX, the conditions of Rules: order, and what they mean to a request.

alb: utils/dsl.go:36-75, pkg/apis/alauda/v1/types.go:300-334, template/nginx/lua/match_engine/{dsl,operation}.lua.
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.routing.regex import quoted
from converter.sources.alauda_alb.conditions import CookieCondition, HeaderCondition, ParamCondition, SourceCondition
from converter.sources.alauda_alb.dslx_terms import (
    ALWAYS,
    ARGUMENTS,
    WITH_KEY,
    WITHOUT_KEY,
    error_row,
    evaluated,
    may_fail,
)
from converter.sources.alauda_alb.sourced_value import Term

NEVER = Condition("method", "", (ValueMatcher("never"),))
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
REGEX_CHARACTERS = frozenset("^$():?[]*\\")


class DslxError(ValueError):
    """A condition that costs more than itself; the message says what happens."""


class DslxMatcher(NamedTuple):
    """One way to take a request. `broken`: evaluating the conditions gets here and fails, so the client gets 500."""

    hosts: tuple[ValueMatcher, ...]
    match: Match
    broken: bool = False


def parse(value: Any) -> tuple[Term, ...] | None:
    """`spec.dslx`; None where a Rule has none."""
    if not isinstance(value, list):
        return None
    terms = []
    for entry in value:
        if isinstance(entry, dict):
            rows = entry.get("values")
            read = (
                tuple(tuple(str(item) for item in row) for row in rows if isinstance(row, list))
                if isinstance(rows, list)
                else ()
            )
            terms.append(Term(str(entry.get("type", "")), read, str(entry.get("key") or "")))
    return tuple(terms)


def of_path(host: str, path: str, path_type: str | None) -> tuple[Term, ...]:
    """What an Ingress path becomes (alb: ingress/ingress_sync.go:847-907)."""
    terms = []
    if path:
        if path_type == "Exact":
            terms.append(Term("URL", (("EQ", path),)))
        elif path_type != "Prefix" and not REGEX_CHARACTERS.isdisjoint(path):
            terms.append(Term("URL", (("REGEX", path if path.startswith("^") else f"^{path}"),)))
        else:
            terms.append(Term("URL", (("STARTS_WITH", path),)))
    if host:
        terms.append(Term("HOST", (("ENDS_WITH" if host.startswith("*") else "EQ", host),)))
    return tuple(terms)


def internal(terms: tuple[Term, ...]) -> list[Any]:
    """The prefix expression of the policy; DslxError where the Rule is dropped, or stops the whole ALB."""
    out: list[Any] = ["AND"] if len(terms) > 1 else []
    for term in terms:
        if not term.rows:
            continue
        if len(term.rows) == 1:
            if not term.rows[0]:
                raise DslxError("an empty row of conditions stops the whole ALB from taking new configuration")
            out.append(_expression(term, term.rows[0]))
        elif any(len(row) < 2 for row in term.rows):
            raise DslxError("one of several rows has no argument, so Alauda ALB drops the Rule")
        else:
            out.append(["OR", *(_expression(term, row) for row in term.rows)])
    return out


def _expression(term: Term, row: tuple[str, ...]) -> list[str]:
    return [row[0], term.type, *([term.key] if term.key else []), *row[1:]]


def length(expression: list[Any]) -> int:
    """Bytes of its JSON as Go writes it."""
    if not expression:
        return 4
    written = _ENCODE(expression)
    size = len(written) if written.isascii() else len(written.encode("utf-8", "surrogatepass"))
    return size + 5 * sum(written.count(char) for char in "<>&")


def weight(terms: tuple[Term, ...]) -> int:
    """The computed priority; DslxError where the controller panics."""
    total = 0
    for term in terms:
        if term.type == "HOST":
            if not term.rows:
                raise DslxError("a HOST condition without values stops the whole ALB from taking new configuration")
            total += {"EQ": 50000, "IN": 50000, "ENDS_WITH": 10000}.get(term.rows[0][0], 0)
        elif term.type == "URL":
            total += sum(map(_path_weight, term.rows))
        else:
            total += 100 * len(term.rows)
    return total


def _path_weight(row: tuple[str, ...]) -> int:
    if row[0] == "EQ":
        return 2000
    if row[0] not in ("STARTS_WITH", "REGEX"):
        return 0
    if len(row) < 2:
        raise DslxError(f"URL {row[0]} without argument stops the whole ALB from taking new configuration")
    return 1000 + len(row[1].encode("utf-8", "surrogatepass")) + (2 if row[0] == "STARTS_WITH" else 0)


def matchers(terms: tuple[Term, ...]) -> list[DslxMatcher]:
    """What the conditions ask for, in order. An unknown operator is a Lua error for every request that reaches it."""
    stated = tuple(term for term in terms if term.rows)
    if not stated:
        return [DslxMatcher((), Match())] if len(terms) > 1 else []
    if all(len(term.rows) == 1 and _is_host_or_path(term) for term in stated):
        return [DslxMatcher(*_combined(stated))]
    return _alternatives((), stated)


def _is_host_or_path(term: Term) -> bool:
    return term.type in ("URL", "HOST") and not term.key and term.rows[0][0] in ARGUMENTS


def _alternatives(done: tuple[Term, ...], left: tuple[Term, ...]) -> list[DslxMatcher]:
    """One matcher for each way to fulfil the terms; those that only fail come before what the terms behind them ask."""
    if not left:
        return [DslxMatcher(*_combined(done))]
    term, rest = left[0], left[1:]
    choices = evaluated(term)
    if len(choices) > 1:
        return [one for choice in choices for one in _alternatives(done, (choice, *rest))]
    term, bad = choices[0], error_row(choices[0])
    if bad is not None and term.rows[bad][0] in ALWAYS:
        return _alternatives(done, rest)
    if bad is None:
        failing = [_failing(done, term)] if may_fail(term) and any(one.type in ("HOST", "URL") for one in rest) else []
        return failing + _alternatives((*done, term), rest)
    sound = Term(term.type, term.rows[:bad], term.key)
    denied = (_condition(sound, negate=True),) if sound.rows else ()
    hosts, match = _combined(done)
    out = [DslxMatcher(hosts, Match(match.paths, match.conditions + denied), broken=True)]
    return out + (_alternatives((*done, sound), rest) if sound.rows else [])


def _failing(done: tuple[Term, ...], term: Term) -> DslxMatcher:
    """Takes nothing, but fails where evaluating a parameter does, before the host and the path are compared."""
    hosts, match = _combined(done)
    return DslxMatcher(hosts, Match(match.paths, (*match.conditions, _condition(term), NEVER)), broken=True)


def _combined(terms: tuple[Term, ...]) -> tuple[tuple[ValueMatcher, ...], Match]:
    hosts: tuple[ValueMatcher, ...] = ()
    paths: tuple[ValueMatcher, ...] = ()
    conditions = []
    for term in terms:
        if term.type == "HOST" and not hosts:
            hosts = () if any(row == ("EXIST",) for row in term.rows) else _tests(term)
        elif term.type == "URL" and not paths:
            paths = _tests(term)
        else:
            conditions.append(_condition(term))
    return hosts, Match(paths, tuple(conditions))


def _condition(term: Term, negate: bool = False) -> Condition:
    if term.type not in (*WITH_KEY, *WITHOUT_KEY):
        return Condition("method", "", NEVER.tests, "any", negate)
    tests = _tests(term)
    if term.type == "HEADER":
        if "-" in term.key:
            return HeaderCondition("header", term.key.lower(), (ValueMatcher("never"),), "any", negate)
        return HeaderCondition("header", term.key.lower().replace("_", "-"), tests, "any", negate)
    if term.type == "PARAM":
        return ParamCondition("query", term.key, tests, "single", negate)
    if term.type == "COOKIE":
        return CookieCondition("cookie", term.key, tests, "first", negate)
    if term.type == "SRC_IP":
        return SourceCondition("source", "", tests, "any", negate)
    subject = {"HOST": "host", "URL": "path", "METHOD": "method"}[term.type]
    return Condition(subject, "", tests, "any", negate)


def _tests(term: Term) -> tuple[ValueMatcher, ...]:
    tests = [test for row in term.rows for test in _row_tests(term, row)]
    return tuple(tests) or (ValueMatcher("never"),)


def _row_tests(term: Term, row: tuple[str, ...]) -> list[ValueMatcher]:
    operator, arguments = row[0], row[1:]
    if term.type == "HOST" and operator in ("EQ", "IN"):
        good = len(arguments) == 1 or operator == "IN"
        return [_host(value) for value in arguments] if good else []
    if ARGUMENTS[operator] not in (-1, len(arguments)):
        return []
    if operator in ("EQ", "IN"):
        return [ValueMatcher("exact", value) for value in arguments]
    if operator == "ENDS_WITH":
        label = term.type == "HOST" and arguments[0].startswith("*.")
        return [ValueMatcher("label" if label and arguments[0].islower() else "ends", arguments[0])]
    if operator == "RANGE":
        return [ValueMatcher("range", "\0".join(arguments))]
    if operator == "EXIST":
        return [ValueMatcher("present")]
    return [ValueMatcher("prefix" if operator == "STARTS_WITH" else "search", arguments[0])]


def _host(value: str) -> ValueMatcher:
    """Compared with the lower-case host; a wildcard is literal here: only a Host of just this text matches."""
    if value != value.lower():
        return ValueMatcher("never", value)
    return ValueMatcher("regex", quoted(value)) if "*" in value else ValueMatcher("exact", value)
