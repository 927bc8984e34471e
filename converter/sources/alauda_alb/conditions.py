"""Conditions of a Rule as Alauda ALB's Lua code reads the parts of a request.

alb: template/nginx/lua/match_engine/operation.lua, template/nginx/lua/ctx/var_proxy.lua, resty.ngxvar; nginx variables.
"""

from __future__ import annotations

from urllib.parse import unquote_plus

from converter.routing.exchange import Exchange
from converter.routing.matchers import Condition, ValueMatcher

TABLE_TEXT = "table: 0x41a2b3c8"
"""What Lua makes of a list that is used as text; the number is an address."""


class HeaderCondition(Condition):
    """nginx variable `http_<key>`: `-` and `_` are the same, several lines are one text."""

    __slots__ = ()

    def holds(self, exchange: Exchange) -> bool:
        name = self.key.replace("-", "_")
        values = [value for key, lines in exchange.headers.items() if key.replace("-", "_") == name for value in lines]
        return (bool(values) and any(test.holds(", ".join(values)) for test in self.tests)) != self.negate


class CookieCondition(Condition):
    """nginx variable `cookie_<key>`: the name in any letter case, the first one counts."""

    __slots__ = ()

    def holds(self, exchange: Exchange) -> bool:
        value = cookie(exchange, self.key)
        return (value is not None and any(test.holds(value) for test in self.tests)) != self.negate


class SourceCondition(Condition):
    """X-Real-IP, then the first of X-Forwarded-For, then the peer: what a client may forge."""

    __slots__ = ()

    def holds(self, exchange: Exchange) -> bool:
        return any(test.holds(client_address(exchange)) for test in self.tests) != self.negate


class ParamCondition(Condition):
    """`ngx.req.get_uri_args()`: decoded; a bare name is a boolean and a repeated one a list, which break operators.

    EQ, IN and RANGE fail on both; a regular expression runs on their text form; a prefix or suffix is a Lua error on a
    boolean, and on a list that has at least as many items as the argument has characters: the client gets 500.
    """

    __slots__ = ()

    def holds(self, exchange: Exchange) -> bool:
        values = arguments(exchange, self.key)
        if not values:
            return self.negate
        return any(self._passes(test, values, exchange) for test in self.tests) != self.negate

    def _passes(self, test: ValueMatcher, values: list[str | None], exchange: Exchange) -> bool:
        if len(values) == 1 and values[0] is not None:
            return test.holds(values[0])
        if test.op in ("prefix", "ends"):
            if len(values) == 1 or len(values) >= len(test.value):
                exchange.refuse(500)
            return False
        if test.op == "search":
            return test.holds(TABLE_TEXT if len(values) > 1 else "true")
        return test.op == "present"


def arguments(exchange: Exchange, name: str) -> list[str | None]:
    """All values of a query parameter; None for a bare name."""
    out: list[str | None] = []
    for pair in [pair for pair in (exchange.query or "").split("&") if pair][:100]:
        key, mark, value = pair.partition("=")
        if unquote_plus(key) == name:
            out.append(unquote_plus(value) if mark else None)
    return out


def cookie(exchange: Exchange, name: str) -> str | None:
    """nginx: src/http/ngx_http_parse.c, ngx_http_parse_multi_header_lines."""
    for line in exchange.headers.get("cookie", []):
        for piece in line.replace(",", ";").split(";"):
            key, mark, _ = piece.partition("=")
            if mark and key.strip().lower() == name.lower():
                at = line.find(piece)
                return line[at + len(key) + 1 :].split(";")[0].strip(" ")
    return None


def client_address(exchange: Exchange) -> str:
    """alb: operation.lua:42-60."""
    real = exchange.headers.get("x-real-ip") or exchange.headers.get("x_real_ip")
    if real:
        return ", ".join(real)
    forwarded = exchange.headers.get("x-forwarded-for") or exchange.headers.get("x_forwarded_for")
    return ", ".join(forwarded).partition(",")[0] if forwarded else exchange.request.source
