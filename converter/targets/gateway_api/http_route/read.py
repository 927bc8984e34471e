"""Rules of routes as rules of a table: one for each match, with its place in Envoy's order."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from converter.model import Origin
from converter.reading.manifests import mapping, mappings
from converter.routing.actions import Action, Backend, Forward, Respond
from converter.routing.table import Feature, Rule
from converter.targets.contract import Provenance
from converter.targets.durations import seconds
from converter.targets.envoy_gateway.backend_traffic_policy.read import TrafficReader, TrafficSettings
from converter.targets.envoy_gateway.envoy_proxy.read_filter_order import in_order
from converter.targets.envoy_gateway.policy_attachment.read import Effective, EffectivePolicies
from converter.targets.envoy_gateway.security_policy.read import Security, SecurityReader
from converter.targets.envoy_gateway.steps import ResponseTimeout
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.gateway_api.http_route.read_filters import NOTHING, FilterReader, Filters
from converter.targets.gateway_api.http_route.read_matches import (
    InvalidMatchError,
    Order,
    RouteMatcher,
    grpc_matcher,
    http_matcher,
    preflight,
)
from converter.targets.gateway_api.http_route.read_rewrites import redirect_action, rewrite_features
from converter.targets.resources import Body, Manifest, Store, text
from converter.targets.semantics import Semantics

DEFAULT_TIMEOUT = 15.0
_TIMEOUTS: dict[float, Feature] = {}
_FAILED = Respond(500)
_OPEN = Security(None, (), False, False)

Ordered = tuple[Order, Rule]


class Parents(NamedTuple):
    """The policies of a listener, which are in force where a route has none of its own."""

    security: Manifest | None
    traffic: Manifest | None
    extension: Manifest | None
    proxy: Manifest | None
    """The EnvoyProxy, where it changes the order of filters."""


class RuleReader:
    """Turns HTTPRoutes and GRPCRoutes into rules; a route is read once for each set of policies above it."""

    def __init__(
        self,
        store: Store,
        backends: Backends,
        policies: dict[str, EffectivePolicies],
        semantics: Semantics,
        provenance: Provenance | None,
    ) -> None:
        self._semantics, self._provenance = semantics, provenance
        self._backends = backends
        self._filters = FilterReader(store, backends, semantics)
        self._security, self._traffic = policies["SecurityPolicy"], policies["BackendTrafficPolicy"]
        self._extension = policies["EnvoyExtensionPolicy"]
        self._security_reader = SecurityReader(store, backends)
        self._traffic_reader = TrafficReader(self._filters)

    def read(self, route: Manifest, parents: Parents) -> list[Ordered]:
        """All rules of a route in list order, each with its place in Envoy's order."""
        out: list[Ordered] = []
        for index, spec in enumerate(mappings(route.spec.get("rules")) or [{}]):
            try:
                out += self._rule(route, index, spec, parents)
            except InvalidMatchError:
                continue  # the whole rule is dropped, whatever its other matches say
        return out

    def of_host(self, route: Manifest, rules: list[Ordered], host: str) -> list[Ordered]:
        """The rules of a route for one of its hosts, which lead to the object that the host belongs to."""
        if self._provenance is None or (route.kind, route.namespace, route.name, 0, 0, host) not in self._provenance:
            return rules
        out = []
        for order, rule in rules:
            assert rule.resource is not None  # noqa: S101
            place = (*rule.resource[:5], host)
            source = self._provenance[place]
            origin = source if isinstance(source, Origin) else source.origin
            out.append((order, replace(rule, origin=origin or rule.origin, resource=place)))
        return out

    def _extended(
        self, before: tuple[Feature, ...], route: Manifest, name: str, parents: Parents
    ) -> tuple[Feature, ...]:
        """With what an EnvoyExtensionPolicy adds, in the order that an EnvoyProxy asks for."""
        extension = self._extension.effective(route, name, parents.extension)
        if extension is not None:
            before = (*before, Feature("snippet", extension.spec))
        return before if parents.proxy is None else in_order(before, parents.proxy)

    def _rule(self, route: Manifest, index: int, spec: Body, parents: Parents) -> list[Ordered]:
        name = text(spec.get("name"))
        filters = self._filters.read(spec.get("filters") or [], route)
        refs = spec.get("backendRefs") or []
        own = self._own_filters(mappings(refs), route)
        backends = self._backends.of(mappings(refs), route)
        if own is None:
            own, backends = NOTHING, tuple(_failed(one) for one in backends)
        security = self._read_security(self._security.effective(route, name, parents.security))
        traffic = self._traffic_reader.read(self._traffic.effective(route, name, parents.traffic))
        failed = filters.failed or security.failed or traffic.failed
        cors = Feature("cors", filters.cors) if filters.cors is not None else security.cors
        if not _forwards(filters, backends, failed):
            cors = None  # Envoy's filter does nothing on a route that is no way to a backend
        before = self._before(spec, filters, (security, cors), traffic)
        before = self._extended(before, route, name, parents)
        after = (*own.header_features(), *filters.header_features())
        if filters.direct is not None and filters.direct.computed and not failed:
            after = (*after, Feature("fixed-response", filters.direct))
        lost = "routes" if filters.refused or own.refused else ""
        lost = "listener" if security.refused or traffic.refused else lost
        matchers = self._matchers(route, spec, filters)
        out: list[Ordered] = []
        for number, matcher in matchers:
            place = (route.kind, route.namespace, route.name, index, number)
            rewrites: tuple[Feature, ...] = ()
            if filters is not NOTHING or own.host is not None:
                rewrites = (
                    *rewrite_features(own, matcher.prefix, backends, self._semantics, inside=True),
                    *rewrite_features(filters, matcher.prefix, backends, self._semantics),
                )
            action = _action(filters, backends, matcher, failed, self._semantics)
            rule = self._entry(route, place, matcher, (*before, *rewrites, *after), action)
            if lost:
                rule.refused = lost
            out.append((matcher.order, rule))
        return out

    def _entry(
        self,
        route: Manifest,
        place: tuple[str, str, str, int, int],
        matcher: RouteMatcher,
        features: tuple[Feature, ...],
        action: Action,
    ) -> Rule:
        kind, namespace, name, index, number = place
        rule = Rule(
            matcher.match,
            action,
            features,
            (),
            f"{kind} {namespace}/{name} rules[{index}].matches[{number}]",
            route.ref,
            resource=place,
        )
        source = self._source(route, place)
        if isinstance(source, Origin):
            rule.origin = source
        elif source is not None and getattr(source, "origin", None) is not None:
            rule.origin = source.origin
        elif route.location.path:
            rule.origin = route.origin(f"spec.rules[{index}].matches[{number}]", rule.name)
        return rule

    def _source(self, route: Manifest, place: tuple[str, str, str, int, int]) -> Any:
        if self._provenance is not None:
            return self._provenance.get(place)
        if not route.rules:
            return None
        key = f"rules[{place[3]}]"
        return route.rules.get(f"{key}.matches[{place[4]}]") or route.rules.get(key)

    def _read_security(self, effective: Effective | None) -> Security:
        return self._security_reader.read(effective) if effective is not None else _OPEN

    def _own_filters(self, refs: list[Body], route: Manifest) -> Filters | None:
        """Filters inside of backendRefs, as far as they are the same for all; None where one is not allowed there."""
        lists = [one.get("filters") or [] for one in refs if one.get("weight") != 0]
        if not any(lists):
            return NOTHING  # nearly always
        if any(lists[0] != one for one in lists[1:]):
            return NOTHING
        found = self._filters.read(lists[0], route)
        odd = any(one.get("type") in ("RequestMirror", "RequestRedirect", "CORS") for one in mappings(lists[0]))
        return None if found.failed or found.rewrite is not None or odd else found

    def _before(
        self, spec: Body, filters: Filters, guarded: tuple[Security, Feature | None], traffic: TrafficSettings
    ) -> tuple[Feature, ...]:
        """What Envoy's filters do before its router, in their order."""
        security, cors = guarded
        out = [traffic.override, _timeout(spec, traffic), cors, *security.guards[:-1]]
        addresses = security.guards[-1:]
        if addresses and addresses[0].name != "ip-access":
            out += addresses
            addresses = ()
        if traffic.limit is not None:
            out.append(traffic.limit)
        out += [*addresses, *traffic.others]
        if filters.mirrors:
            out.append(Feature("mirror", tuple(filters.mirrors)))
        if spec.get("sessionPersistence") is not None:
            out.append(Feature("session-affinity", spec["sessionPersistence"]))
        return tuple(one for one in out if one is not None)

    def _matchers(self, route: Manifest, spec: Body, filters: Filters) -> list[tuple[int, RouteMatcher]]:
        make = grpc_matcher if route.kind == "GRPCRoute" else http_matcher
        matches = spec.get("matches") or [{}]
        out: list[tuple[int, RouteMatcher]] = []
        for number, match in enumerate(mappings(matches)):
            for cookies in filters.cookies or ((),):
                matcher = make(mapping(match), list(cookies), self._semantics)
                out.append((number, matcher))
                if (
                    filters.cors is not None
                    and matcher.method not in ("", "OPTIONS")
                    and not cookies
                    and (self._semantics.envoy)
                ):
                    out.append((number, preflight(matcher)))
        return out


