"""Which certificate each host is served with.

nginx: internal/ingress/controller/controller.go:1443-1504, 1717-1764; rootfs/etc/nginx/lua/certificate.lua:48-71.
"""

from __future__ import annotations

from converter.facts import tls_fact
from converter.ledger import Ledger
from converter.model import Origin, Outcome
from converter.reading.inventory import Ingress, Inventory
from converter.routing.table import Certificate
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served import Served
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
    if name.startswith("*."):
        return host.partition(".")[2] == name[2:]
    return name.lower() == host.lower()


def chosen(host: str, ingress: Ingress) -> int | None:
    """The entry of spec.tls for a host: the one that lists it, else the first whose certificate covers it.

    What a certificate covers is not in a manifest; it is taken to have the names that are listed with its Secret.
    """
    wanted = host.lower()
    for index, block in enumerate(ingress.tls):
        for one in block.hosts:
            if one.lower() == wanted:
                return index
    for index, block in enumerate(ingress.tls):
        if block.secret and any(covers(one, host) for one in block.hosts):
            return index
    return None


def names_of(server: Server) -> list[str]:
    """Names that the certificate of a server is taken to have."""
    served = server.certificate
    index = chosen(server.host, served.ingress) if served else None
    if served is None or index is None:
        return []
    secret = served.ingress.tls[index].secret
    return [name for block in served.ingress.tls if block.secret == secret and secret for name in block.hosts]


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
        index = chosen(server.host, served.ingress)
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
                words = "serves no host: no rule has its names, or an older Ingress gave the host its certificate"
                ledger.settle(tls_fact(served.ingress, index), Outcome.obsolete("tls.unused", words), "tls")
