"""Services as Alauda ALB finds them: by protocol, and by name only where that is known (alb: driver/kubernetes.go)."""

from __future__ import annotations

from dataclasses import replace

from converter.model.options import Options
from converter.reading.inventory import Inventory, ServiceBackend
from converter.routing.actions import Backend
from converter.sources.backends import backend

NO_BALANCER = 500


class Finder:
    """Looks Services up in the input."""

    def __init__(self, inventory: Inventory, options: Options) -> None:
        self._inventory, self._options = inventory, options

    def find(self, namespace: str, wanted: ServiceBackend, protocol: str = "TCP", weight: int = 100) -> Backend:
        """The backend; 500 where it has no endpoints of this protocol."""
        found = backend(
            self._inventory,
            self._options,
            namespace,
            wanted,
            weight=weight,
            missing=NO_BALANCER,
            empty=NO_BALANCER,
        )
        service = self._inventory.service(namespace, wanted.service)
        if service is None:
            return found
        if service.external_name:
            gone = service.external_name.rstrip(".").endswith(".invalid")  # RFC 6761: never resolves
            return replace(found, failure=NO_BALANCER) if gone else found
        here = [port for port in service.ports if wanted.port in (port.port, port.name)]
        own = next((port for port in here if (port.protocol or "TCP") == protocol), None)
        if own is None:
            number = wanted.port if isinstance(wanted.port, int) else None
            return replace(found, failure=NO_BALANCER, number=number)
        return replace(found, number=own.port)


def unresolved(found: Backend) -> bool:
    """A port name that is known not to exist: the controller makes no rule (GetServicePortNumber)."""
    return isinstance(found.port, str) and bool(found.failure) and found.number is None