def _failed(backend: Backend) -> Backend:
    return Backend(backend.namespace, backend.name, backend.port, backend.number, backend.weight, failure=500)


def _timeout(spec: Body, traffic: TrafficSettings) -> Feature:
    """envoy-gateway: internal/gatewayapi/route.go processRouteTimeout: backendRequest is the route's where there is no
    retry, otherwise that of a single try."""
    given = mapping(spec.get("timeouts"))
    whole, single = seconds(given.get("request")), seconds(given.get("backendRequest"))
    per_try = traffic.retry_timeout
    if single is not None:
        if spec.get("retry") is None:
            whole = single
        else:
            per_try = single
    if whole is None:
        whole = traffic.timeout if traffic.timeout is not None else DEFAULT_TIMEOUT
    limit = min(whole or per_try or 0.0, per_try or whole or 0.0)
    if limit not in _TIMEOUTS:
        _TIMEOUTS[limit] = Feature("timeouts", ResponseTimeout(limit))
    return _TIMEOUTS[limit]


def _action(
    filters: Filters, backends: tuple[Backend, ...], matcher: RouteMatcher, failed: bool, semantics: Semantics
) -> Action:
    if failed:
        return _FAILED
    if filters.direct is not None:
        step = filters.direct
        return Respond(step.status, step.body or None, step.content_type, step.headers)
    if filters.redirect is not None:
        return redirect_action(filters.redirect, matcher.prefix, semantics)
    return Forward(backends) if _forwards(filters, backends, failed) else _FAILED


def _forwards(filters: Filters, backends: tuple[Backend, ...], failed: bool) -> bool:
    if failed or filters.direct is not None or filters.redirect is not None:
        return False
    return any(one.weight and not one.failure for one in backends)
