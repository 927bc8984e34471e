"""Names of routes: they depend on the source object and its hosts alone, so that no annotation renames a route.

The route that serves the first host of an object has the object's name, every other one has it with a suffix: its host,
`redirect` for the way to https, or the protocol of its port.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from converter.model import ObjectRef
from converter.routing.actions import Forward, Redirect
from converter.routing.table import RoutingTable, Rule
from converter.targets.gateway_api.http_route.grouping import RouteUnit, unit_rules
from converter.targets.naming import digest, slug
from converter.targets.virtual_hosts import PortHost

_NOWHERE = (1 << 30, 0)


class RouteSet(NamedTuple):
    """Rules and the hosts that they become one route for, or a numbered series of them."""

    unit: RouteUnit
    hosts: list[str]
    places: list[PortHost]


def route_names(sets: Sequence[RouteSet], fallback: str) -> list[str]:
    """A name for each set.

    Args:
        sets: All of an entry.
        fallback: The name of rules without a source object.
    """
    by_object: dict[ObjectRef | None, list[int]] = {}
    for index, one in enumerate(sets):
        by_object.setdefault(one.unit.object, []).append(index)
    names = [""] * len(sets)
    for owner, indexes in by_object.items():
        base = owner.name.lower() if owner is not None else fallback
        if len(indexes) == 1:
            [index] = indexes
            names[index] = f"{base}-redirect" if sets[index].unit.redirects else base
            continue
        kinds: dict[bool, list[int]] = {False: [], True: []}
        for index in indexes:
            kinds[_is_redirect(sets[index])].append(index)
        _name(sets, kinds[False], base, "", names)
        _name(sets, kinds[True], base, "-redirect", names)
    return names


def object_names(tables: Iterable[RoutingTable]) -> Iterator[tuple[str, str]]:
    """Namespace and name of all objects that rules come from: what only their own routes are called."""
    for table in tables:
        for port in table.ports:
            for vhost in port.hosts:
                for rule in vhost.rules:
                    if rule.object is not None:
                        yield rule.object.namespace, rule.object.name.lower()


def _name(sets: Sequence[RouteSet], indexes: list[int], base: str, suffix: str, names: list[str]) -> None:
    """Names for the sets of one object, in the order in which it lists their hosts; aliases come last, TLS first."""
    taken: set[str] = set()
    by_host: dict[str, str] = {}
    for index in sorted(indexes, key=lambda index: (_position(sets[index]), _is_clear(sets[index]), index)):
        one = sets[index]
        known = next((by_host[host] for host in one.hosts or [""] if host in by_host), None)
        if known is not None:
            port = one.places[0].port
            name = f"{known}-{port.protocol.lower()}"
            name = f"{name}-{port.number}" if name in taken else name
        else:
            name = f"{base}-{_label(one)}" if taken else base
        if name in taken:  # the hosts `wildcard.example.com` and `*.example.com` have one slug
            name = f"{name}-{digest(','.join(one.hosts))}"
        taken.add(name)
        for host in one.hosts or [""]:
            by_host.setdefault(host, name)
        names[index] = f"{name}{suffix}"


def _label(one: RouteSet) -> str:
    """The first host that the object itself lists (no alias), for a name."""
    own = [_listed_host(rule) for rule in _rules(one)]
    host = next((host for host in own if host in one.hosts), one.hosts[0] if one.hosts else "")
    return slug(host) if host else "any-host"


def _listed_host(rule: Rule) -> str:
    return rule.origin.value.partition("/")[0].lower() if rule.origin is not None else ""


def _position(one: RouteSet) -> tuple[bool, int, int]:
    """Where the first of its rules is in the object; behind all others, where only an alias is served."""
    rules = [rule for rule in _rules(one) if rule.origin is not None and rule.origin.object == one.unit.object]
    places = (rule.origin.location for rule in rules if rule.origin is not None)
    line, column = min(((place.line, place.column) for place in places), default=_NOWHERE)
    return not any(_listed_host(rule) in (one.hosts or ["*"]) for rule in rules), line, column


def _rules(one: RouteSet) -> Iterator[Rule]:
    for place in one.places:
        yield from unit_rules(one.unit, place)


def _is_clear(one: RouteSet) -> bool:
    return all(place.port.protocol == "HTTP" for place in one.places)


def _is_redirect(one: RouteSet) -> bool:
    """True for what serves nothing and sends requests from HTTP to https."""
    if one.unit.redirects:
        return True
    actions = [rule.action for rule in one.unit.rules]
    return (
        _is_clear(one)
        and not any(isinstance(action, Forward) for action in actions)
        and any(isinstance(action, Redirect) and action.scheme == "https" and not action.url for action in actions)
    )
