"""Which certificate each host is served with.

nginx: internal/ingress/controller/controller.go:1443-1504, 1717-1764; rootfs/etc/nginx/lua/certificate.lua:48-71.
"""

from __future__ import annotations

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.facts import tls_fact
from converter.reading.inventory import Inventory
from converter.routing.host_names import covers_one_label
from converter.routing.table import Certificate
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server


def has_entry(host: str, servers: dict[str, Server]) -> bool:
    """True where the host, or a wildcard host one label up, has a certificate entry."""
    server = servers.get(host)
    if server is not None and server.certificate is not None:
        return True
    parent = servers.get("*." + host.partition(".")[2]) if host != CATCH_ALL else None
    return parent is not None and parent.certificate is not None


def covers(name: str, host: str) -> bool:
    """A certificate name against a host; a wildcard is one label."""
    return covers_one_label(name, host) or name.lower() == host.lower()


def names_of(server: Server) -> list[str]:
    """Names that the certificate of a server is taken to have."""
    return [] if server.certificate is None else server.certificate.tls_entries.names(server.host)


class Certificates:
    """Certificates of the HTTPS port."""

    def __init__(self, inventory: Inventory, control: Controller) -> None:
        self.inventory, self.control = inventory, control
        self._by_secret: dict[tuple[str, str], tuple[list[str], list[Origin]]] = {}
        """Hosts and facts."""
        self._used: set[tuple[Served, int]] = set()
        """Entries of spec.tls by their number."""

    def all(self, servers: dict[str, Server]) -> list[Certificate]:
        """Grouped by Secret, the default certificate last."""
        for server in servers.values():
            if server.certificate is not None:
                self._add(server, server.certificate)
        namespace, mark, name = self.control.flags.get("default-ssl-certificate", "").partition("/")
        out = [
            Certificate(tuple(hosts), key[0], key[1], tuple(dict.fromkeys(origins) if len(origins) > 1 else origins))
            for key, (hosts, origins) in self._by_secret.items()
        ]
        out.append(Certificate((), namespace if mark else "", name if mark else ""))
        return out

    def _add(self, server: Server, served: Served) -> None:
        index = served.tls_entries.chosen(server.host)
        key: tuple[str, str] = ("", "")
        origin: Origin | None = None
        if index is not None:
            block = served.ingress.tls[index]
            key = (served.ingress.namespace, block.secret)
            origin = tls_fact(served.ingress, index)
            self._used.add((served, index))
        known = self._by_secret.get(key)
        if known is None:
            known = self._by_secret[key] = [], []
        known[0].append(server.host)
        if origin is not None:
            known[1].append(origin)

    def settle_unused(self, served: Served, ledger: Ledger) -> None:
        """Entries of an Ingress that no host is served with."""
        for index in range(len(served.ingress.tls)):
            if (served, index) not in self._used:
                words = "serves no host: no rule has its names, or an older Ingress sets the certificate of the host"
                ledger.settle(tls_fact(served.ingress, index), Outcome.obsolete("tls.unused", words), "tls")
