"""Upstreams: one per namespace, Service and port as written, made by the oldest Ingress that names it.

nginx: internal/ingress/controller/controller.go:1021-1150 (createUpstreams), 1200-1250 (serviceEndpoints).
"""

from __future__ import annotations

from converter.model.data import dataclass
from converter.model.options import Options
from converter.reading.inventory import Inventory, Service, ServiceBackend, ServicePort
from converter.routing.actions import Backend
from converter.sources.backends import lacks_endpoints
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served

Key = tuple[str, str, int | str | None]


@dataclass(slots=True, eq=False)
class Upstream:
    """A Service port with everything that the controller stores on it."""

    key: Key
    owner: Served
    """The Ingress that made it: its balancing settings apply."""
    no_server: bool = False
    """Made by a canary: no location may use it."""
    shaping: Served | None = None
    """The canary whose weights and headers it carries."""
    alternatives: tuple[Upstream, ...] = ()
    affinity: Served | None = None
    """The youngest Ingress that asks for an affinity cookie: name and attributes are its own for all."""
    backend: Backend | None = None
    """What was sent to last; hardly ever is one asked for in two protocols."""


class Upstreams:
    """All upstreams of a class."""

    def __init__(self, inventory: Inventory, control: Controller, options: Options) -> None:
        self.inventory, self.control, self.options = inventory, control, options
        self.by_key: dict[Key, Upstream] = {}

    def add(self, served: Served, wanted: ServiceBackend, replacing: bool = False) -> Upstream:
        """The upstream of a backend; a default backend makes it anew."""
        key = (served.ingress.namespace, wanted.service, wanted.port)
        known = self.by_key.get(key)
        if known is not None and not replacing:
            return known
        made = Upstream(key, served)
        if served.canary:
            made.no_server, made.shaping = True, served
        self.by_key[key] = made
        return made

    def bind(self, served: Served) -> None:
        """An affinity cookie of this Ingress takes the place of those before (nginx: controller.go:875-910)."""
        for rule in served.ingress.rules:
            for path in rule.paths or ():
                wanted = path.backend
                if isinstance(wanted, ServiceBackend):
                    known = self.by_key.get((served.ingress.namespace, wanted.service, wanted.port))
                    if known is not None:
                        known.affinity = served

    def backend(self, upstream: Upstream, protocol: str) -> Backend:
        """What the proxy sends to, speaking this protocol."""
        found = upstream.backend
        if found is None or found.protocol != protocol:
            found = upstream.backend = self._backend(upstream.key, protocol)
        return found

    def _backend(self, key: Key, protocol: str) -> Backend:
        namespace, name, wanted = key
        service = self.inventory.service(namespace, name)
        if service is None:
            number = (
                wanted
                if isinstance(wanted, int)
                else self.options.service_ports.get(f"{namespace}/{name}", {}).get(str(wanted))
            )
            failure = 503 if self.inventory.lacks("Service", namespace, name) else 0
            return Backend(namespace, name, wanted, number, 1, protocol, failure)
        if service.external_name:
            return self._external(key, protocol, service)
        port = matching_port(service, wanted)
        if port is None:
            return Backend(namespace, name, wanted, wanted if isinstance(wanted, int) else None, 1, protocol, 503)
        failure = 503 if lacks_endpoints(self.inventory, service, port) else 0
        return Backend(namespace, name, wanted, port.port, 1, protocol, failure)

    def _external(self, key: Key, protocol: str, service: Service) -> Backend:
        """nginx: controller.go:1795-1850 (externalNamePorts): the targetPort of the Service port is dialled."""
        namespace, name, wanted = key
        port = service.find(wanted)
        number = port.port if port else (wanted if isinstance(wanted, int) else None)
        dialled = port.target if port and isinstance(port.target, int) else None
        if self.control.flag("disable-svc-external-name"):
            return Backend(namespace, name, wanted, number, 1, protocol, 503)  # and no way to the outside either
        return Backend(
            namespace,
            name,
            wanted,
            number,
            1,
            protocol,
            external=service.external_name,
            external_port=dialled if dialled != number else None,
        )


def matching_port(service: Service, wanted: int | str | None) -> ServicePort | None:
    """The first port whose number, targetPort or name is the text (nginx: controller.go:1233-1247)."""
    text = str(wanted)
    for port in service.ports:
        target = port.target if port.target is not None else port.port
        if text in (str(port.port), str(target), port.name):
            return port
    return None
