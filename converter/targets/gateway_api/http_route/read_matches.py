"""Matches of HTTP and gRPC routes, and where Envoy Gateway or the specification puts them in order.

envoy-gateway: internal/gatewayapi/sort.go, internal/gatewayapi/route.go processHTTPRouteRule, processGRPCRouteRule.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from converter.reading.manifests import mapping, mappings
from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.routing.regex import compiled, quoted, re2_problem
from converter.targets.resources import Body, text
from converter.targets.semantics import Semantics

Order = tuple[int, ...]

GRPC_SERVICE = r"(?i)\.?[a-z_][a-z_0-9]*(?:\.[a-z_][a-z_0-9]*)*"
GRPC_METHOD = r"[A-Za-z_][A-Za-z_0-9]*"


class InvalidMatchError(Exception):
    """A regular expression that RE2 refuses: the whole rule is dropped."""


class RouteMatcher(NamedTuple):
    """One match of one rule. `order` sorts ascending to the order in which Envoy tries routes."""

    match: Match
    order: Order
    prefix: str
    """Value of a PathPrefix as written; "" for other paths."""
    method: str


_PATHS: dict[tuple[str, str], ValueMatcher] = {}


def http_matcher(spec: Body, cookies: list[Body], semantics: Semantics) -> RouteMatcher:
    """A match of an HTTPRoute together with the cookies that an HTTPRouteFilter adds."""
    path = mapping(spec.get("path"))
    kind, value = text(path.get("type"), "PathPrefix"), text(path.get("value"), "/")
    test, rank, length = _path_test(kind, value)
    headers, method = spec.get("headers"), spec.get("method")
    query = spec.get("queryParams")
    if not headers and not method and not query and not cookies:
        return RouteMatcher(Match((test,)), (rank, -length, 0, 0, 0, 0, 0, 0), value if rank == 2 else "", "")
    conditions: list[Condition] = []
    counts = [_add(conditions, "header", mappings(headers), "any")]
    if method:
        conditions.append(Condition("method", "", (ValueMatcher("exact", str(method)),)))
        counts[0] = (counts[0][0] + 1, counts[0][1] + 1)
    counts.append(_add(conditions, "cookie", cookies, "any"))
    counts.append(_add(conditions, "query", mappings(query), "first"))
    order = _order(semantics, rank, length, counts, bool(method))
    return RouteMatcher(Match((test,), tuple(conditions)), order, value if rank == 2 else "", text(method))


def _order(semantics: Semantics, rank: int, length: int, counts: list[tuple[int, int]], method: bool) -> Order:
    (headers, exact_headers), (cookies, exact_cookies), (queries, exact_queries) = counts
    if not semantics.envoy:
        return (rank, -length, -int(method), int(method) - headers, -queries, 0, 0, 0)
    return (rank, -length, -headers, -exact_headers, -cookies, -exact_cookies, -queries, -exact_queries)


def _path_test(kind: str, value: str) -> tuple[ValueMatcher, int, int]:
    """The test, its rank (0 exact, 1 regex, 2 prefix) and the length that is compared."""
    if kind == "Exact":
        return ValueMatcher("exact", value), 0, len(value)
    if kind == "RegularExpression":
        _check(value)
        return ValueMatcher("regex", value), 1, len(value)
    if value == "/":
        return _ROOT, 2, 0
    return ValueMatcher("segment", value), 2, len(value)


_ROOT = ValueMatcher("segment", "/")


def _add(conditions: list[Condition], subject: str, specs: list[Body], pick: str) -> tuple[int, int]:
    """Append the conditions of one kind; how many there are, and how many are exact."""
    exact = 0
    for one in specs:
        name, value = text(one.get("name")), text(one.get("value"))
        key = name.lower() if subject == "header" else name
        if one.get("type") == "RegularExpression":
            _check(value)
            test = ValueMatcher("regex", value)
        else:
            exact += 1
            test = ValueMatcher("exact", value)
        conditions.append(Condition(subject, key, (_cookie(test) if subject == "cookie" else test,), pick))
    return len(specs), exact


def _cookie(test: ValueMatcher) -> ValueMatcher:
    """Envoy compares a cookie without the quotes around its value."""
    pattern = f"(?:{test.value})" if test.op == "regex" else quoted(test.value)
    return ValueMatcher("regex", f'{pattern}|"{pattern}"')


@lru_cache(maxsize=65536)
def _usable(pattern: str) -> bool:
    return re2_problem(pattern) is None and compiled(pattern) is not None


def _check(pattern: str) -> None:
    if not _usable(pattern):
        raise InvalidMatchError(pattern)


def grpc_matcher(spec: Body, cookies: list[Body], semantics: Semantics) -> RouteMatcher:
    """A match of a GRPCRoute: nothing but a path for Envoy; the content type is not looked at."""
    conditions: list[Condition] = []
    counts = [_add(conditions, "header", mappings(spec.get("headers")), "any")]
    counts += [_add(conditions, "cookie", cookies, "any"), (0, 0)]
    method = mapping(spec.get("method"))
    service, name = text(method.get("service")), text(method.get("method"))
    if method.get("type") == "RegularExpression" and (service or name):
        pattern = f"/{service or GRPC_SERVICE}/{name or GRPC_METHOD}"
        _check(pattern)
        test, rank, length = ValueMatcher("regex", pattern), 1, len(pattern)
    elif service and name:
        test, rank, length = ValueMatcher("exact", f"/{service}/{name}"), 0, len(service) + len(name) + 2
    elif service:
        test, rank, length = ValueMatcher("segment", f"/{service}"), 2, len(service) + 1
    elif name:
        # Envoy Gateway makes this a header match on :path, which counts as such
        test, rank, length = ValueMatcher("regex", f".*/{re.escape(name)}"), 2, 0
        counts[0] = (counts[0][0] + 1, counts[0][1])
    else:
        test, rank, length = _ROOT, 2, 0
    if not semantics.envoy:
        order: Order = (-len(service), -len(name), -counts[0][0], 0, 0, 0, 0, 0)
    else:
        order = _order(semantics, rank, length, counts, False)
    return RouteMatcher(Match((test,), tuple(conditions)), order, "", "")


def preflight(matcher: RouteMatcher) -> RouteMatcher:
    """The route for preflights that Envoy Gateway adds to a rule with a CORS filter and a method."""
    kept = tuple(one for one in matcher.match.conditions if one.subject != "method")
    any_value = (ValueMatcher("regex", ".*"),)
    asked = (
        Condition("method", "", (ValueMatcher("exact", "OPTIONS"),)),
        Condition("header", "origin", any_value),
        Condition("header", "access-control-request-method", any_value),
    )
    rank, length, headers, exact, *rest = matcher.order
    match = Match(matcher.match.paths, (*kept, *asked))
    return RouteMatcher(match, (rank, length, headers - 2, exact, *rest), "", "OPTIONS")
