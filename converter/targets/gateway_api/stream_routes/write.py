"""TCP and UDP ports: a LoadBalancer Service where one can do it, else a listener with a TCPRoute or UDPRoute."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import FieldRef, ObjectRef, Outcome
from converter.reading.inventory import Service
from converter.routing.actions import Backend, Forward
from converter.routing.steps import Timeouts
from converter.routing.table import Feature, Port, RoutingTable, Rule
from converter.targets.context import Context, source_line
from converter.targets.durations import as_duration
from converter.targets.envoy_gateway.backend_traffic_policy.write import timeout_fields
from converter.targets.envoy_gateway.client_traffic_policy.write_keepalive import keepalive, kept_alive
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.http_route.write_backends import backend_refs
from converter.targets.naming import slug

_BY_ADDRESS = ("source", "source-ip", "sip-hash")


class Stream(NamedTuple):
    """One port with the only rule that it can have."""

    port: Port
    rule: Rule
    backends: tuple[Backend, ...]
    name: str


def write_streams(table: RoutingTable, listeners: Listeners, context: Context) -> None:
    """All ports of a table that are not HTTP."""
    for port in table.ports:
        if port.protocol not in ("TCP", "UDP"):
            continue
        rules = [rule for vhost in port.hosts for rule in vhost.rules]
        rule = rules[0] if rules else None
        if rule is None or not isinstance(rule.action, Forward) or not rule.action.backends:
            words = f"nothing stands behind the {port.protocol} port {port.number}"
            _settle_port(port, context, Outcome.obsolete("stream.no-backend", words))
            continue
        if port.extra.get("several"):
            _several(port, rules, context)
            continue
        name = slug(str(port.extra.get("frontend") or f"{table.entry}-{port.number}"))
        stream = Stream(port, rule, rule.action.backends, name)
        service, why = _copyable(stream, context)
        if service is not None:
            _write_service(stream, service, table, context)
        else:
            _write_route(stream, why, listeners, context)


def _several(port: Port, rules: list[Rule], context: Context) -> None:
    outcome = Outcome.manual(
        "stream.several-rules",
        f"{', '.join(port.extra['several'])} share the {port.protocol} port {port.number}, and any one of them is "
        "served today; nothing is written for it",
        "keep the one that is meant, and convert again",
    )
    context.notes.settle_lost(rules, outcome)
    _settle_port(port, context, outcome)


def _settle_port(port: Port, context: Context, outcome: Outcome) -> None:
    for feature in port.features:
        context.notes.settle(feature, outcome)


def _copyable(stream: Stream, context: Context) -> tuple[Service | None, str]:
    """The Service of the input that a LoadBalancer Service can be made from, or why none can."""
    if context.options.l4 == "route":
        return None, "as --l4 route asks"
    if len(stream.backends) > 1:
        return None, "connections are spread over several Services, which no Service can"
    backend = stream.backends[0]
    service = context.inventory.service(backend.namespace, backend.name) if backend.kind == "Service" else None
    if service is None:
        return None, f"Service {backend.namespace}/{backend.name} is not in the input, so its selector is not known"
    if service.type == "ExternalName" or backend.external:
        return None, f"Service {backend.namespace}/{backend.name} stands for a name outside the cluster"
    if not service.selector:
        return None, f"Service {backend.namespace}/{backend.name} has no selector to copy"
    port = service.find(backend.port, stream.port.protocol)
    if port is None or port.protocol != stream.port.protocol:
        return None, f"Service {backend.namespace}/{backend.name} has no {stream.port.protocol} port {backend.port}"
    return service, ""


def _write_service(stream: Stream, service: Service, table: RoutingTable, context: Context) -> None:
    port, number = stream.port, stream.port.number
    found = service.find(stream.backends[0].port, port.protocol)
    target = found.target if found is not None and found.target is not None else (found.port if found else number)
    sticky = next((one for one in stream.rule.features if one.name == "session-affinity"), None)
    spec: dict[str, Any] = {"type": "LoadBalancer"}
    exposure = _exposure(table)
    if exposure.get("service_ip_families"):
        spec["ipFamilyPolicy"] = exposure["service_ip_families"]
    if isinstance(exposure.get("node_ports"), bool):
        spec["allocateLoadBalancerNodePorts"] = exposure["node_ports"]
    if _by_address(sticky):
        spec["sessionAffinity"] = "ClientIP"
    spec["selector"] = dict(service.selector)
    spec["ports"] = [
        {
            "name": f"{port.protocol.lower()}-{number}",
            "protocol": port.protocol,
            "port": number,
            "targetPort": target,
        }
    ]
    earlier = _other_protocol(spec, service, stream, table, context)
    if earlier is not None:
        _settle_service(stream, earlier, sticky, context)
        return
    identity = f"{table.entry}/{port.protocol}/{number}"
    name = context.output.names.claim("Service", service.namespace, f"{stream.name}-lb", identity)
    sources = [stream.rule.object] if stream.rule.object is not None else []
    resource = context.output.objects.add(
        "Service",
        service.namespace,
        name,
        spec,
        sources,
        origin=source_line(stream.rule.object, stream.rule.origin),
        annotations=_carried(exposure, context),
    )
    context.output.provenance["Service", service.namespace, name, 0, 0] = stream.rule
    context.output.streams.setdefault(table.entry, []).append(resource.ref)
    _settle_service(stream, resource.ref, sticky, context)


def _other_protocol(
    spec: dict[str, Any], service: Service, stream: Stream, table: RoutingTable, context: Context
) -> ObjectRef | None:
    """The Service of the same port number for the other protocol, with this port added: both keep one address.

    Resolvers repeat a truncated answer over TCP at the address that they asked by UDP (RFC 7766, section 5).
    """
    for ref in context.output.streams.get(table.entry, ()):
        known = context.output.objects.get(ref.kind, ref.namespace, ref.name)
        body = known.body["spec"] if known is not None else {}
        ports = body.get("ports") or [{}]
        same = {key: value for key, value in body.items() if key != "ports"}
        wanted = {key: value for key, value in spec.items() if key != "ports"}
        if (
            ref.namespace == service.namespace
            and same == wanted
            and [one.get("port") for one in ports] == [stream.port.number]
            and ports[0].get("protocol") != stream.port.protocol
        ):
            body["ports"] = [*ports, *spec["ports"]]
            return ref
    return None


def _exposure(table: RoutingTable) -> dict[str, Any]:
    """What the entry says of its own Service."""
    out: dict[str, Any] = {}
    for feature in table.features:
        if feature.name == "load-balancer" and isinstance(feature.value, dict):
            out.update(feature.value)
    return out


def _carried(exposure: dict[str, Any], context: Context) -> dict[str, str]:
    """Annotations for the provider of addresses; an address itself stays with the Gateway."""
    found = exposure.get("service_annotations")
    heads = tuple(context.pack.settings.get("address_annotations", ()))
    fixed = tuple(context.pack.settings.get("address_of_one", ()))
    entries = found.items() if isinstance(found, dict) else ()
    return {key: str(value) for key, value in entries if key.startswith(heads) and key not in fixed}


def _by_address(feature: Feature | None) -> bool:
    return feature is not None and isinstance(feature.value, dict) and feature.value.get("type") in _BY_ADDRESS


def _settle_service(stream: Stream, service: ObjectRef, sticky: Feature | None, context: Context) -> None:
    fields = (FieldRef("Service", service.namespace, service.name, "spec"),)
    protocol, number = stream.port.protocol, stream.port.number
    words = (
        f"the {protocol} port {number} becomes Service {service.namespace}/{service.name} of type LoadBalancer: "
        "connections take the path through the kernel to the pods, without the proxy, its time limits and tries, and "
        "the Service gets an address of its own"
    )
    outcome = Outcome.approximate(
        "stream.service",
        words,
        "let clients use the new address, or keep the port on the Gateway by --l4 route; set externalTrafficPolicy: "
        "Local if the pods must see the address of clients",
        fields=fields,
        affects=(),
    )
    context.notes.settle_rule([stream.rule], outcome)
    _settle_port(stream.port, context, Outcome.exact("stream.port", "becomes the port of a Service", fields=fields))
    for feature in stream.rule.features:
        context.notes.settle(feature, _in_service(feature, feature is sticky, fields))


def _in_service(feature: Feature, sticky: bool, fields: tuple[FieldRef, ...]) -> Outcome:
    """What a Service makes of a feature."""
    if sticky and _by_address(feature):
        return Outcome.approximate(
            "stream.client-ip",
            "clients are bound to a pod by their address for three hours, not by a hash",
            "see sessionAffinityConfig of the Service",
            fields=fields,
            affects=(),
        )
    if feature.name in ("backend", "default-backend"):
        return Outcome.exact("stream.selector", "the Service selects the same pods", fields=fields)
    return Outcome.approximate(
        f"stream.{feature.name}",
        f"a Service has no {feature.name}: the kernel and the application decide",
        "use --l4 route to keep the port behind the proxy",
        affects=(),
    )


def _write_route(stream: Stream, why: str, listeners: Listeners, context: Context) -> None:
    port, rule = stream.port, stream.rule
    kind = f"{port.protocol}Route"
    namespace = stream.backends[0].namespace or listeners.gateway.namespace
    refs, outcomes = backend_refs(stream.backends, namespace, context, route_kind=kind)
    if not refs:
        context.notes.settle_lost([rule], outcomes[0])
        _settle_port(port, context, outcomes[0])
        return
    listener = listeners.stream(port)
    name = context.output.names.claim(
        kind, namespace, stream.name, f"{listeners.gateway}/{port.protocol}/{port.number}"
    )
    route = ObjectRef(kind, namespace, name)
    parent: dict[str, Any] = {"name": listener.holder.name}
    if listener.holder.namespace != namespace:
        parent["namespace"] = listener.holder.namespace
    parent["sectionName"] = listener.name
    listener.namespaces.add(namespace)
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
    context.notes.settle_rule([rule], Outcome.exact("stream.route", words, fields=fields))
    for outcome in outcomes:
        context.notes.settle_rule([rule], outcome._replace(fields=fields))
    _settle_port(
        port, context, Outcome.exact("stream.listener", f"becomes the {port.protocol} listener {listener.name}")
    )
    _route_features(stream, route, context)


def _route_features(stream: Stream, route: ObjectRef, context: Context) -> None:
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


def _of_clients(feature: Feature, port: Port, context: Context) -> Outcome | None:
    """Keepalive towards clients: a ClientTrafficPolicy of the listener, which time limits have a part in too."""
    if not context.capabilities.policies or port.protocol != "TCP":
        return None
    known = context.entry.keepalives.setdefault(port.number, {})
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
    if context.capabilities.policies and _by_address(feature):
        spec["loadBalancer"] = {"type": "ConsistentHash", "consistentHash": {"type": "SourceIP"}}
        words = "clients are bound by a consistent hash of their address; each moves once"
        return Outcome.approximate("stream.hash", words, fields=fields, affects=())
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
