"""LoadBalancer Services that were written for TCP and UDP ports, as ports of a table."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.model import ObjectRef, Resource
from converter.reading.inventory import Document, Service, ServicePort
from converter.routing.actions import Backend, Passthrough
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Port, Rule, VirtualHost


def balancer_ports(resources: Iterable[Resource | Document], services: Iterable[Service]) -> Iterator[Port]:
    """What each port of the Services reaches: the Service of the input that selects the same pods and port."""
    known: dict[tuple[str, tuple[tuple[str, str], ...]], list[Service]] = {}
    for service in services:
        if service.selector:
            known.setdefault((service.namespace, tuple(sorted(service.selector.items()))), []).append(service)
    for resource in resources:
        spec = resource.body["spec"]
        same = known.get((resource.namespace, tuple(sorted((spec.get("selector") or {}).items()))), [])
        for entry in spec.get("ports") or ():
            protocol, target = entry.get("protocol", "TCP"), entry.get("targetPort", entry.get("port"))
            backends = tuple(
                Backend(one.namespace, one.name, port.port, port.port)
                for one in same
                for port in one.ports
                if port.protocol == protocol and _target(port) == target
            )[:1]
            rule = Rule(
                action=Passthrough(backends),
                name=str(resource.ref),
                object=ObjectRef(*resource.ref),
                resource=(resource.kind, resource.namespace, resource.name, 0, 0),
            )
            yield Port(
                entry["port"],
                protocol,
                [VirtualHost((), [rule])],
                paths=PathRules("literal"),
                headers=HeaderRules(),
            )


def _target(port: ServicePort) -> int | str:
    return port.port if port.target is None else port.target
