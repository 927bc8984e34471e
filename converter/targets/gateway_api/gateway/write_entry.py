"""One entry point: its Gateway, its listeners, its routes."""

from __future__ import annotations

from typing import Any

from converter.model import ObjectRef, Outcome
from converter.routing.table import Feature, Port, RoutingTable, Rule
from converter.targets.context import Context, TableEntry
from converter.targets.envoy_gateway.client_traffic_policy.write_client_scheme import write_copy
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import guard
from converter.targets.envoy_gateway.controller_defaults import add_nameless_hosts, settle_entry, settle_of_place
from converter.targets.envoy_gateway.error_routes import write_error_routes
from converter.targets.envoy_gateway.gateway_policies import write_policies
from converter.targets.envoy_gateway.methods import add_methods
from converter.targets.gateway_api.gateway.attached_listeners import AttachedListeners, listeners_for
from converter.targets.gateway_api.gateway.attachment_findings import settle_attachment
from converter.targets.gateway_api.gateway.certificate_findings import settle_certificates
from converter.targets.gateway_api.gateway.connection_findings import add_connections
from converter.targets.gateway_api.gateway.gateway_namespace import gateway_namespace
from converter.targets.gateway_api.gateway.own_listeners import separate_hosts
from converter.targets.gateway_api.gateway.write import write_gateway
from converter.targets.gateway_api.grpc_route.one_kind import http_only
from converter.targets.gateway_api.http_route.grouping import all_to_https, units
from converter.targets.gateway_api.http_route.rule_order import Ordered, natural_key, reordered
from converter.targets.gateway_api.http_route.write import RouteWriter
from converter.targets.gateway_api.http_route.write_misdirected import Misdirected
from converter.targets.gateway_api.http_route.write_rule import paths_of, ways_of
from converter.targets.gateway_api.stream_routes.write import write_streams
from converter.targets.gateway_api.stream_routes.write_passthrough import is_passthrough, write_passthrough
from converter.targets.naming import slug
from converter.targets.protected_paths import secured, settle_escapes
from converter.targets.virtual_hosts import PortHost, places


