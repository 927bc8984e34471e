"""Routes to their listeners: does each parent take the route, and does it then answer any host?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.model import ObjectRef, Resource
from converter.validation.known_objects import GATEWAY_API, Index
from converter.validation.problem import Problem

_KINDS = {
    "HTTP": frozenset({"HTTPRoute", "GRPCRoute"}),
    "HTTPS": frozenset({"HTTPRoute", "GRPCRoute"}),
    "TLS": frozenset({"TLSRoute", "TCPRoute"}),
    "TCP": frozenset({"TCPRoute"}),
    "UDP": frozenset({"UDPRoute"}),
}


class ParentListener(NamedTuple):
    """A listener and the object that it belongs to."""

    owner: ObjectRef
    name: str
    port: int
    protocol: str
    hostname: str
    allowed: dict[str, Any]
    path: str


def listeners_of(resource: Resource) -> list[ParentListener]:
    """The listeners of a Gateway or ListenerSet."""
    entries = (resource.body.get("spec") or {}).get("listeners") or ()
    return [
        ParentListener(
            resource.ref,
            entry.get("name", ""),
            entry.get("port", 0),
            entry.get("protocol", ""),
            entry.get("hostname", ""),
            entry.get("allowedRoutes") or {},
            f"spec.listeners[{number}]",
        )
        for number, entry in enumerate(entries)
    ]


LISTENER_SETS = frozenset({"ListenerSet", "XListenerSet"})
"""By its present name, and in Gateway API before v1.5."""
GROUPS = frozenset({GATEWAY_API, "gateway.networking.x-k8s.io"})


class Attachments:
    """All listeners of the output, and the hosts that each port has listeners for."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.listeners: dict[ObjectRef, list[ParentListener]] = {}
        self.named: dict[ObjectRef, dict[str, list[ParentListener]]] = {}
        """The same by the name of the listener."""
        self.gateways: dict[ObjectRef, ObjectRef] = {}
        """ListenerSet (or Gateway) -> its Gateway."""
        self.hosts: dict[tuple[ObjectRef, int], set[str]] = {}
        self.domains: dict[tuple[ObjectRef, int, str], ParentListener] = {}
        """Which listener serves a name by plain HTTP; Envoy Gateway puts all listeners of a port into one list of
        names."""
        for resource in index.objects.values():
            if resource.kind in {"Gateway", *LISTENER_SETS}:
                self._add(resource)

    def _add(self, resource: Resource) -> None:
        gateway = resource.ref
        if resource.kind in LISTENER_SETS:
            parent = (resource.body.get("spec") or {}).get("parentRef") or {}
            gateway = ObjectRef("Gateway", parent.get("namespace") or resource.namespace, parent.get("name", ""))
        self.gateways[resource.ref] = gateway
        self.listeners[resource.ref] = found = listeners_of(resource)
        named = self.named[resource.ref] = {}
        for listener in found:
            named.setdefault(listener.name, []).append(listener)
            self.hosts.setdefault((gateway, listener.port), set()).add(listener.hostname)

    def problems(self, route: Resource) -> Iterator[Problem]:
        """Parents that do not exist, do not take the route, or share no host with it."""
        spec = route.body.get("spec") or {}
        hostnames = spec.get("hostnames") or [""]
        for number, parent in enumerate(spec.get("parentRefs") or ()):
            if parent.get("group", GATEWAY_API) not in GROUPS or parent.get("kind", "Gateway") == "Service":
                continue
            found = self._taking(route, parent, hostnames)
            message = found if isinstance(found, str) else self._twice(found, hostnames)
            if message:
                rule = "reference" if isinstance(found, str) else "refused"
                yield Problem(route.ref, f"spec.parentRefs[{number}]", message, rule)

    def _twice(self, taking: list[ParentListener], hostnames: list[str]) -> str | None:
        """Envoy: "Only unique values for domains are permitted", which costs every route of the port."""
        for one in taking:
            if one.protocol != "HTTP":
                continue
            for hostname in hostnames:
                if self._answers(one, hostname):
                    domain = one.hostname if len(one.hostname) > len(hostname) else hostname
                    other = self.domains.setdefault((self.gateways[one.owner], one.port, domain), one)
                    if other is not one:
                        return (
                            f"listeners {other.name} and {one.name} would both serve {domain or 'any name'} on "
                            f"port {one.port}, which Envoy refuses: name one of them in sectionName"
                        )
        return None

    def _taking(self, route: Resource, parent: dict[str, Any], hostnames: list[str]) -> str | list[ParentListener]:
        """The listeners that take a route, or why none does."""
        kind = parent.get("kind", "Gateway")
        ref = ObjectRef(kind, parent.get("namespace") or route.namespace, parent.get("name", ""))
        listeners = self.listeners.get(ref)
        if listeners is None:
            known = self.index.known(*ref)
            return [] if known else f"{ref} is neither among the objects written nor known to exist"
        section, port = parent.get("sectionName"), parent.get("port")
        named = self.named[ref].get(section, []) if section else listeners
        if port:
            named = [one for one in named if one.port == port]
        if not named:
            return f"{ref} has no listener {section or port}"
        taking = [one for one in named if self._takes(one, route)]
        if not taking:
            return f"no such listener of {ref} takes a {route.kind} from namespace {route.namespace}"
        for one in taking:
            for hostname in hostnames:
                if self._answers(one, hostname):
                    return taking
        return f"no such listener of {ref} serves {', '.join(hostnames)}"

    def _takes(self, listener: ParentListener, route: Resource) -> bool:
        allowed = listener.allowed
        kinds = allowed.get("kinds")
        if kinds:
            if all(entry.get("kind") != route.kind for entry in kinds):
                return False
        elif route.kind not in _KINDS.get(listener.protocol, ()):
            return False
        return namespace_allowed(allowed.get("namespaces") or {}, listener.owner.namespace, route.namespace)

    def _answers(self, listener: ParentListener, hostname: str) -> bool:
        """Envoy Gateway leaves a host to the listener of that very name, where the port has one."""
        if not hostname or hostname == listener.hostname:
            return True
        if not intersects(listener.hostname, hostname):
            return False
        return hostname not in self.hosts[self.gateways[listener.owner], listener.port]


