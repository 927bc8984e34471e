"""TCP and UDP ports: a LoadBalancer Service where one can do it, else a listener with a TCPRoute or UDPRoute."""

from __future__ import annotations

from typing import Any

from converter.model import FieldRef, ObjectRef, Outcome
from converter.routing.actions import Forward
from converter.routing.steps import Timeouts
from converter.routing.table import Feature, Port, RoutingTable, Rule
from converter.targets.context import Context, source_line
from converter.targets.durations import as_duration
from converter.targets.envoy_gateway.backend_traffic_policy.write import timeout_fields
from converter.targets.envoy_gateway.backend_traffic_policy.write_load_balancing import balancer_of
from converter.targets.envoy_gateway.client_traffic_policy.write_keepalive import keepalive, kept_alive
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.http_route.write_backends import backend_refs
from converter.targets.gateway_api.http_route.write_body import parent_ref
from converter.targets.gateway_api.stream_routes.write_services import (
    StreamPort,
    by_address,
    copyable,
    lost_proxy_protocol,
    proxy_protocol,
    settle_port,
    write_service,
)
from converter.targets.naming import slug

_BY_ADDRESS = ("source", "source-ip", "sip-hash")


def write_streams(table: RoutingTable, listeners: Listeners, context: Context) -> None:
    """All ports of a table that are not HTTP."""
    for port in table.ports:
        if port.protocol not in ("TCP", "UDP"):
            continue
        rules = [rule for vhost in port.hosts for rule in vhost.rules]
        rule = rules[0] if rules else None
        if rule is None or not isinstance(rule.action, Forward) or not rule.action.backends:
            words = f"no backend is set for the {port.protocol} port {port.number}"
            settle_port(port, context, Outcome.obsolete("stream.no-backend", words))
            continue
        if port.alternatives:
            _several(port, rules, context)
            continue
        name = slug(port.name or f"{table.entry}-{port.number}")
        stream = StreamPort(port, rule, rule.action.backends, name)
        service, why = copyable(stream, context)
        if service is not None:
            write_service(stream, service, table, context)
        else:
            _write_route(stream, why, listeners, context)


def _several(port: Port, rules: list[Rule], context: Context) -> None:
    outcome = Outcome.manual(
        "stream.several-rules",
        f"{', '.join(port.alternatives)} share the {port.protocol} port {port.number}, and any one of them "
        "may be served; nothing is written for it",
        "keep the one that is meant, and convert again",
    )
    context.notes.settle_lost(rules, outcome)
    settle_port(port, context, outcome)


def _write_route(stream: StreamPort, why: str, listeners: Listeners, context: Context) -> None:
    port, rule = stream.port, stream.rule
    kind = f"{port.protocol}Route"
    namespace = stream.backends[0].namespace or listeners.gateway.namespace
    refs, outcomes = backend_refs(stream.backends, namespace, context, route_kind=kind)
    if not refs:
        context.notes.settle_lost([rule], outcomes[0])
        settle_port(port, context, outcomes[0])
        return
    listener = listeners.stream(port)
    name = context.output.names.claim(
        kind, namespace, stream.name, f"{listeners.gateway}/{port.protocol}/{port.number}"
    )
    route = ObjectRef(kind, namespace, name)
    parent = parent_ref(listener, namespace)
    listeners.admit(listener, route, (), [rule])
    sources = [rule.object] if rule.object is not None else []
    line = source_line(rule.object, rule.origin)
    context.output.objects.add(
        kind, namespace, name, {"parentRefs": [parent], "rules": [{"backendRefs": refs}]}, sources, origin=line
    )
    context.output.provenance[kind, namespace, name, 0, 0] = rule
    fields = (FieldRef(kind, namespace, name, "spec.rules[0]"),)
    words = (
        f"the {port.protocol} port {port.number} becomes {kind} {namespace}/{name} on the Gateway ({why}): it has the "
        "Gateway's address, weights and time limits, and goes through Envoy in user space"
    )
    words += "".join(f"; {_proxy_text(one)}, as before" for one in rule.features if proxy_protocol(one))
    context.notes.settle_rule([rule], Outcome.exact("stream.route", words, fields=fields))
    for outcome in outcomes:
        context.notes.settle_rule([rule], outcome._replace(fields=fields))
    settle_port(
        port, context, Outcome.exact("stream.listener", f"becomes the {port.protocol} listener {listener.name}")
    )
    _route_features(stream, route, context)


