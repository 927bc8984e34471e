"""Prove a migration: ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.checking.equivalence import Comparison, Difference, places
from converter.pipeline import Result
from converter.routing.matching import Test
from converter.routing.table import RoutingTable


def verify(result: Result) -> Iterator[Difference]:
    """Every request, of those that the matchers of both tables suggest, that is answered differently by our output.

    Differences that `convert` could only announce by comparing (code `routing.difference`) count as unannounced here:
    see `unannounced`.
    """
    for comparison in result.comparisons:
        yield from comparison.differences()


def unannounced(result: Result) -> list[Difference]:
    """What no rule or handler had said before the tables were compared."""
    return list(result.surprises)


def verify_against(result: Result, after: list[RoutingTable]) -> Iterator[Difference]:
    """The same with resources that exist already in place of ours; each entry is held against the likeliest Gateway."""
    for before in result.tables:
        table = likeliest(before, after)
        comparison = Comparison(before, table, result.ledger.settled)
        yield from comparison.differences()


def likeliest(before: RoutingTable, after: list[RoutingTable]) -> RoutingTable:
    """The Gateway that shares most host names with an entry; an empty one where none shares any."""
    mine = set(_names(before))
    ranked = sorted(after, key=lambda table: (-len(mine & set(_names(table))), table.entry))
    return ranked[0] if ranked else RoutingTable("", "envoy-gateway")


def _names(table: RoutingTable) -> Iterator[str]:
    for _, vhost in places(table, RoutingTable("", "")):
        yield from _values(vhost.hosts)
        for rule in vhost.rules:
            yield from _values(rule.hosts)


def _values(tests: Iterable[Test]) -> Iterator[str]:
    return (test.value.lower() for test in tests)
