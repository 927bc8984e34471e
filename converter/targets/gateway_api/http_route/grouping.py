"""Which rules share a route: one per source object and set of hosts, as a person would write it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field

from converter.model import ObjectRef
from converter.model.data import dataclass
from converter.routing.actions import Backend, Forward, Passthrough, Redirect
from converter.routing.table import Rule
from converter.targets.virtual_hosts import PortHost


@dataclass(slots=True)
class RouteUnit:
    """An ordered list of rules with every port and host that it answers on."""

    object: ObjectRef | None
    rules: list[Rule]
    where: dict[str, list[PortHost]] = field(default_factory=dict)
    """By host, in order."""
    equal_rules: list[list[Rule]] = field(default_factory=list)
    """Equal lists of other hosts and ports: the same facts from other lines."""
    redirects: bool = False
    """Nothing but the way to https."""
    closed: str = ""
    """Why the rules must not be served: a protection of their host or port is lost."""


Closed = Mapping[tuple[int, str | None], str]
"""Id of a port and host (None: all of them) that must not be served -> why."""


def units(
    places: Iterable[PortHost],
    merged_hosts: frozenset[str] = frozenset(),
    closed: Closed = {},  # noqa: B006
) -> list[RouteUnit]:
    """The lists of all places, equal ones together; hosts in `merged_hosts` keep all their rules in one list. What is
    served on one port and not on another stands apart."""
    found: dict[tuple[object, ...], list[RouteUnit]] = {}
    out: list[RouteUnit] = []
    for place in places:
        why = closed.get((id(place.port), None)) or closed.get((id(place.port), place.host)) or "" if closed else ""
        for rules, redirects in _lists(place, place.host in merged_hosts):
            key = (rules[0].object, len(rules), rules[0].text, type(rules[0].action), place.host in merged_hosts)
            known = found.setdefault(key, [])
            for unit in known:
                if unit.redirects == redirects and unit.closed == why and _same_rules(unit.rules, rules):
                    break
            else:
                unit = RouteUnit(rules[0].object, rules, redirects=redirects, closed=why)
                known.append(unit)
                out.append(unit)
            if unit.rules is not rules:
                unit.equal_rules.append(rules)
            unit.where.setdefault(place.host, []).append(place)
    return out


def unit_rules(unit: RouteUnit, place: PortHost) -> list[Rule]:
    """The rules of a unit in one of its places."""
    if len(place.rules) == len(unit.rules):
        return place.rules
    return [rule for rule in place.rules if rule.object == unit.object]


def _lists(place: PortHost, merged: bool) -> Iterator[tuple[list[Rule], bool]]:
    rules = place.rules
    if not rules:
        return
    if place.port.protocol == "HTTP" and all_to_https(rules):
        yield rules, True
        return
    first = rules[0].object
    if merged or all(rule.object is first or rule.object == first for rule in rules):
        yield rules, False
        return
    by_object: dict[ObjectRef | None, list[Rule]] = {}
    for rule in rules:
        by_object.setdefault(rule.object, []).append(rule)
    for part in by_object.values():
        yield part, False


def all_to_https(rules: list[Rule]) -> bool:
    """True where every request is sent to https in the same way, so that one rule says it all."""
    first = rules[-1].action
    if not isinstance(first, Redirect) or first.scheme != "https" or first.path is not None or first.url is not None:
        return False
    last = rules[-1].match
    if last.conditions or not (not last.paths or any(_all_paths(test) for test in last.paths)):
        return False
    for rule in rules:
        if (rule.action is not first and rule.action != first) or (rule.features and not _redirects_first(rule)):
            return False
    return True


def _all_paths(test: object) -> bool:
    op, value = test[0], test[1]  # type: ignore[index]
    return (
        (op in ("prefix", "segment") and value in ("", "/"))
        or (op == "search" and value in ("^/", "/", "^"))
        or (op == "glob" and value in ("*", "/*"))
    )


def _redirects_first(rule: Rule) -> bool:
    """No step of the rule does anything before the redirect."""
    return not any(hasattr(feature.value, "apply") for feature in rule.features)


def _same_rules(one: list[Rule], other: list[Rule]) -> bool:
    return one is other or all(map(_same_rule, one, other))


def _same_rule(one: Rule, other: Rule) -> bool:
    return one is other or (
        one.match == other.match
        and same_action(one, other)
        and same_features(one, other)
        and one.object == other.object
    )


def same_features(one: Rule, other: Rule) -> bool:
    """Equal by name and value, whatever facts they come from."""
    return one.features is other.features or (
        len(one.features) == len(other.features)
        and all(a.name == b.name and a.value == b.value for a, b in zip(one.features, other.features, strict=True))
    )


def same_action(one: Rule, other: Rule) -> bool:
    """Equal but for the lines that the backends are in."""
    a, b = one.action, other.action
    if a is b:
        return True
    if isinstance(a, Forward | Passthrough) and type(a) is type(b):
        mine, theirs = a.backends, b.backends
        return len(mine) == len(theirs) and all(map(_same_backend, mine, theirs))
    return a == b


def _same_backend(one: Backend, other: Backend) -> bool:
    return one is other or (
        one.name == other.name
        and one.port == other.port
        and one.namespace == other.namespace
        and one.number == other.number
        and one.weight == other.weight
        and one.protocol == other.protocol
        and one.external == other.external
        and one.failure == other.failure
        and one.kind == other.kind
        and one.external_port == other.external_port
    )
