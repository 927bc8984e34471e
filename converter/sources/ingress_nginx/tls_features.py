"""What a host asks of TLS connections: settings of its HTTPS listener."""

from __future__ import annotations

from converter.routing.table import Feature
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import Server


def tls_features(server: Server) -> tuple[Feature, ...]:
    """Client certificates (not where the mode is `off`) and ciphers of a host; port 80 has neither."""
    out = []
    client = server.client_certificate
    if client is not None and not server.tls_error and _verifies(client):
        out.append(client.settings.get("client-certificate").feature())
    for name in ("ciphers", "prefer-server"):
        owner = server.tls_options.get(name)
        if owner is not None:
            value = owner.settings.value("tls-options", name)
            out.append(Feature("tls-options", {name: value}, (owner.settings.get("tls-options").origins[name],)))
    return tuple(out)


def _verifies(client: Served) -> bool:
    return bool(client.settings.value("client-certificate", "verify") != "off")
