"""Neutral matchers: what a rule asks of a request, independent of who wrote it."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from converter.routing.exchange import Exchange
from converter.routing.regex import compiled, quoted


class ValueMatcher(NamedTuple):
    """One comparison of one text. `op`:

    exact | prefix (raw string) | segment (Gateway API PathPrefix) | suffix | regex (whole text) | search (anywhere) |
    glob (`*` any characters, `?` one; AWS) | present | cidr (client address) | range (`low\\0high`, Alauda ALB) |
    label (`*.x`, exactly one more label) | domain (`*.x`, one or more labels) | ends (Alauda ALB ENDS_WITH) | never.
    """

    op: str
    value: str = ""
    ignore_case: bool = False

    def holds(self, text: str) -> bool:
        """True where the text passes."""
        return _OPS[self.op](self, text)


ValueMatcher.__test__ = False  # type: ignore[attr-defined]  # not a pytest class


def _exact(test: ValueMatcher, text: str) -> bool:
    return text.lower() == test.value.lower() if test.ignore_case else text == test.value


def _prefix(test: ValueMatcher, text: str) -> bool:
    return text.lower().startswith(test.value.lower()) if test.ignore_case else text.startswith(test.value)


def _segment(test: ValueMatcher, text: str) -> bool:
    stem = test.value.rstrip("/")
    return text.startswith(stem) and (len(text) == len(stem) or text[len(stem)] == "/")


def _regex(test: ValueMatcher, text: str) -> bool:
    pattern = compiled(test.value, test.ignore_case)
    return pattern is not None and pattern.fullmatch(text) is not None


def _search(test: ValueMatcher, text: str) -> bool:
    pattern = compiled(test.value, test.ignore_case)
    return pattern is not None and pattern.search(text) is not None


def _glob(test: ValueMatcher, text: str) -> bool:
    pattern = compiled(glob_pattern(test.value), test.ignore_case)
    return pattern is not None and pattern.fullmatch(text) is not None


@lru_cache(maxsize=16384)
def glob_pattern(glob: str) -> str:
    """An AWS glob as a regular expression for the whole text."""
    return "".join(".*" if c == "*" else "." if c == "?" else quoted(c) for c in glob)


def _cidr(test: ValueMatcher, text: str) -> bool:
    network, address = network_of(test.value), _address(text)
    return network is not None and address is not None and address.version == network.version and address in network


@lru_cache(maxsize=16384)
def network_of(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """The network of a CIDR or an address; None where it is neither."""
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


@lru_cache(maxsize=16384)
def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _range(test: ValueMatcher, text: str) -> bool:
    """alb: template/nginx/lua/match_engine/operation.lua:104-143: addresses by number, everything else as text."""
    low, _, high = test.value.partition("\0")
    address, first, last = _address(text), _address(low), _address(high)
    if address is None:
        return low <= text <= high
    if first is None or last is None or not first.version == address.version == last.version:
        return False
    if address.version == 4:
        return int(first) <= int(address) <= int(last)
    return _between_as_words32(int(first), int(address), int(last))


def _between_as_words32(first: int, address: int, last: int) -> bool:
    """IPv6 as that code compares it: in words of 32 bits, the first one that lies between or outside decides."""
    for shift in (96, 64, 32, 0):
        low, word, high = (number >> shift & 0xFFFFFFFF for number in (first, address, last))
        if low < word < high:
            return True
        if low > word or word > high:
            return False
    return True


def _label(test: ValueMatcher, text: str) -> bool:
    head, _, tail = text.partition(".")
    return bool(head) and f".{tail}" == test.value[1:].lower()


def _domain(test: ValueMatcher, text: str) -> bool:
    suffix = test.value[1:].lower()
    return text.endswith(suffix) and len(text) > len(suffix)


def _ends(test: ValueMatcher, text: str) -> bool:
    """alb: operation.lua:197-211: the first character of the argument is ignored; before what it covers is no dot.

    Nothing but a first character is never found, and no argument at all in an empty text alone (Lua: `sub(text, -0)`).
    """
    before = len(text) - len(test.value)
    if len(test.value) < 2:
        return text == test.value == ""
    return before >= 0 and text.endswith(test.value[1:]) and "." not in text[:before]


_OPS: dict[str, Callable[[ValueMatcher, str], bool]] = {
    "exact": _exact,
    "prefix": _prefix,
    "segment": _segment,
    "regex": _regex,
    "search": _search,
    "glob": _glob,
    "suffix": lambda test, text: text.endswith(test.value),
    "present": lambda test, text: True,
    "cidr": _cidr,
    "range": _range,
    "label": _label,
    "domain": _domain,
    "ends": _ends,
    "never": lambda test, text: False,
}


class Condition(NamedTuple):
    """A demand on one part of the request beyond its path; any of the tests may hold.

    `subject`: header | query | cookie | method | source | scheme | host | path. `key` is the name of a header (lower
    case), query parameter or cookie; an empty query key means any parameter. `pick` says which of several values
    counts: any | first | single (more than one value never holds).
    """

    subject: str
    key: str
    tests: tuple[ValueMatcher, ...]
    pick: str = "any"
    negate: bool = False
    ignore_case: bool = False
    """The name of a query parameter is compared without regard to case, `*` and `?` in it are wildcards (AWS); the
    name of a cookie is compared without regard to case (nginx)."""

    def holds(self, exchange: Exchange) -> bool:
        """True where the request fulfils the demand."""
        if self.ignore_case and self.subject == "query":
            name = ValueMatcher("glob", self.key, True)
            values = [value for key, value in exchange.parameters() if not self.key or name.holds(key)]
        elif self.ignore_case and self.subject == "cookie":
            values = [value for key, value in exchange.cookies() if key.lower() == self.key.lower()]
        else:
            values = exchange.values(self.subject, self.key)
        if self.pick == "first":
            values = values[:1]
        elif self.pick == "single" and len(values) > 1:
            values = []
        return any(test.holds(value) for value in values for test in self.tests) != self.negate


class Match(NamedTuple):
    """All conditions hold and any of the paths does; no paths means every path."""

    paths: tuple[ValueMatcher, ...] = ()
    conditions: tuple[Condition, ...] = ()

    def holds(self, exchange: Exchange) -> bool:
        """True where the rule takes the request."""
        return (not self.paths or any(test.holds(exchange.path) for test in self.paths)) and all(
            condition.holds(exchange) for condition in self.conditions
        )


ANY = Match()
