"""Gateways of the AWS Load Balancer Controller, read back as tables of their ALBs.

lbc: pkg/gateway/model/model_build_listener.go: one ALB listener a port, with the rules of all routes in one list, one
for each host and match, in the order of `route_rule_precedence.go`; 404 where none takes a request.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.model import Origin
from converter.reading.manifests import mapping, mappings
from converter.routing import aws_alb
from converter.routing.actions import Action, Backend, Forward, Redirect, Respond
from converter.routing.exchange import DEFAULT_PORTS
from converter.routing.matchers import ValueMatcher
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.sign_in import SignIn
from converter.routing.steps import HostRewrite
from converter.routing.table import Feature, Port, RoutingTable, Rule, VirtualHost
from converter.routing.url_rewrite import GroupStickiness
from converter.targets.aws.http_route.read_matches import ConditionPlace, conditions_of, order_of, path_of
from converter.targets.aws.listener_rule_configuration.read import guard_of
from converter.targets.contract import Provenance
from converter.targets.gateway_api.gateway.read_attachment import Attachment
from converter.targets.gateway_api.gateway.read_listeners import Listener, listeners_of
from converter.targets.gateway_api.http_route.read_backends import INVALID, Backends
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.resources import Body, Manifest, Store, number, text
from converter.targets.semantics import AWS

CONTROLLER = "gateway.k8s.aws/alb"
RULE = "ListenerRuleConfiguration"
NOTHING_BEHIND = Respond(500, content_type="text/plain")
SUPPORTED = frozenset({"RequestRedirect", "URLRewrite", "ExtensionRef"})


class AlbReading:
    """Resources that are read back; see `contract.ReadBack`."""

    def __init__(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, namespace: str = "default"
    ) -> None:
        self._reader = AlbReader(Store(documents, namespace), provenance)

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """One table for each Gateway, by `namespace/name`; none of their hosts is left out."""
        del without
        return self._reader.tables()

    def written(self) -> None:
        """Nothing tells which hosts of an ALB are written alike."""


class AlbReader:
    """Reads all tables of one set of resources."""

    def __init__(self, store: Store, provenance: Provenance | None) -> None:
        self._store, self._provenance = store, provenance
        grants = Grants(store)
        self._backends = Backends(store, grants, AWS)
        self._gateways = [one for one in store.of("Gateway") if _ours(one, store)]
        listeners: dict[tuple[str, str], list[Listener]] = {}
        for gateway in self._gateways:
            found = listeners_of(gateway, store, grants)
            for one in found:
                one.ready = not one.conflicted  # certificates are those of ACM
            listeners[gateway.namespace, gateway.name] = found
        self._listeners = listeners
        attachment = Attachment([one for some in listeners.values() for one in some], store)
        self._served: dict[int, list[tuple[Manifest, tuple[str, ...]]]] = {}
        for route in store.of("HTTPRoute"):
            for listener, hosts in attachment.of(route):
                self._served.setdefault(id(listener), []).append((route, hosts))

    def tables(self) -> list[RoutingTable]:
        """The tables, by namespace and name of their Gateways."""
        return [self._table(gateway) for gateway in sorted(self._gateways, key=lambda one: (one.namespace, one.name))]

    def _table(self, gateway: Manifest) -> RoutingTable:
        entry = f"{gateway.namespace}/{gateway.name}"
        table = RoutingTable(entry, "aws", [], (), PathRules("literal"), HeaderRules("allow"), gateway.namespace)
        if gateway.location.path:
            table.origin = gateway.origin("spec.listeners", entry)
        settings = self._settings(gateway)
        ports: dict[int, list[Listener]] = {}
        for listener in self._listeners[gateway.namespace, gateway.name]:
            if listener.ready and listener.protocol in ("HTTP", "HTTPS"):
                ports.setdefault(listener.port, []).append(listener)
        for number_, listeners in sorted(ports.items()):
            if any(id(one) in self._served for one in listeners):
                table.ports.append(self._port(number_, listeners, settings))
        return table

    def _settings(self, gateway: Manifest) -> Body:
        ref = mapping(mapping(gateway.spec.get("infrastructure")).get("parametersRef"))
        if ref.get("kind") != "LoadBalancerConfiguration":
            return {}
        found = self._store.get("LoadBalancerConfiguration", gateway.namespace, text(ref.get("name")))
        return found.spec if found is not None else {}

    def _port(self, number_: int, listeners: list[Listener], settings: Body) -> Port:
        protocol = listeners[0].protocol
        wanted = f"{protocol}:{number_}".lower()
        attributes: dict[str, str] = {}
        for one in mappings(settings.get("listenerConfigurations")):
            if text(one.get("protocolPort")).lower() == wanted:
                pairs = mappings(one.get("listenerAttributes"))
                attributes = {text(pair.get("key")): text(pair.get("value")) for pair in pairs}
        edit = aws_alb.response_headers(attributes)
        after = (Feature("response-headers", edit),) if edit is not None else ()
        found: list[tuple[Any, Rule]] = []
        for listener in listeners:
            for route, hosts in self._served.get(id(listener), ()):
                found += self._rules(route, hosts, listener, after)
        found.sort(key=lambda one: one[0])
        signs_in = any(isinstance(one.value, SignIn) for _, rule in found for one in rule.features)
        written = aws_alb.RequestHeaders(aws_alb.USER if signs_in else ())
        fallback = Respond(404, None, "text/plain", edit.response_set if edit is not None else ())
        return Port(
            number_,
            protocol,
            [VirtualHost((), [rule for _, rule in found])],
            fallback=fallback,
            fall_through=True,
            steps=(Feature("forwarded-headers", written),),
        )

    def _rules(
        self, route: Manifest, hosts: tuple[str, ...], listener: Listener, after: tuple[Feature, ...]
    ) -> list[tuple[Any, Rule]]:
        out = []
        for index, spec in enumerate(mappings(route.spec.get("rules")) or [{}]):
            filters = mappings(spec.get("filters"))
            configuration, failed = self._configuration(filters, route)
            backends = () if failed else self._targets(mappings(spec.get("backendRefs")), route)
            guards = guard_of(configuration, route.namespace) if listener.protocol == "HTTPS" else ()
            for match_index, match in enumerate(mappings(spec.get("matches")) or [{}]):
                action, steps = _action(configuration, filters, backends, listener, match)
                features = (*guards, *_rewrites(filters, match, action), *steps, *after)
                conditions = conditions_of(match, configuration, match_index)
                for host in hosts:
                    place = ConditionPlace(host, index, match_index)
                    tests = () if host == "*" else (ValueMatcher("glob" if "*" in host else "exact", host, True),)
                    rule = self._entry(
                        route,
                        place,
                        Rule(
                            path_of(match, conditions),
                            action,
                            features,
                            tests,
                            "",
                            route.ref,
                        ),
                    )
                    out.append((order_of(route, place, match), rule))
        return out

    def _entry(self, route: Manifest, place: ConditionPlace, rule: Rule) -> Rule:
        key = (route.kind, route.namespace, route.name, place.rule, place.match)
        rule.name = f"{route.kind} {route.namespace}/{route.name} rules[{place.rule}].matches[{place.match}]"
        rule.resource = key
        source = self._provenance.get(key) if self._provenance is not None else None
        if source is not None:
            rule.origin = source if isinstance(source, Origin) else source.origin
        elif route.location.path:
            rule.origin = route.origin(f"spec.rules[{place.rule}].matches[{place.match}]", rule.name)
        return rule

    def _configuration(self, filters: list[Body], route: Manifest) -> tuple[Body, bool]:
        """The rule's own configuration; True where it is missing or not the only one: then there are no backends."""
        refs = [
            mapping(one.get("extensionRef"))
            for one in filters
            if one.get("type") == "ExtensionRef" and mapping(one.get("extensionRef")).get("kind") == RULE
        ]
        if not refs:
            return {}, False
        found = self._store.get(RULE, route.namespace, text(refs[0].get("name")))
        return (found.spec, False) if found is not None and len(refs) == 1 else ({}, True)

    def _targets(self, refs: list[Body], route: Manifest) -> tuple[Backend, ...]:
        """Target groups; references that lead nowhere are left out, so that others take their share."""
        out = []
        for ref in refs:
            if ref.get("kind") == "TargetGroupName":
                name, weight = text(ref.get("name")), number(ref.get("weight"), 1)
                out.append(Backend("", name, None, None, weight, kind="TargetGroup"))
                continue
            backend = self._backends.one(ref, route)
            if backend.failure != INVALID:
                out.append(backend)
        return tuple(out)


