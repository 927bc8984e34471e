"""TCP and UDP ports as Services of type LoadBalancer, where one Service with a selector answers all of a port."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import FieldRef, ObjectRef, Outcome
from converter.reading.inventory import Service
from converter.routing.actions import Backend
from converter.routing.table import Feature, Port, RoutingTable, Rule
from converter.targets.context import Context, source_line
from converter.targets.gateway_api.stream_routes.address_provider import missing

_BY_ADDRESS = ("source", "source-ip", "sip-hash")


class StreamPort(NamedTuple):
    """One port with the only rule that it can have."""

    port: Port
    rule: Rule
    backends: tuple[Backend, ...]
    name: str


def settle_port(port: Port, context: Context, outcome: Outcome) -> None:
    for feature in port.features:
        context.notes.settle(feature, outcome)


def copyable(stream: StreamPort, context: Context) -> tuple[Service | None, str]:
    """The Service of the input that a LoadBalancer Service can be made from, or why none can."""
    if context.options.l4 == "route":
        return None, "as --l4 route requires"
    if context.capabilities.policies and any(proxy_protocol(one) for one in stream.rule.features):
        return None, "a Service can neither read nor send the PROXY protocol"
    if len(stream.backends) > 1:
        return None, "connections are spread over several Services, which no Service can"
    backend = stream.backends[0]
    service = context.inventory.service(backend.namespace, backend.name) if backend.kind == "Service" else None
    if service is None:
        return None, f"Service {backend.namespace}/{backend.name} is not in the input, so its selector is not known"
    if service.type == "ExternalName" or backend.external:
        return None, f"Service {backend.namespace}/{backend.name} is an ExternalName"
    if not service.selector:
        return None, f"Service {backend.namespace}/{backend.name} has no selector to copy"
    port = service.find(backend.port, stream.port.protocol)
    if port is None or port.protocol != stream.port.protocol:
        return None, f"Service {backend.namespace}/{backend.name} has no {stream.port.protocol} port {backend.port}"
    return service, ""


def write_service(stream: StreamPort, service: Service, table: RoutingTable, context: Context) -> None:
    port, number = stream.port, stream.port.number
    sticky = next((one for one in stream.rule.features if one.name == "session-affinity"), None)
    exposure = _exposure(table)
    spec = _service_spec(stream, service, exposure, sticky)
    doubt = missing(exposure, f"{port.protocol} port {number}", context)
    if doubt is not None:
        _settle_doubt(stream, doubt, context)
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


def _settle_doubt(stream: StreamPort, doubt: Outcome, context: Context) -> None:
    """A fact of its own, on the object that the port comes from."""
    known = stream.rule.origin or next((one for feature in stream.port.features for one in feature.origins), None)
    if known is not None:
        context.ledger.settle(known._replace(kind="object", key="LoadBalancer address", value=""), doubt, "listener")


def _service_spec(
    stream: StreamPort, service: Service, exposure: dict[str, Any], sticky: Feature | None
) -> dict[str, Any]:
    """A LoadBalancer with the selector and the one port of the Service."""
    port, number = stream.port, stream.port.number
    found = service.find(stream.backends[0].port, port.protocol)
    target = found.target if found is not None and found.target is not None else (found.port if found else number)
    spec: dict[str, Any] = {"type": "LoadBalancer"}
    if exposure.get("service_ip_families"):
        spec["ipFamilyPolicy"] = exposure["service_ip_families"]
    if isinstance(exposure.get("node_ports"), bool):
        spec["allocateLoadBalancerNodePorts"] = exposure["node_ports"]
    if by_address(sticky):
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
    return spec


def _other_protocol(
    spec: dict[str, Any], service: Service, stream: StreamPort, table: RoutingTable, context: Context
) -> ObjectRef | None:
    """The Service of the same port number for the other protocol, with this port added: both keep one address.

    Resolvers repeat a truncated response over TCP at the address that they asked by UDP (RFC 7766, section 5).
    """
    wanted = {key: value for key, value in spec.items() if key != "ports"}
    for ref in context.output.streams.get(table.entry, ()):
        known = context.output.objects.get(ref.kind, ref.namespace, ref.name)
        body = known.body["spec"] if known is not None else {}
        ports = body.get("ports") or [{}]
        if (
            ref.namespace == service.namespace
            and [one.get("port") for one in ports] == [stream.port.number]
            and ports[0].get("protocol") != stream.port.protocol
            and {key: value for key, value in body.items() if key != "ports"} == wanted
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


def proxy_protocol(feature: Feature) -> dict[str, bool]:
    """What an entry says of PROXY headers: `decode` those of clients, `encode` one for the backend."""
    value = feature.value.get("proxy_protocol") if isinstance(feature.value, dict) else None
    return value if isinstance(value, dict) else {}


def by_address(feature: Feature | None) -> bool:
    return feature is not None and isinstance(feature.value, dict) and feature.value.get("type") in _BY_ADDRESS


def _settle_service(stream: StreamPort, service: ObjectRef, sticky: Feature | None, context: Context) -> None:
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
    settle_port(stream.port, context, Outcome.exact("stream.port", "becomes the port of a Service", fields=fields))
    for feature in stream.rule.features:
        context.notes.settle(feature, _in_service(feature, feature is sticky, fields))


def lost_proxy_protocol(feature: Feature) -> Outcome:
    """Where neither a Service nor the target has a field for it."""
    sides = [name for name, key in (("read from clients", "decode"), ("sent to the backend", "encode")) if
             proxy_protocol(feature).get(key)]  # fmt: skip
    return Outcome.manual(
        "stream.proxy-protocol",
        f"The PROXY header of connections is no longer {' or '.join(sides)}. A peer that expects the header refuses "
        "connections without it.",
        "Use --to envoy-gateway, which has fields for it, or let the load balancer and the application agree.",
        affects=(),
    )


def _in_service(feature: Feature, sticky: bool, fields: tuple[FieldRef, ...]) -> Outcome:
    """What a Service makes of a feature."""
    if sticky and by_address(feature):
        return Outcome.approximate(
            "stream.client-ip",
            "clients are bound to a pod by their address for three hours, not by a hash",
            "see sessionAffinityConfig of the Service",
            fields=fields,
            affects=(),
        )
    if feature.name in ("backend", "default-backend"):
        return Outcome.exact("stream.selector", "the Service selects the same pods", fields=fields)
    if proxy_protocol(feature):
        return lost_proxy_protocol(feature)
    return Outcome.approximate(
        f"stream.{feature.name}",
        f"a Service has no {feature.name}: the kernel and the application decide",
        "use --l4 route to keep the port behind the proxy",
        affects=(),
    )
