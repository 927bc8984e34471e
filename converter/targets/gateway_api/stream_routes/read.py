"""Routes below HTTP: TLS by server name, TCP and UDP by port."""

from __future__ import annotations

from collections.abc import Iterable

from converter.reading.manifests import mappings
from converter.routing.actions import Passthrough
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Port, Rule, VirtualHost
from converter.targets.gateway_api.gateway.read_attachment import Attachment
from converter.targets.gateway_api.gateway.read_listeners import Listener
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.resources import Manifest, Store

RAW = PathRules("literal")
AS_SENT = HeaderRules()


class Streams:
    """Chains of TLS ports and rules of TCP and UDP ports."""

    def __init__(self, store: Store, attachment: Attachment, backends: Backends) -> None:
        self._backends = backends
        self._routes: dict[int, list[tuple[Manifest, tuple[str, ...]]]] = {}
        for kind in ("TLSRoute", "TCPRoute", "UDPRoute"):
            for route in store.of(kind):
                for listener, hosts in attachment.of(route):
                    self._routes.setdefault(id(listener), []).append((route, hosts))

    def chains(self, listener: Listener) -> Iterable[Port]:
        """The parts of a TLS port that this listener's routes take connections by."""
        for route, hosts in self._routes.get(id(listener), ()):
            for host in hosts:
                rule = self._rule(route)
                name = "" if host == "*" else host
                yield Port(
                    listener.port,
                    "TLS",
                    [VirtualHost((), [rule])],
                    server_name=name,
                    paths=RAW,
                    headers=AS_SENT,
                )

    def rules(self, listener: Listener) -> list[Rule]:
        """What takes the connections of a TCP or UDP port: the oldest route."""
        return [self._rule(route) for route, _ in self._routes.get(id(listener), ())[:1]]

    def _rule(self, route: Manifest) -> Rule:
        spec = next(iter(mappings(route.spec.get("rules"))), {})
        backends = self._backends.of(mappings(spec.get("backendRefs")), route)
        place = (route.kind, route.namespace, route.name, 0, 0)
        rule = Rule(
            action=Passthrough(backends),
            name=f"{route.kind} {route.namespace}/{route.name} rules[0]",
            object=route.ref,
            resource=place,
        )
        source = route.rules.get("rules[0]")
        if source is not None:
            rule.origin = getattr(source, "origin", None)
        elif route.location.path:
            rule.origin = route.origin("spec.rules[0]", rule.name)
        return rule
