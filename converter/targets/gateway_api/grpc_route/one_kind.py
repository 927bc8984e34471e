"""One kind of route for a hostname of a listener.

Of an HTTPRoute and a GRPCRoute with intersecting hostnames on one listener, an implementation may accept only the older
one (Gateway API apis/v1/grpcroute_types.go: GRPCRouteSpec.Hostnames); rules that could be in a GRPCRoute are written to
an HTTPRoute there, as `POST /package.Service/Method` is all that gRPC is to a proxy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from converter.routing.host_names import wildcards_above
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.grpc_route.write import speaks_grpc
from converter.targets.gateway_api.http_route.grouping import RouteUnit, unit_rules
from converter.targets.gateway_api.http_route.write_rule import fits_grpc_route

Place = tuple[int, str]
"""Id of a listener, and a hostname; "" for all hosts."""


def http_only(units: list[RouteUnit], listeners: Listeners, context: Context) -> set[int]:
    """Ids of the gRPC rules that an HTTPRoute must hold, for targets that may refuse both kinds beside each other."""
    if context.capabilities.mixed_route_kinds or not any(speaks_grpc(rule) for one in units for rule in one.rules):
        return set()
    grpc: list[tuple[RouteUnit, list[Place]]] = []
    http: list[tuple[RouteUnit, list[Place]]] = []
    for unit in units:
        (grpc if _all_grpc(unit, context) else http).append((unit, list(_places(unit, listeners))))
    taken: dict[int, set[str]] = defaultdict(set)
    mixed = list(http)
    while mixed:
        for where, host in (place for _, places in mixed for place in places):
            taken[where].add(host)
        mixed = [one for one in grpc if any(meets(host, taken[where]) for where, host in one[1])]
        http += mixed
        grpc = [one for one in grpc if not any(meets(host, taken[where]) for where, host in one[1])]
    return {id(rule) for unit, _ in http for rule in _rules(unit)}


def _all_grpc(unit: RouteUnit, context: Context) -> bool:
    place = next(iter(unit.where.values()))[0]
    namespace = unit.object.namespace if unit.object is not None else ""
    return all(fits_grpc_route(rule, namespace, place.port, place.host, context) for rule in unit.rules)


def _places(unit: RouteUnit, listeners: Listeners) -> Iterator[Place]:
    for host, places in unit.where.items():
        for place in places:
            if (listener := listeners.find(place.port, place.host)) is not None:
                yield id(listener), host


def _rules(unit: RouteUnit) -> Iterator[object]:
    yield from unit.rules
    for places in unit.where.values():
        for place in places:
            yield from unit_rules(unit, place)


def meets(host: str, others: Collection[str]) -> bool:
    """True where one of the other hostnames covers a request that this one covers."""
    if host in others or "" in others or any(one in others for one in wildcards_above(host)):
        return True
    if not host:
        return bool(others)
    return host.startswith("*.") and any(one.endswith(host[1:]) for one in others)