def _ours(gateway: Manifest, store: Store) -> bool:
    known = store.get("GatewayClass", "", text(gateway.spec.get("gatewayClassName")))
    return known is None or known.spec.get("controllerName") == CONTROLLER


def _action(
    configuration: Body, filters: list[Body], backends: tuple[Backend, ...], listener: Listener, match: Body
) -> tuple[Action, tuple[Feature, ...]]:
    """lbc: route_rule_action.go BuildRuleRoutingAction: a fixed response, else a redirect, else the backends."""
    routing = next(
        (
            one
            for one in mappings(configuration.get("actions"))
            if one.get("type") in ("forward", "redirect", "fixed-response")
        ),
        {},
    )
    if routing.get("type") == "fixed-response":
        config = mapping(routing.get("fixedResponseConfig"))
        return Respond(
            number(config.get("statusCode")), config.get("messageBody"), text(config.get("contentType"), "text/plain")
        ), ()
    for one in filters:
        if one.get("type") == "RequestRedirect":
            query = mapping(routing.get("redirectConfig")).get("query", "#{query}") if routing else None
            return _redirect(mapping(one.get("requestRedirect")), query, listener), ()
    if not any(one.weight for one in backends) or any(one.get("type") not in SUPPORTED for one in filters):
        return NOTHING_BEHIND, ()
    sticky = mapping(mapping(routing.get("forwardConfig")).get("targetGroupStickinessConfig"))
    step = GroupStickiness(bool(sticky.get("enabled")), number(sticky.get("durationSeconds"), 3600))
    return Forward(backends), (Feature("session-affinity", step),) if routing else ()


