"""What a log leaves open about a request: which ports, schemes and hosts it may have been sent to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from converter.comparison.equivalence import Comparison
from converter.comparison.witnesses import UNLISTED, host_samples
from converter.replay.rows import Row
from converter.routing.actions import Forward
from converter.routing.exchange import DEFAULT_PORTS, host_only
from converter.routing.natural_number import natural_number
from converter.routing.table import Port, RoutingTable

MAX_HOSTS = 16
"""So many hosts are asked where a log names none."""
NO_UPSTREAM = frozenset({"", "-", "internal", "upstream-default-backend"})
"""What nginx calls the backend of a request that no rule takes."""
_SCHEMES = {"HTTP": "http", "HTTPS": "https"}


class Destination(NamedTuple):
    """Where a request may have gone."""

    comparison: Comparison
    scheme: str
    port: int
    """0: the port of the scheme."""
    host: str


class Candidates:
    """The places of requests.

    Args:
        comparisons: Entries that the log may be of.
        host: Host of all requests whose log names none; "": not known.
        scheme: The same for the scheme.
    """

    def __init__(self, comparisons: Iterable[Comparison], host: str = "", scheme: str = "") -> None:
        self._comparisons = list(comparisons)
        self._host, self._scheme = host, scheme
        self._known: dict[tuple[str, ...], tuple[Destination, ...]] = {}
        self._by_upstream: dict[str, dict[tuple[int, str], None]] = {}
        self._hosts: dict[tuple[int, str], None] = {}
        for number, one in enumerate(self._comparisons):
            self._index(number, one.before)

    def _index(self, number: int, table: RoutingTable) -> None:
        """Names of hosts, by the backends that their rules choose."""
        for port in table.ports:
            for vhost in port.hosts if port.protocol in _SCHEMES else ():
                for rule in vhost.rules:
                    tests = rule.hosts or vhost.hosts
                    names = [(number, host) for host in host_samples(tests)[:2]]
                    self._hosts.update(dict.fromkeys(names[:1]))
                    for backend in rule.action.backends if isinstance(rule.action, Forward) else ():
                        key = upstream_name(backend.key)
                        self._by_upstream.setdefault(key, {}).update(dict.fromkeys(names[:1]))

    def of(self, row: Row, upstream: str) -> tuple[Destination, ...]:
        """All places that a row of the log may stand for."""
        host, scheme = row.host or self._host, row.scheme or self._scheme
        key = (host, scheme, row.port, "" if host else upstream)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(dict.fromkeys(self._places(host, scheme, row.port, upstream)))
        return known

    def _places(self, host: str, scheme: str, port: str, upstream: str) -> Iterator[Destination]:
        for number, name in self._names(host, upstream):
            comparison = self._comparisons[number]
            for one in _ports(comparison.before, scheme, port):
                own = _SCHEMES[one.protocol]
                yield Destination(comparison, own, 0 if DEFAULT_PORTS[own] == one.number else one.number, name)

    def _names(self, host: str, upstream: str) -> Iterable[tuple[int, str]]:
        """Entries with the host that is asked."""
        if host:
            name = host_only(host)
            knowing = [number for number, one in enumerate(self._comparisons) if _knows(one.before, name)]
            return [(number, host) for number in knowing or range(min(len(self._comparisons), 1))]
        found = self._by_upstream.get(upstream)
        if found:
            return list(found)[:MAX_HOSTS]
        if upstream not in NO_UPSTREAM:
            return []
        return [*((number, UNLISTED) for number in range(len(self._comparisons))), *list(self._hosts)[:MAX_HOSTS]]


def upstream_name(backend: str) -> str:
    """`shop-web-80` for `shop/web:80`, as nginx calls a Service's port.

    Source: nginx: internal/ingress/controller/util.go upstreamName.
    """
    return backend.replace("/", "-").replace(":", "-")


def _ports(table: RoutingTable, scheme: str, number: str) -> list[Port]:
    """The HTTP ports of a table that a request may have come by."""
    ports = [port for port in table.ports if port.protocol in _SCHEMES]
    if scheme:
        ports = [port for port in ports if _SCHEMES[port.protocol] == scheme]
    found = natural_number(number)
    wanted = set() if found is None else {found, found - 10_000}
    exact = [port for port in ports if port.number in wanted]
    if exact:
        return exact
    default = [port for port in ports if DEFAULT_PORTS[_SCHEMES[port.protocol]] == port.number]
    return default or ports


def _knows(table: RoutingTable, name: str) -> bool:
    for port in table.ports:
        vhost = port.select(name)
        if vhost is not None and vhost.hosts:
            return True
        if port.fall_through and any(rule.hosts for rule in port.candidates(name)):
            return True
    return False
