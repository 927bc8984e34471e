"""Listeners of a load balancer: one a port, or those of a Gateway of the input."""

from __future__ import annotations

from typing import Any

from converter.routing.table import Port
from converter.targets.gateway_api.gateway.attached_listeners import AttachedListeners
from converter.targets.gateway_api.gateway.write_allowed_routes import allowed_routes
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener


class PortListeners(Listeners):
    """One listener a port, for every host: certificates are found in ACM, routes carry the hosts."""

    def find(self, port: Port, host: str) -> WrittenListener | None:
        """The listener of the port."""
        return self._listener(port, "", None)

    def _body(self, listener: WrittenListener) -> dict[str, Any]:
        body: dict[str, Any] = {"name": listener.name, "protocol": listener.protocol, "port": listener.port}
        namespaces = allowed_routes(listener, self.context)
        if namespaces is not None:
            body["allowedRoutes"] = {"namespaces": namespaces}
        return body


class AttachedPortListeners(AttachedListeners):
    """Listeners of a Gateway of the input; certificates are no part of them."""

    def find(self, port: Port, host: str) -> WrittenListener:
        """The listener that serves a host."""
        return self._attached(port, host, port.protocol)
