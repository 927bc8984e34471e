"""Conditions of Rules, held against the controller's Lua code, transcribed line by line (alb: match_engine/*.lua)."""

from __future__ import annotations

import ipaddress
import random
import re
from typing import Any
from urllib.parse import unquote_plus

import pytest

from converter.routing.actions import Backend, Forward, Respond
from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.routing.request_rules import PathRules
from converter.routing.steps import PathRewrite
from converter.routing.table import Feature, Port, RoutingTable, Rule, VirtualHost
from converter.sources.alauda_alb import dslx
from converter.sources.alauda_alb.dslx import DslxError
from converter.sources.alauda_alb.rewrites import rewrite, without_slash
from converter.sources.alauda_alb.sourced_value import Term


class LuaError(Exception):
    """The client gets 500."""


def lua_eval(ast: Any, request: Request) -> tuple[Any, str | None]:
    """dsl.lua:12-44."""
    op, args = ast[0], []
    for token in ast[1:]:
        if isinstance(token, str):
            args.append(token)
            continue
        result, error = lua_eval(token, request)
        if error is not None:
            return False, error
        if op == "AND" and result is False:
            return False, None
        if op == "OR" and result is True:
            return True, None
        args.append(result)
    return operation(op, args, request)


def operation(op: str, args: list[Any], request: Request) -> tuple[Any, str | None]:
    """operation.lua:245-260."""
    if op == "AND":
        return all(one is not False for one in args), None
    if op == "OR":
        return any(args), None
    kind, rest = args[0], args[1:]
    if kind in ("HOST", "URL", "METHOD", "SRC_IP"):
        value: Any = single(kind, request)
    elif kind in ("HEADER", "PARAM", "COOKIE"):
        if not rest:
            raise LuaError("attempt to concatenate a nil value")
        value, rest = dual(kind, rest[0], request), rest[1:]
    else:
        return False, f"unaccepted matcher {kind}"
    if op not in OPERATORS:
        raise LuaError("attempt to call a nil value")
    return OPERATORS[op](value, rest), None


def single(kind: str, request: Request) -> str:
    headers = {name.lower(): value for name, value in request.headers}
    if kind == "SRC_IP":
        if "x-real-ip" in headers:
            return headers["x-real-ip"]
        return headers["x-forwarded-for"].partition(",")[0] if "x-forwarded-for" in headers else request.source
    return {"HOST": request.host.lower(), "URL": request.path.partition("?")[0], "METHOD": request.method}[kind]


def dual(kind: str, key: str, request: Request) -> Any:
    if kind == "HEADER":
        found = [value for name, value in request.headers if name.lower().replace("-", "_") == key.lower()]
        return ", ".join(found) if found else None
    if kind == "COOKIE":
        for name, value in request.headers:
            for part in value.split(";") if name.lower() == "cookie" else ():
                if part.strip().partition("=")[0].lower() == key.lower():
                    return part.strip().partition("=")[2]
        return None
    pairs = [pair.partition("=") for pair in request.path.partition("?")[2].split("&") if pair]
    values = [unquote_plus(value) if mark else True for name, mark, value in pairs if name == key]
    return values[0] if len(values) == 1 else values or None


def size(value: Any) -> int:
    if value is True:
        raise LuaError("attempt to get length of a boolean value")
    return len(value)


def sub(text: Any, start: int, end: int = -1) -> str:
    """string.sub."""
    if not isinstance(text, str):
        raise LuaError("bad argument #1 to 'sub' (string expected)")
    start = max(len(text) + start + 1, 1) if start < 0 else start or 1
    end = len(text) + end + 1 if end < 0 else end
    return text[start - 1 : max(end, 0)]


def starts_with(value: Any, args: list[str]) -> bool:
    if value is None or len(args) != 1 or size(value) < len(args[0]):
        return False
    return sub(value, 1, len(args[0])) == args[0] if args[0] else sub(value, 1, 0) == ""


def ends_with(value: Any, args: list[str]) -> bool:
    if value is None or len(args) != 1 or size(value) < len(args[0]):
        return False
    return sub(value, -(len(args[0]) - 1)) == sub(args[0], 2) and "." not in sub(value, 1, len(value) - len(args[0]))


def regex(value: Any, args: list[str]) -> bool:
    if value is None or len(args) != 1:
        return False
    text = value if isinstance(value, str) else "true" if value is True else "table: 0x41a2b3c8"
    return re.search(args[0], text) is not None


def between(value: Any, args: list[str]) -> bool:
    if value is None or len(args) != 2 or not isinstance(value, str):
        return False
    try:
        address = ipaddress.IPv4Address(value)
    except ValueError:
        return args[0] <= value <= args[1]
    try:
        return ipaddress.IPv4Address(args[0]) <= address <= ipaddress.IPv4Address(args[1])
    except ValueError:
        return False