def _route_features(stream: StreamPort, route: ObjectRef, context: Context) -> None:
    """Time limits and affinity of a route, as one BackendTrafficPolicy."""
    spec: dict[str, Any] = {}
    name = f"{route.name}-traffic"
    fields = (FieldRef("BackendTrafficPolicy", route.namespace, name, "spec"),)
    for feature in stream.rule.features:
        outcome = _of_clients(feature, stream.port, context) or _route_feature(feature, spec, fields, context)
        context.notes.settle(feature, outcome)
    if spec:
        target = {"group": "gateway.networking.k8s.io", "kind": route.kind, "name": route.name}
        sources = [stream.rule.object] if stream.rule.object is not None else []
        line = source_line(stream.rule.object, stream.rule.origin)
        context.output.objects.add(
            "BackendTrafficPolicy", route.namespace, name, {"targetRefs": [target]} | spec, sources, origin=line
        )


def _proxy_protocol(feature: Feature, spec: dict[str, Any], fields: tuple[FieldRef, ...], context: Context) -> Outcome:
    """A header for the backend by the route's policy; those of clients are read by that of the listener."""
    if not context.capabilities.policies:
        return lost_proxy_protocol(feature)
    if proxy_protocol(feature).get("encode"):
        spec["proxyProtocol"] = {"version": "V1"}
    if proxy_protocol(feature).get("decode"):
        gateway = context.entry.gateway
        fields = (*fields, FieldRef("ClientTrafficPolicy", gateway.namespace, gateway.name, "spec.proxyProtocol"))
    return Outcome.exact("stream.proxy-protocol", _proxy_text(feature), fields=fields)


def _proxy_text(feature: Feature) -> str:
    value = proxy_protocol(feature)
    parts = ["Envoy sends a PROXY header (version 1) to the backend"] if value.get("encode") else []
    parts += ["clients must send a PROXY header"] if value.get("decode") else []
    return " and ".join(parts)


def _of_clients(feature: Feature, port: Port, context: Context) -> Outcome | None:
    """Keepalive towards clients: a ClientTrafficPolicy of the listener, which time limits have a part in too."""
    if not context.capabilities.policies or port.protocol != "TCP":
        return None
    known = context.entry.keepalives.setdefault(port.number, {})
    if proxy_protocol(feature).get("decode"):
        known["proxyProtocol"] = {"optional": False}
        return None
    if isinstance(feature.value, Timeouts):
        idle = max(feature.value.read or 0, feature.value.send or 0)
        if idle:
            known["timeout"] = {"tcp": {"idleTimeout": as_duration(idle)}}
        return None
    probes = keepalive(feature.value).get("tcpKeepalive") if feature.name == "connection" else None
    if probes is None:
        return None
    known["tcpKeepalive"] = probes
    return kept_alive({"tcpKeepalive": probes}, context.entry.gateway.namespace, context.entry.gateway.name)


def _route_feature(feature: Feature, spec: dict[str, Any], fields: tuple[FieldRef, ...], context: Context) -> Outcome:
    if feature.name in ("backend", "default-backend"):
        return Outcome.exact("stream.backend", "becomes the backendRefs of the route")
    if proxy_protocol(feature):
        return _proxy_protocol(feature, spec, fields, context)
    if context.capabilities.policies and by_address(feature):
        spec["loadBalancer"] = {"type": "ConsistentHash", "consistentHash": {"type": "SourceIP"}}
        words = "clients are bound by a consistent hash of their address; each moves once"
        return Outcome.approximate("stream.hash", words, fields=fields, affects=())
    balancer = balancer_of(feature) if context.capabilities.policies else ""
    if balancer:
        spec["loadBalancer"] = {"type": balancer}
        words = f"becomes the balancer {balancer}, which counts open connections"
        return Outcome.approximate("stream.load-balancing", words, fields=fields, affects=())
    if context.capabilities.policies and isinstance(feature.value, Timeouts):
        connect = timeout_fields(feature.value).get(("timeout", "tcp", "connectTimeout"))
        if connect:
            spec["timeout"] = {"tcp": {"connectTimeout": connect}}
        idle = "after the same time" if feature.value.read or feature.value.send else "after one hour"
        words = (
            "the time to connect is kept; an idle connection is closed by the tcp.idleTimeout of a "
            f"ClientTrafficPolicy, {idle}"
        )
        return Outcome.approximate("stream.timeouts", words, fields=fields if connect else (), affects=())
    return Outcome.manual(
        f"stream.{feature.name}",
        f"{feature.name} is not written for TCP and UDP",
        "set it by a ClientTrafficPolicy or BackendTrafficPolicy for the listener or route",
        affects=(),
    )
