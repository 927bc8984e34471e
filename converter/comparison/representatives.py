"""Which hosts are alike on both sides, so that one of each kind is read back and asked for all of them.

Reading the resources of ten thousand hosts back would take as long as writing them. Two hosts are of a kind where the
first table says the same of both (`host_signature.py`) and the same was written for both, but for values that decide
nothing (`opaque.py`); the first few of a kind are its samples. The others are read back when somebody asks what becomes
of a request for one of them.

It takes 11 of 13 s from a run over 1,000 Ingresses with an origin and a timeout of their own each, and nothing from one
over Ingresses that differ in names alone, whose hosts are asked once without it (`announce.py`).
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from typing import Protocol

from converter.comparison.equivalence import Comparison
from converter.comparison.host_signature import Shapes
from converter.comparison.hosts import PortVirtualHost, Samples, by_name
from converter.comparison.path_names import PathNames, TangledError
from converter.comparison.witnesses import host_samples
from converter.model import ObjectRef
from converter.routing.host_names import wildcards_above
from converter.routing.table import RoutingTable

MAX_SIGNATURES = 2000
"""Kinds that are known to the letter."""
MIN_LOOKUPS = 64
"""Hosts that are looked up to the letter, whatever comes of it; and how many must be for each that is found."""
SHOWN_PER_SIGNATURE = 24
"""Hosts of a kind that are read: the text report chooses an example among as many of a code."""


class OutputSignatures(Protocol):
    """What distinguishes hosts by what is written for them."""

    def of(
        self, host: str, backends: dict[str, int], renamed: Callable[[str], str], path_names: PathNames | None = None
    ) -> Hashable | None:
        """The key of a host; None where it has none of its own. Raises TangledError where texts of paths matter."""


def representatives(
    comparisons: Sequence[Comparison], written: OutputSignatures, rank: Mapping[ObjectRef, int]
) -> Samples:
    """Sort the hosts of comparisons that have no second table yet. `rank`: objects in the order of the report."""
    out = Samples()
    count = 0
    members: dict[int, list[tuple[int, str]]] = {}
    several = Counter(host for comparison in comparisons for host in _names(comparison.before))
    for comparison in comparisons:
        sorting = _Sorting(comparison, written, count)
        for host, places in _alike(comparison.before).items():
            kind = sorting.kind(host, places) if several[host] == 1 and _stands_alone(host, places, several) else None
            if kind is not None:
                out.kinds[host], path_names, values = kind
                if path_names:
                    out.path_names[host] = path_names
                out.values[host] = values
                members.setdefault(kind[0], []).append((_rank(places, rank), host))
        count = sorting.count
    out.left = frozenset(host for some in members.values() for host in _left(some))
    return out


Kind = tuple[int, tuple[str, ...], tuple[str, ...]]
"""A number, the plain paths of the host, and its opaque values."""


class _Sorting:
    """The kinds of the hosts of one comparison, numbered on from `count`."""

    def __init__(self, comparison: Comparison, written: OutputSignatures, count: int) -> None:
        self._comparison, self._written, self.count = comparison, written, count
        self._shapes = Shapes(comparison)
        self._known: dict[Hashable, Kind] = {}
        """By all that is said, texts included: hosts that are the same to the letter are distinguished in no time."""
        self._numbers: dict[Hashable, int] = {}
        self._looked_up = self._hits = 0

    def kind(self, host: str, places: list[PortVirtualHost]) -> Kind | None:
        """None where a host cannot be compared."""
        if self._looked_up >= MIN_LOOKUPS and self._hits * MIN_LOOKUPS < self._looked_up:
            return self._numbered(host, places)  # hardly two hosts are the same to the letter
        key = self._key(host, places, None)
        if key is None:
            return None
        known = self._known.get(key)
        self._looked_up, self._hits = self._looked_up + 1, self._hits + (known is not None)
        if known is None:
            known = self._numbered(host, places)
            if known is not None and len(self._known) < MAX_SIGNATURES:
                self._known[key] = known
        return known

    def _numbered(self, host: str, places: list[PortVirtualHost]) -> Kind | None:
        """The kind with numbers for opaque values, and for plain paths where their texts do not matter."""
        for paths in (True, False):
            path_names = PathNames(host, paths=paths)
            try:
                found = self._key(host, places, path_names)
                key = (paths, found, path_names.relations() if paths else (), path_names.values.order())
            except TangledError:
                continue
            if found is None:
                return None
            if key not in self._numbers:
                self._numbers[key] = self._next()
            return self._numbers[key], tuple(path_names.numbers), tuple(path_names.values.numbers)
        return self._next(), (), ()

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _key(self, host: str, places: list[PortVirtualHost], path_names: PathNames | None) -> Hashable | None:
        backends: dict[str, int] = {}
        shape = self._shapes.of(host, places, backends, path_names)
        key = self._written.of(host, backends, self._comparison.renamed, path_names) if shape is not None else None
        return None if key is None else (shape, key)


def _stands_alone(host: str, places: list[PortVirtualHost], names: Collection[str]) -> bool:
    """Whether nothing but the wildcard itself answers what it is asked; an exact name matches its own rules."""
    if not host.startswith("*."):
        return True
    asked = {name for _, vhost in places for name in host_samples(vhost.hosts)}
    return asked.isdisjoint(names) and all(one == host or one not in names for one in wildcards_above(host))


def _left(members: list[tuple[int, str]]) -> Iterator[str]:
    """All but the one that is asked first, and those that stand first in the report."""
    shown = {host for _, host in heapq.nsmallest(SHOWN_PER_SIGNATURE, members)} | {members[0][1]}
    return (host for _, host in members if host not in shown)


def _rank(places: list[PortVirtualHost], rank: Mapping[ObjectRef, int]) -> int:
    owners = (rule.object for _, vhost in places for rule in vhost.rules)
    return next((rank[one] for one in owners if one is not None and one in rank), -1)


def _names(table: RoutingTable) -> set[str]:
    """Every name that a table speaks of."""
    tests = {test for port in table.ports for vhost in port.hosts for test in vhost.hosts}
    for port in table.ports:
        if port.fall_through:
            tests.update(test for vhost in port.hosts for rule in vhost.rules for test in rule.hosts)
    return {test.value.lower() for test in tests}


def _alike(table: RoutingTable) -> dict[str, list[PortVirtualHost]]:
    """Virtual hosts by their one name, where a name is all that chooses between them."""
    names, _, alike = by_name(table)
    return names if alike else {}