class EntryWriter:
    """Writes one table."""

    def __init__(self, table: RoutingTable, context: Context) -> None:
        self.table, self.context = table, context
        self.gateway = _gateway_ref(table, context)
        self.listeners = listeners_for(self.gateway, context)
        context.entry = TableEntry(table, self.gateway)
        self.keep_order = isinstance(self.listeners, AttachedListeners) and self.listeners.source.keeps_order

    def write(self) -> None:
        """All objects of the entry."""
        everything = [place for port in self.table.ports for place in places(port, self.context)]
        write_streams(self.table, self.listeners, self.context)
        closed = [place for place in everything if is_passthrough(place)]
        served = [
            place
            for place in everything
            if place.rules and place.port.protocol in ("HTTP", "HTTPS") and not (closed and is_passthrough(place))
        ]
        served = secured(served, self.context)
        late = _note_unslashed_paths(served, self.context)
        merged = self._ordered(served)
        if self.keep_order:
            self.context.entry.unslashed -= late
        separate_hosts(served, self.listeners, self.context)
        for place in served:
            self.listeners.find(place.port, place.host)
        passing = [(place, self.listeners.passing(place.port, place.host)) for place in closed]
        for port in self.table.ports:
            if port.protocol == "HTTP":
                self.listeners.default(port)
        self.listeners.place()
        add_connections(self)
        settle_entry(self)
        add_methods(self)
        add_nameless_hosts(self)
        settle_escapes(self.context)
        self._settle_places()
        guard(self)
        write_copy(self)
        self._write_routes(served, merged)
        write_error_routes(self)
        for place, listener in passing:
            write_passthrough(place, listener, self.listeners, self.context)
        self._settle_listeners()
        write_gateway(self)
        write_policies(self)
        self.context.notes.settle_left_out()

    def _settle_listeners(self) -> None:
        if isinstance(self.listeners, AttachedListeners):
            settle_attachment(self.listeners, self.table.ports)
        else:
            settle_certificates(self.listeners, self.table.ports)

    def _write_routes(self, served: list[PortHost], merged: frozenset[str]) -> None:
        writer = RouteWriter(
            self.listeners,
            self.context,
            self.gateway.namespace,
            frozenset(place.host for place in served),
            Misdirected(self.listeners, self.context, served, self.keep_order),
        )
        routed = units(served, merged, self.context.entry.closed)
        self.context.entry.http_only |= http_only(routed, self.listeners, self.context)
        writer.write(routed)
        writer.settle_gone(served)
        writer.misdirected.write(self.table.ports)

    def _settle_places(self) -> None:
        """Settings of ports and hosts; what protects and is lost closes them."""
        for port in self.table.ports:
            known: list[tuple[Port, str | None, Feature]] = [
                (port, None, feature) for feature in (*port.features, *port.steps)
            ]
            known += [
                (port, host, feature)
                for vhost in port.hosts
                if vhost.features
                for feature in vhost.features
                for host in ([test.value.lower() for test in vhost.hosts] or [""])
            ]
            for place, host, feature in known:
                settle_of_place(self, place, host, feature)

    def _ordered(self, served: list[PortHost]) -> frozenset[str]:
        """Hosts whose rules must be in one route, and whether the Gateway must keep the order of the list."""
        if self.keep_order:
            return self._listed(served)
        doubtful = [
            (place, self._matches(place)) for place in served if _may_be_reordered(place) and not self._in_order(place)
        ]
        doubtful = [(place, matches) for place, matches in doubtful if reordered(matches, natural=True)]
        if not doubtful:
            return frozenset()
        merged = {place.host for place, _ in doubtful}
        for _, matches in doubtful:
            for one in matches:
                one.route = ""
        broken = [place for place, matches in doubtful if reordered(matches, natural=True)]
        if not broken:
            return frozenset(merged)
        if not self.context.capabilities.route_order or isinstance(self.listeners, AttachedListeners):
            self._announce(broken)
            return frozenset(merged)
        self.keep_order = True
        return frozenset(merged) | self._listed(served)

    def _listed(self, served: list[PortHost]) -> frozenset[str]:
        """Hosts whose rules must be in one route where the Gateway keeps the order of routes."""
        found = (place for place in served if _may_be_reordered(place))
        return frozenset(place.host for place in found if reordered(self._matches(place), natural=False))

    def _in_order(self, place: PortHost) -> bool:
        """True where one route has all the rules, in an order that is the target's own; most lists are like that."""
        first, last = place.rules[0], None
        for rule in place.rules:
            if rule.object is not first.object or rule.namespace != first.namespace:
                return False
            ways = ways_of(rule, place.port, self.context).ways
            for path in paths_of(rule, self.context):
                for way in ways if path.match is not None else ():
                    key = natural_key({"path": path.match, **way.fields}, way.cookies)
                    if last is not None and key < last:
                        return False
                    last = key
        return True

    def _matches(self, place: PortHost) -> list[Ordered]:
        out = []
        for rule in place.rules:
            space = rule.namespace or (rule.object.namespace if rule.object is not None else "")
            route = f"{space}/{rule.object.name}" if rule.object is not None else ""
            ways = ways_of(rule, place.port, self.context).ways
            for path in paths_of(rule, self.context):
                if path.match is None:
                    continue
                for way in ways:
                    match: dict[str, Any] = {"path": path.match, **way.fields}
                    out.append(Ordered(match, rule, natural_key(match, way.cookies), route))
        return out

    def _announce(self, broken: list[PortHost]) -> None:
        outcome = Outcome.approximate(
            "order.reordered",
            "rules of this host that overlap are tried in another order: Gateway API prefers exact paths, then "
            "longer prefixes",
            f"Set preserveRouteOrder: true in the EnvoyProxy of Gateway {self.context.options.gateway}."
            if self.context.capabilities.route_order
            else "use --to envoy-gateway, which can keep the order of the list",
        )
        for place in broken:
            self.context.notes.settle_rule(place.rules, outcome)


def _may_be_reordered(place: PortHost) -> bool:
    return len(place.rules) > 1 and not (place.port.protocol == "HTTP" and all_to_https(place.rules))


def _gateway_ref(table: RoutingTable, context: Context) -> ObjectRef:
    if context.options.gateway:
        namespace, _, name = context.options.gateway.partition("/")
        return ObjectRef("Gateway", namespace, name)
    namespace = gateway_namespace(table, context)
    name = context.output.names.claim(
        "Gateway", namespace, slug(table.entry) or table.controller, f"{table.controller}/{table.entry}"
    )
    return ObjectRef("Gateway", namespace, name)


def _note_unslashed_paths(places: list[PortHost], context: Context) -> set[int]:
    """Note prefixes that end in a slash and whose bare path an exact rule takes: PathPrefix then does the same.

    Returns those whose exact rule stands behind them, which holds only while exact paths are tried first.
    """
    free: set[int] = set()
    late: set[int] = set()
    for place in places:
        for number, rule in enumerate(place.rules):
            for test in rule.match.paths:
                if test.op == "prefix" and test.value.endswith("/") and len(test.value) > 1:
                    taker = _exact_taker(place.rules, test.value[:-1])
                    (free if taker is None else context.entry.unslashed).add(id(rule))
                    if taker is not None and taker > number:
                        late.add(id(rule))
    context.entry.unslashed -= free
    return late


def _exact_taker(rules: list[Rule], path: str) -> int | None:
    """The place of the rule for exactly this path that takes all its requests; None where others take some."""
    for number, rule in enumerate(rules):
        if any(test.op == "exact" and test.value == path for test in rule.match.paths):
            if not rule.match.conditions:
                return number
        elif not rule.match.paths or any(test.holds(path) for test in rule.match.paths):
            return None
    return None