def namespace_allowed(namespaces: dict[str, Any], own: str, other: str) -> bool:
    """`namespaces.from` of a listener, as far as it is known without the Namespace objects."""
    source = namespaces.get("from", "Same")
    if source == "Same":
        return own == other
    if source == "None":
        return False
    wanted = ((namespaces.get("selector") or {}).get("matchLabels") or {}).get("kubernetes.io/metadata.name")
    return source == "All" or wanted is None or wanted == other


def intersects(listener: str, route: str) -> bool:
    """True where a host exists that both names cover; "" covers all."""
    if not listener or not route or listener == route:
        return True
    if listener.startswith("*."):
        return route.removeprefix("*").endswith(listener[1:])
    return route.startswith("*.") and listener.endswith(route[1:])


def listener_conflicts(attachments: Attachments) -> Iterator[Problem]:
    """Listeners of one Gateway and its ListenerSets that exclude each other; the schema sees only one object."""
    by_gateway: dict[ObjectRef, list[ParentListener]] = {}
    for owner, listeners in attachments.listeners.items():
        by_gateway.setdefault(attachments.gateways[owner], []).extend(listeners)
    for listeners in by_gateway.values():
        seen: dict[tuple[int, str, str], ParentListener] = {}
        protocols: dict[int, ParentListener] = {}
        for one in listeners:
            other = seen.setdefault((one.port, _family(one.protocol), one.hostname), one)
            if other is not one:
                words = f"port and hostname are those of listener {other.name} of {other.owner}"
                yield Problem(one.owner, one.path, words, "reference")
            first = protocols.setdefault(one.port, one)
            if one.protocol != "UDP" and not _share(first.protocol, one.protocol):
                words = f"{one.protocol} cannot share port {one.port} with the {first.protocol} listener {first.name}"
                yield Problem(one.owner, one.path, words, "reference")


def _family(protocol: str) -> str:
    return "TLS" if protocol in {"HTTPS", "TLS"} else protocol


def _share(one: str, other: str) -> bool:
    return one == "UDP" or (_family(one) == _family(other) and one != "TCP") or one == other == "TCP"


def listener_set_problems(resource: Resource, attachments: Attachments) -> Iterator[Problem]:
    """A ListenerSet needs a Gateway that lets it in."""
    gateway = attachments.gateways[resource.ref]
    spec = attachments.index.spec(*gateway)
    if spec is None:
        if not attachments.index.known(*gateway):
            words = f"{gateway} is neither among the objects written nor known to exist"
            yield Problem(resource.ref, "spec.parentRef", words, "reference")
        return
    allowed = (spec.get("allowedListeners") or {}).get("namespaces") or {"from": "None"}
    if not namespace_allowed(allowed, gateway.namespace, resource.namespace):
        words = f"{gateway} allows no ListenerSet from namespace {resource.namespace} (spec.allowedListeners)"
        yield Problem(resource.ref, "spec.parentRef", words, "reference")
