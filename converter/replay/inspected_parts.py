"""Which parts of a request the rules of two tables look at: the others need not be distinguished."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Iterator
from dataclasses import field, fields, is_dataclass
from typing import Any

from converter.model import Location, ObjectRef, Origin
from converter.model.data import dataclass
from converter.routing.actions import Forward, Passthrough, Redirect
from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.routing.steps import AddressList, Cors, PathRewrite
from converter.routing.table import Feature, Port, RoutingTable, Rule, VirtualHost
from converter.routing.url_rewrite import UrlRewrite

_TAIL = re.compile(r"[(?:/|$)]*(?:\.\*[)?$]*)?")
"""What an expression may have behind its first text without looking further than one character."""
_LITERAL = re.compile(r"\^?(?:\(\?i\))?((?:[\w/~!@%&=:;,'-]|\\[^\w\s])*)(.*)", re.DOTALL)
_LEAVES = (str, bytes, int, float, bool, type(None), Origin, ObjectRef, Location, Cors)
"""What is not looked into: the headers that CORS names are for the browser to send, and no rule reads them."""
_NAMED = re.compile(r"(?:argument:|arg_)([\w.-]+)")
LONGEST_START = 400
"""Characters of a beginning; engines limit how deep expressions nest."""
EXACT_OPS = frozenset({"exact", "prefix", "segment", "present", "never"})


@dataclass(slots=True)
class InspectedParts:
    """What the rules of some tables look at.

    Attributes:
        paths: Beginnings of paths, in small letters; where a path leaves all of them, the rest decides nothing.
        hosts: Names of hosts whose rules look further into paths.
        everywhere: Rules for hosts of any name look further into paths.
        expressions: Everything that rules compare paths with.
        parameters: Names of query parameters.
        query: The query as a whole is looked at.
        cookies: Names of cookies.
        texts: Every other text of the rules, in small letters, for the names of headers.
        networks: Of clients.
        cross_origin: Responses to other origins are edited.
    """

    paths: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    everywhere: bool = False
    expressions: set[str] = field(default_factory=set)
    parameters: set[str] = field(default_factory=set)
    query: bool = False
    cookies: set[str] = field(default_factory=set)
    texts: set[str] = field(default_factory=set)
    networks: set[str] = field(default_factory=set)
    cross_origin: bool = False

    def header(self, name: str) -> bool:
        """Whether a rule may look at a request header of this name (lower case)."""
        if name == "cookie":
            return bool(self.cookies)
        if name == "origin":
            return self.cross_origin or name in self.texts
        forms = (name, name.replace("-", "_"))
        return any(form in text for text in self.texts for form in forms)


def inspected(tables: Iterable[RoutingTable]) -> InspectedParts:
    """What the rules of these tables look at."""
    out = InspectedParts()
    seen: set[int] = set()
    for table in tables:
        for port in table.ports:
            for value in _values(port.steps):
                _take(value, out, seen)
            for vhost in port.hosts:
                for rule in vhost.rules:
                    _take_rule(rule, port, vhost, out, seen)
    return out


def _take_rule(rule: Rule, port: Port, vhost: VirtualHost, out: InspectedParts, seen: set[int]) -> None:
    further = False
    for test in _path_tests(rule):
        out.expressions.add(test.value)
        start = path_start(test)
        if start is None:
            further = True
        else:
            out.paths.update((start, f"{start}/") if test.op in ("regex", "search") else (start,))
    if further:
        tests = rule.hosts if port.fall_through else vhost.hosts
        exact = {test.value.lower() for test in tests if test.op == "exact"}
        out.hosts |= exact
        out.everywhere |= len(exact) < max(len(tests), 1)
    for value in (rule.match.conditions, rule.action, *_values(rule.features)):
        _take(value, out, seen)


def _path_tests(rule: Rule) -> Iterator[ValueMatcher]:
    """All that a rule asks of the path, before and after it is chosen."""
    yield from rule.match.paths
    for condition in rule.match.conditions:
        if condition.subject == "path":
            yield from condition.tests
    rewrite = rule.action.rewrite if isinstance(rule.action, Redirect) else None
    steps = [rewrite, *_values(rule.features)]
    for step in steps:
        yield from _step_tests(step)
    if isinstance(rule.action, Redirect) and rule.action.prefix:
        regex = not rule.action.prefix.startswith("/") or bool(re.search(r"[\\()*+?^$|\[]", rule.action.prefix))
        yield ValueMatcher("regex" if regex else "prefix", rule.action.prefix)


def _step_tests(step: Any) -> Iterator[ValueMatcher]:
    if isinstance(step, PathRewrite) and step.pattern:
        yield ValueMatcher("segment" if step.mode == "prefix" else "regex", step.pattern, step.ignore_case)
        return
    pattern = getattr(step, "pattern", None)
    if isinstance(pattern, str):
        yield ValueMatcher("regex", pattern)
    for part in _parts(step):
        if isinstance(part, Match):
            yield from part.paths
        elif isinstance(part, Condition) and part.subject == "path":
            yield from part.tests


def path_start(test: ValueMatcher) -> str | None:
    """The text that decides whether a path passes, with the character behind it; None where more of it does."""
    if len(test.value) > LONGEST_START:
        return None
    if test.op in EXACT_OPS:
        return test.value.lower()
    if test.op == "glob":
        head, star, tail = test.value.partition("*")
        return None if tail or "?" in head or (not star and "?" in test.value) else head.lower()
    if test.op not in ("regex", "search"):
        return None
    found = _LITERAL.fullmatch(test.value)
    if found is None or not found[1].startswith("/") or _TAIL.fullmatch(found[2]) is None:
        return None
    if test.op == "search" and not test.value.startswith("^"):
        return None
    start = found[1] if found[2][:1] not in ("?", "*", "{") else found[1][:-1]
    return re.sub(r"\\(.)", r"\1", start).lower()


def _values(features: Iterable[Feature]) -> Iterator[Any]:
    return (feature.value for feature in features if hasattr(feature.value, "apply"))


def _take(value: Any, out: InspectedParts, seen: set[int]) -> None:
    """Note what a part of a rule looks at; rules share many parts."""
    if isinstance(value, Forward | Passthrough) or id(value) in seen:
        return
    seen.add(id(value))
    for part in (value, *_parts(value)):
        if isinstance(part, str):
            _take_text(part, out)
        elif isinstance(part, Condition):
            _take_condition(part, out)
        elif isinstance(part, AddressList):
            out.networks.update((*part.allow, *part.deny))
        elif isinstance(part, Cors):
            out.cross_origin = True
        elif isinstance(part, UrlRewrite):
            out.query = True


def _take_condition(part: Condition, out: InspectedParts) -> None:
    if part.subject == "query":
        out.query |= not part.key or part.ignore_case
        out.parameters.add(part.key)
    elif part.subject == "cookie":
        out.cookies.add(part.key)
    elif part.subject == "source":
        for test in part.tests:
            out.networks.update(test.value.split("\0"))


def _take_text(text: str, out: InspectedParts) -> None:
    out.texts.add(text.lower())
    out.parameters.update(_NAMED.findall(text))
    if text.startswith("cookie:") or "cookie_" in text:
        out.cookies.update(re.findall(r"(?:cookie:|cookie_)([\w.-]+)", text))
    if text[:1].isdigit() or ":" in text:
        try:
            ipaddress.ip_network(text, strict=False)
        except ValueError:
            return
        out.networks.add(text)


def _parts(value: Any) -> Iterator[Any]:
    """Everything that a value is made of, at any depth."""
    if isinstance(value, _LEAVES):
        return
    if is_dataclass(value) and not isinstance(value, type):
        inner: Iterable[Any] = [getattr(value, one.name) for one in fields(value)]
    elif isinstance(value, dict):
        inner = [*value, *value.values()]
    elif isinstance(value, tuple | list | set | frozenset):
        inner = value
    else:
        inner = [getattr(value, name, None) for name in getattr(type(value), "__slots__", ())]
        inner += list(getattr(value, "__dict__", {}).values())
    for one in inner:
        if isinstance(one, RoutingTable | Port | VirtualHost | Rule):
            continue
        yield one
        yield from _parts(one)
