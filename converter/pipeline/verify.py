"""Prove a migration: ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.comparison.difference import Difference
from converter.comparison.equivalence import Comparison, places
from converter.pipeline.result import Result
from converter.routing.matchers import ValueMatcher
from converter.routing.table import RoutingTable


def verify(result: Result) -> Iterator[Difference]:
    """Every request, of those that the matchers of both tables suggest, that is answered differently by our output.

    Those that `convert` could only announce by comparing (code `routing.difference`) are in `Result.surprises`.
    """
    for comparison in result.comparisons:
        yield from comparison.differences()


def verify_against(result: Result, after: list[RoutingTable]) -> Iterator[Difference]:
    """The same with resources that exist already in place of ours; each entry is held against the likeliest Gateway."""
    named = [(table, set(_names(table))) for table in after]
    for before in result.tables:
        table = likeliest(before, named)
        _add_streams(before, table, result)
        comparison = Comparison(before, table, result.ledger.settled)
        yield from comparison.differences()


def _add_streams(before: RoutingTable, after: RoutingTable, result: Result) -> None:
    """TCP and UDP ports that are Services of type LoadBalancer instead of listeners."""
    wanted = {(port.number, port.protocol) for port in before.ports if port.protocol in ("TCP", "UDP")}
    wanted -= {(port.number, port.protocol) for port in after.ports}
    if wanted and after.extra.get("balancers"):
        from converter.targets.gateway_api.stream_routes.read_services import balancer_ports

        found = balancer_ports(after.extra["balancers"], result.inventory.services.values())
        after.ports += [port for port in found if (port.number, port.protocol) in wanted]


def likeliest(before: RoutingTable, after: list[tuple[RoutingTable, set[str]]]) -> RoutingTable:
    """The Gateway that shares most host names with an entry; an empty one where there is none at all."""
    mine = set(_names(before))
    ranked = sorted(after, key=lambda one: (-len(mine & one[1]), one[0].entry))
    return ranked[0][0] if ranked else RoutingTable("", "")


def _names(table: RoutingTable) -> Iterator[str]:
    for _, vhost in places(table, RoutingTable("", "")):
        yield from _values(vhost.hosts)
        for rule in vhost.rules:
            yield from _values(rule.hosts)


def _values(tests: Iterable[ValueMatcher]) -> Iterator[str]:
    return (test.value.lower() for test in tests)
