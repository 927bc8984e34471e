"""Conditions of a rule as header, query and method matches; cookies by way of an HTTPRouteFilter."""

from __future__ import annotations

import re
from itertools import product
from typing import Any, NamedTuple

from converter.model import Outcome
from converter.model.request_kind import named
from converter.packs.capabilities import Capabilities
from converter.routing.header_names import is_token
from converter.routing.matchers import Condition, ValueMatcher, glob_pattern
from converter.routing.regex import quoted, re2_problem
from converter.targets.gateway_api.http_route.path_patterns import anchored, full_match
from converter.targets.gateway_api.http_route.write_paths import dialect

METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
MOST_COOKIES = 2
"""Values of a cookie that are listed, each by itself; more become one expression: an HTTPRouteFilter has 8 matches."""
_VALUE = re.compile(r"^[!-~]+([\t ]?[!-~]+)*$")

ADDRESS = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
"""What Envoy puts for the address of the connection, in a header that clients cannot choose (measured with 1.39)."""


class Demand(NamedTuple):
    """One way to fulfil all conditions: fields of a match, and cookies."""

    fields: dict[str, Any]
    cookies: tuple[dict[str, Any], ...] = ()


class Demands(NamedTuple):
    """All ways; none at all where nothing can be written, `outcome` says why or what is lost."""

    ways: list[Demand]
    outcome: Outcome | None = None
    sources: tuple[str, ...] = ()
    """Networks that clients must come from, which no match can say."""


FREE = Demands([Demand({})])


def demands(conditions: tuple[Condition, ...], scheme: str, capabilities: Capabilities) -> Demands:
    """What the conditions of a rule become on a port of this scheme."""
    if not conditions:
        return FREE
    axes: list[list[tuple[str, Any]]] = []
    sources: tuple[str, ...] = ()
    lost: Outcome | None = None
    for condition in conditions:
        if condition.subject == "scheme":
            if any(test.holds(scheme) for test in condition.tests) == condition.negate:
                return Demands([])
            continue
        if capabilities.forwarded_proto and _always_sent(condition):
            if condition.negate:
                return Demands([])
            continue
        if condition.subject == "source" and not condition.negate and not sources:
            sources = tuple(test.value for test in condition.tests if test.op == "cidr")
            if len(sources) == len(condition.tests):
                continue
        axis = _axis(condition, capabilities)
        if isinstance(axis, Outcome):
            return Demands([], axis)
        lost = lost or unknown_methods(condition) or _multiple(condition) or _cookie_name(condition)
        if not capabilities.envoy_paths and any(_is_expression(value) for _, value in axis):
            lost = lost or dialect("condition", f"{condition.subject} {condition.key}")
        axes.append(axis)
    ways = []
    for combination in product(*axes):
        way = _combined(combination)
        if way is None:
            return Demands([], _problem("one header or parameter must have two values at once"))
        ways.append(way)
    return Demands(ways, lost, sources)


def _always_sent(condition: Condition) -> bool:
    """Envoy gives every request an X-Forwarded-Proto, that of the listener where none came."""
    return (
        condition.subject == "header"
        and condition.key.lower() == "x-forwarded-proto"
        and all(test.op == "present" for test in condition.tests)
    )


def _problem(message: str) -> Outcome:
    return Outcome.unsupported(
        "condition.no-match",
        f"{message}, which no route can; the rule is left out",
        "express it in the application, or with an EnvoyPatchPolicy",
    )


def unknown_methods(condition: Condition) -> Outcome | None:
    """Methods that are left out of a match, because Gateway API does not know them."""
    if condition.subject != "method":
        return None
    names = [test.value.upper() if test.ignore_case else test.value for test in condition.tests if test.op == "exact"]
    unknown = [name for name in names if name not in METHODS]
    if not unknown:
        return None
    return Outcome.manual(
        "condition.unknown-method",
        f"Gateway API does not know the method {', '.join(unknown)}, so no match names it: such requests go on to the "
        "next rule",
        "refuse the method in the application, or with an authorization rule of a SecurityPolicy",
    )


def _is_expression(value: Any) -> bool:
    return isinstance(value, dict) and value.get("type") == "RegularExpression"


def _multiple(condition: Condition) -> Outcome | None:
    """Envoy: any of several header values counts, of query parameters the first."""
    if condition.subject == "query" and condition.ignore_case:
        return Outcome.approximate(
            "condition.query-case",
            f"the parameter name {condition.key} matches in this letter case only (was: in any letter case)",
        )
    if condition.subject in ("cookie", "method") or condition.pick == "any":
        return None
    if condition.subject == "query" and condition.pick == "first":
        return None
    return Outcome.approximate(
        "condition.repeated-values",
        f"where {condition.subject} {condition.key} is sent more than once, another of its values is matched",
        "check whether clients send it twice",
        when=named("repeated"),
    )


def _cookie_name(condition: Condition) -> Outcome | None:
    """nginx finds a cookie by its name in any case, Envoy in this one."""
    if condition.subject != "cookie" or not condition.ignore_case:
        return None
    return Outcome.approximate(
        "conditions.cookie-name-case",
        f"The name of the cookie {condition.key} is matched case-sensitively (was: in any case).",
        "Let clients send the name as it is written here.",
        affects={"status", "backends", "host", "path", "location"},
        when=named("cookie"),
    )