OPERATORS = {
    "EQ": lambda value, args: len(args) == 1 and value == args[0],
    "IN": lambda value, args: any(value == one for one in args),
    "EXIST": lambda value, args: value is not None and not args,
    "STARTS_WITH": starts_with,
    "ENDS_WITH": ends_with,
    "REGEX": regex,
    "RANGE": between,
}
ARGUMENTS = {
    "HOST": ["a.example.com", ".example.com", "*.example.com", "b.a.example.com", "a", "*", "", "xexample.com"],
    "URL": ["/a", "/a/b", "/", "*.b", "a"],
    "METHOD": ["GET", "POST"],
    "SRC_IP": ["10.0.0.1", "10.0.0.9", "10.0.1.1", "z"],
    "HEADER": ["x_tier", "gold", "silver", "1", "9"],
    "PARAM": ["k", "v", "vip", "", "vv"],
    "COOKIE": ["uid", "1", "x"],
    "FOO": ["a"],
}
KEYS = {"HEADER": ["x_tier", "X_TIER", "x-tier", ""], "PARAM": ["k", "K", ""], "COOKIE": ["uid", "UID", ""]}
REQUESTS = [
    Request(method, "http", host, path, headers, source=source)
    for method, source in (("GET", "10.0.0.5"), ("POST", "10.0.1.7"))
    for host in ("a.example.com", "b.a.example.com", "xexample.com", "a")
    for path in ("/a", "/a/b?k=v", "/?k=vip", "/a?k", "/a?k=v&k=vip", "/x?k=")
    for headers in (
        (),
        (("X-Tier", "gold"), ("Cookie", "uid=1; b=2")),
        (("X-Real-IP", "10.0.0.1"), ("x-tier", "silver")),
        (("X-Forwarded-For", "10.0.0.9, 1.1.1.1"), ("Cookie", "UID=x")),
    )
]


def row(dice: random.Random, kind: str) -> list[str]:
    operator = dice.choice([*OPERATORS, *OPERATORS, "eq", "AND"])
    count = {"EXIST": 0, "RANGE": 2, "IN": dice.randint(1, 3)}.get(operator, 1) + (dice.random() < 0.1)
    return [
        operator,
        *(re.escape(one) if operator == "REGEX" else one for one in dice.choices(ARGUMENTS[kind], k=count)),
    ]


def terms(dice: random.Random) -> list[dict[str, Any]]:
    out = []
    for kind in dice.choices([one for one in ARGUMENTS if one != "FOO" or dice.random() < 0.2], k=dice.randint(1, 4)):
        keys = KEYS.get(kind, [""] * 9 + ["k"])
        key = dice.choice(keys)
        rows = [row(dice, kind) for _ in range(dice.choice((1, 1, 1, 2)) if key or kind not in KEYS else 1)]
        out.append({"type": kind, "key": key, "values": rows})
    return out


def mine(conditions: tuple[Term, ...], requests: list[Request]) -> list[int]:
    """Status of each request on a port with this one rule."""
    rules = [Rule(one.match, Respond(500 if one.broken else 200), (), one.hosts) for one in dslx.matchers(conditions)]
    port = Port(80, "HTTP", [VirtualHost((), rules)], fallback=Respond(404), fall_through=True)
    table = RoutingTable("alb", "alauda-alb", [port], paths=PathRules("nginx"))
    return [decide(table, request).status for request in requests]


def theirs(expression: list[Any], request: Request) -> int:
    """What the Lua code makes of it: match, error, or no rule match."""
    try:
        # a single condition is the expression itself
        return 200 if lua_eval(expression[0] if len(expression) == 1 else expression, request)[0] else 404
    except LuaError:
        return 500


def _is_constant(written: list[dict[str, Any]]) -> bool:
    """An unknown type in an expression that is true whatever it holds; nobody writes that."""
    return any(one["type"] == "FOO" and any(row[0] == "AND" for row in one["values"]) for one in written)


@pytest.mark.parametrize("seed", range(150))
def test_random_conditions_are_evaluated_as_the_lua_code_does(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311
    compared = 0
    while compared < 4:
        written = terms(dice)
        conditions = dslx.parse(written) or ()
        try:
            expression = dslx.internal(conditions)
            dslx.weight(conditions)
        except DslxError:
            continue
        if not expression or _is_constant(written):
            continue
        compared += 1
        for request, status in zip(REQUESTS, mine(conditions, REQUESTS), strict=True):
            assert status == theirs(expression, request), (written, request)


@pytest.mark.parametrize(
    ("base", "target", "path", "status", "sent"),
    [
        ("/api", "svc", "/api/x", 400, None),  # no leading slash: an invalid request line
        ("/api", "/svc", "/api/x", 200, "/svc/x"),
        (".*", "svc", "/api", 400, None),
        ("/v1/(.*)", "$1", "/v1/users", 400, None),
        ("/v1/(.*)", "$1", "/other", 200, "/other"),
        ("/v1(/.*)", "$1", "/v1/users", 200, "/users"),
        ("/api", "/svc", "/api/%0Ax", 500, None),  # ngx.req.set_uri refuses control characters
        ("/api", "/svc", "/api/%09x", 200, "/svc/%09x"),
    ],
)
def test_rewrites_to_what_no_request_line_can_hold(base, target, path, status, sent) -> None:
    step = rewrite(base, base, target)
    rule = Rule(dslx.Match(), Forward((Backend("shop", "web", 80),)), (Feature("rewrite", step, ()),))
    port = Port(80, "HTTP", [VirtualHost((), [rule])], fallback=Respond(404), fall_through=True)
    table = RoutingTable("alb", "alauda-alb", [port], paths=PathRules("nginx"))
    answer = decide(table, Request("GET", "http", "a.example.com", path))
    assert (answer.status, answer.path) == (status, sent)
    assert bool(answer.backends) == (status == 200)


@pytest.mark.parametrize(
    ("base", "target", "lost"),
    [
        ("/api", "svc", True),
        ("/api", "/svc", False),
        ("/v1(/|$)(.*)", "/$2", False),
        ("/v1/(.*)", "$1", True),
        ("/v1(/.*)", "$1", False),
        ("^/v1(/.*)?", "$1", False),
        ("bar", "x", False),
        (".*", "svc", True),
        ("/a", "$0", False),
        ("/a(b)", "$2", True),
    ],
)
def test_targets_that_lose_the_leading_slash_are_known(base: str, target: str, lost: bool) -> None:
    step = rewrite(base, base, target)
    assert isinstance(step, PathRewrite)
    assert without_slash(step) == lost