def _redirect(spec: Body, query: Any, listener: Listener) -> Redirect:
    scheme = text(spec.get("scheme")).lower() or None
    port = spec.get("port")
    if port is None:
        port = DEFAULT_PORTS.get(scheme or "", listener.port)
    path = mapping(spec.get("path")).get("replaceFullPath")
    return Redirect(
        number(spec.get("statusCode"), 302),
        scheme,
        spec.get("hostname"),
        number(port),
        None if path in (None, "/#{path}") else text(path),
        None,
        None if query in (None, "#{query}") else text(query),
        style="aws",
    )


def _rewrites(filters: list[Body], match: Body, action: Action) -> tuple[Feature, ...]:
    """lbc: route_rule_transform.go: path and query are seen together, the first match is replaced."""
    if not isinstance(action, Forward):
        return ()
    out = []
    for one in filters:
        spec = mapping(one.get("urlRewrite"))
        path = mapping(spec.get("path"))
        if path.get("replaceFullPath") is not None:
            out.append(Feature("rewrite", aws_alb.replace_full_path(text(path["replaceFullPath"]))))
        elif path.get("replacePrefixMatch") is not None:
            prefix = text(mapping(match.get("path")).get("value"), "/")
            out.append(Feature("rewrite", aws_alb.prefix_rewrite(prefix, text(path["replacePrefixMatch"]))))
        if spec.get("hostname") is not None:
            out.append(Feature("upstream-host", HostRewrite(text(spec["hostname"]))))
    return tuple(out)
