"""Which routes are served by which listeners, and under which host names.

envoy-gateway: internal/gatewayapi/helpers.go GetReferencedListeners and computeHosts.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.reading.manifests import mappings
from converter.targets.gateway_api.gateway.read_listeners import Listener
from converter.targets.resources import GATEWAY_GROUP, Body, Manifest, Store, number, sequence, text

Attached = tuple[Listener, tuple[str, ...]]
"""A listener and the hosts under which it serves a route; `*` is any."""


GROUPS = (GATEWAY_GROUP, "gateway.networking.x-k8s.io")
"""Where Gateways and ListenerSets live; XListenerSets before Gateway API v1.5."""


class Attachment:
    """The listeners of all Gateways, found by what a parentRef says."""

    def __init__(self, listeners: list[Listener], store: Store) -> None:
        self._store = store
        self._parents: dict[tuple[str, str, str], list[Listener]] = {}
        self._sections: dict[tuple[str, str, str, str], list[Listener]] = {}
        self._owned: dict[tuple[str, str, int], dict[str, int]] = {}
        self._hosts: dict[tuple[int, tuple[str, ...]], tuple[str, ...]] = {}
        self._allowed: dict[tuple[int, str, str], bool] = {}
        for one in listeners:
            owner = (one.owner.kind, one.owner.namespace, one.owner.name)
            self._parents.setdefault(owner, []).append(one)
            self._sections.setdefault((*owner, one.name), []).append(one)
            if one.hostname:
                names = self._owned.setdefault((one.gateway.namespace, one.gateway.name, one.port), {})
                names[one.hostname] = names.get(one.hostname, 0) + 1

    def of(self, route: Manifest) -> Iterator[Attached]:
        """Where a route is served, in the order of its parentRefs."""
        spec = route.spec
        hostnames = tuple([str(name).lower() for name in sequence(spec.get("hostnames"))])
        for ref in mappings(spec.get("parentRefs")):
            for listener in self.listeners(ref, route):
                hosts = self.hosts(hostnames, listener)
                if hosts and listener.ready:
                    yield listener, hosts

    def listeners(self, ref: Body, route: Manifest) -> Iterator[Listener]:
        """The listeners that a parentRef means and that let the route attach."""
        if (ref.get("group") or GATEWAY_GROUP) not in GROUPS:
            return
        space = text(ref.get("namespace")) or route.namespace
        parent = (text(ref.get("kind"), "Gateway"), space, text(ref.get("name")))
        section, port = text(ref.get("sectionName")), ref.get("port")
        named = self._sections.get((*parent, section), ()) if section else self._parents.get(parent, ())
        for one in named:
            if port is None or number(port) == one.port:
                key = (id(one), route.kind, route.namespace)
                if key not in self._allowed:
                    self._allowed[key] = one.allows(route, self._store)
                if self._allowed[key]:
                    yield one

    def hosts(self, hostnames: tuple[str, ...], listener: Listener) -> tuple[str, ...]:
        """The intersection of a route's names with a listener's, without what another listener of the port owns."""
        if not hostnames and not listener.hostname:
            return ("*",)
        key = (id(listener), hostnames)
        if key not in self._hosts:
            if len(self._hosts) > 100_000:
                self._hosts.clear()
            self._hosts[key] = self._intersection(hostnames, listener)
        return self._hosts[key]

    def _intersection(self, hostnames: tuple[str, ...], listener: Listener) -> tuple[str, ...]:
        if not hostnames:
            return (listener.hostname,)
        owned = self._owned.get((listener.gateway.namespace, listener.gateway.name, listener.port), {})
        found = {both for name in hostnames if (both := intersection(listener.hostname, name))}
        return tuple(sorted(name for name in found if owned.get(name, 0) <= (1 if name == listener.hostname else 0)))


def intersection(listener: str, route: str) -> str:
    """The narrower of two host names where one covers the other, else ""; an empty listener name covers all."""
    if not listener or listener == route or covers(listener, route):
        return route
    return listener if covers(route, listener) else ""


def covers(wildcard: str, name: str) -> bool:
    """`*.com` covers `a.com`, `a.b.com` and `*.a.com`, not `com` and not itself."""
    if not wildcard.startswith("*"):
        return False
    suffix, rest = wildcard[1:], name.removeprefix("*")
    if not rest.endswith(suffix):
        return False
    before = rest[: len(rest) - len(suffix)]
    return bool(before) and (not name.startswith("*") or before.startswith("."))
