"""Which hosts are alike on both sides, so that one of each kind is read back and asked for all of them.

Reading the resources of ten thousand hosts back would take as long as writing them. Two hosts are of a kind where the
first table says the same of both (`shapes.py`) and the same was written for both; the first few of a kind are its
samples. The others are read back when somebody asks what becomes of a request for one of them.
"""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from converter.checking.equivalence import Comparison
from converter.checking.hosts import Place, by_name
from converter.checking.shapes import Shapes
from converter.model import ObjectRef
from converter.routing.table import RoutingTable

EACH = 24
"""Hosts of a kind that are read: the text report chooses an example among as many of a code."""


class Written(Protocol):
    """What tells hosts apart by what is written for them."""

    def of(self, host: str, backends: dict[str, int], renamed: Callable[[str], str]) -> Hashable | None:
        """The key of a host; None where it has none of its own."""


@dataclass(slots=True)
class Samples:
    """The kinds of hosts, and which of them need not be read."""

    kinds: dict[str, int] = field(default_factory=dict)
    """Of hosts that have a kind; counted from 1."""
    left: frozenset[str] = frozenset()
    """Hosts of a kind that has enough samples without them."""


def samples(comparisons: Sequence[Comparison], written: Written, rank: Mapping[ObjectRef, int]) -> Samples:
    """Sort the hosts of comparisons that have no second table yet. `rank`: objects in the order of the report."""
    numbers: dict[Hashable, int] = {}
    kinds: dict[str, int] = {}
    members: dict[int, list[tuple[int, str]]] = {}
    found = [_alike(comparison.before) for comparison in comparisons]
    several = Counter(host for comparison in comparisons for host in _names(comparison.before))
    for index, (comparison, hosts) in enumerate(zip(comparisons, found, strict=True)):
        shapes = Shapes(comparison)
        for host, places in hosts.items():
            backends: dict[str, int] = {}
            shape = shapes.of(host, places, backends) if several[host] == 1 else None
            key = written.of(host, backends, comparison.renamed) if shape is not None else None
            if key is not None:
                kinds[host] = number = numbers.setdefault((index, shape, key), len(numbers) + 1)
                members.setdefault(number, []).append((_rank(places, rank), host))
    return Samples(kinds, frozenset(host for some in members.values() for host in _left(some)))


def _left(members: list[tuple[int, str]]) -> Iterator[str]:
    """All but the one that is asked first, and those that stand first in the report."""
    shown = {host for _, host in heapq.nsmallest(EACH, members)} | {members[0][1]}
    return (host for _, host in members if host not in shown)


def _rank(places: list[Place], rank: Mapping[ObjectRef, int]) -> int:
    owners = (rule.object for _, vhost in places for rule in vhost.rules)
    return next((rank[one] for one in owners if one is not None and one in rank), -1)


def _names(table: RoutingTable) -> set[str]:
    """Every name that a table speaks of."""
    tests = {test for port in table.ports for vhost in port.hosts for test in vhost.hosts}
    for port in table.ports:
        if port.fall_through:
            tests.update(test for vhost in port.hosts for rule in vhost.rules for test in rule.hosts)
    return {test.value.lower() for test in tests}


def _alike(table: RoutingTable) -> dict[str, list[Place]]:
    """Virtual hosts by their one name, where a name is all that chooses between them."""
    names, _, alike = by_name(table)
    return names if alike else {}