def _axis(condition: Condition, capabilities: Capabilities) -> list[tuple[str, Any]] | Outcome:
    if condition.negate:
        return _problem(f"the rule requires that {condition.subject} {condition.key} does NOT have a value")
    if condition.subject == "method":
        plain = [test for test in condition.tests if test.op == "exact"]
        names = [test.value.upper() if test.ignore_case else test.value for test in plain]
        known = [("method", name) for name in names if name in METHODS]
        return known or _problem(f"the rule matches the method {', '.join(names) or 'by a pattern'}")
    if condition.subject == "query" and not condition.key:
        values = ", ".join(test.value for test in condition.tests)
        return Outcome.unsupported(
            "condition.no-match",
            f"no route can match a query value without its key ({values}); requests that only this takes go on to the "
            "next rule",
            "name the parameter, or look at the query in the application",
        )
    if condition.subject == "source":
        return _by_address(condition, capabilities)
    if condition.subject not in ("header", "query", "cookie") or not condition.key:
        return _problem(f"the rule looks at any {condition.subject}")
    if condition.subject == "cookie" and not capabilities.route_filters:
        return _problem(f"the rule looks at the cookie {condition.key}")
    return _values(condition, capabilities)


def _by_address(condition: Condition, capabilities: Capabilities) -> Outcome:
    """No match names an address. A header that Envoy sets could, but only for whoever knows what is in front of it."""
    addresses = ", ".join(test.value.replace("\0", "-") for test in condition.tests)
    hint = "let the application, or a proxy in front of the Gateway, decide by the address"
    if capabilities.policies:
        hint = (
            "where clients connect to Envoy directly or by PROXY protocol, write the rule by hand: set a header to "
            f"{ADDRESS} by earlyRequestHeaders of a ClientTrafficPolicy and match it in the HTTPRoute; behind an HTTP "
            "balancer that is the balancer's address, which would let everybody in"
        )
    return Outcome.unsupported(
        "condition.client-address",
        f"the rule is for the client addresses {addresses}, for which Gateway API has no match; the rule is left out, "
        "and its requests go to the next rule",
        hint,
    )


def _values(condition: Condition, capabilities: Capabilities) -> list[tuple[str, Any]] | Outcome:
    subject = condition.subject
    if subject == "header" and not is_token(condition.key):
        return _problem(f"{condition.key!r} is not a header name")
    exact = [test for test in condition.tests if _is_exact(test, subject)]
    if subject == "cookie" and len(exact) > MOST_COOKIES:
        exact = []
    patterns = [_pattern(test) for test in condition.tests if test not in exact and not _is_never(test)]
    if None in patterns:
        return _problem(f"the values of {subject} {condition.key} are compared in a controller-specific way")
    axis: list[tuple[str, Any]] = [(subject, {"name": condition.key, "value": test.value}) for test in exact]
    if patterns:
        text = [one for one in patterns if one is not None]
        pattern = text[0] if len(text) == 1 else "|".join(f"(?:{one})" for one in text)
        problem = re2_problem(pattern)
        if problem:
            return _problem(f"the pattern for {subject} {condition.key} has {problem}")
        value = pattern if capabilities.envoy_paths else anchored(pattern)
        axis.append((subject, {"type": "RegularExpression", "name": condition.key, "value": value}))
    return axis


def _is_exact(test: ValueMatcher, subject: str) -> bool:
    plain = test.op == "exact" and not test.ignore_case and test.value != ""
    return plain and (subject == "query" or bool(_VALUE.match(test.value)))


def _is_never(test: ValueMatcher) -> bool:
    return test.op == "never" or (test.op == "ends" and len(test.value) == 1)


def _pattern(test: ValueMatcher) -> str | None:
    flag = "(?i)" if test.ignore_case else ""
    if test.op == "exact":
        return flag + quoted(test.value)
    if test.op in ("prefix", "suffix"):
        return flag + (quoted(test.value) + ".*" if test.op == "prefix" else ".*" + quoted(test.value))
    if test.op == "glob":
        return flag + glob_pattern(test.value)
    if test.op == "regex":
        return flag + test.value
    if test.op == "search":
        return full_match(test.value, test.ignore_case)
    if test.op == "ends":
        return f"[^.]*.{quoted(test.value[1:])}" if test.value else ""
    return ".*" if test.op == "present" else None


def _combined(combination: tuple[tuple[str, Any], ...]) -> Demand | None:
    fields: dict[str, Any] = {}
    cookies: list[dict[str, Any]] = []
    for subject, value in combination:
        if subject == "method":
            if fields.setdefault("method", value) != value:
                return None
        elif subject == "cookie":
            cookies.append({"type": "Exact"} | value)
        else:
            group = fields.setdefault("headers" if subject == "header" else "queryParams", [])
            name = value["name"].lower() if subject == "header" else value["name"]
            if name in {one["name"].lower() if subject == "header" else one["name"] for one in group}:
                return None
            group.append(value)
    return Demand(fields, tuple(cookies))
