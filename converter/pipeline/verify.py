"""Prove a migration: ours, or somebody else's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.comparison.difference import Difference
from converter.comparison.equivalence import Comparison, places
from converter.pipeline.input_gateways import BalancerServices
from converter.pipeline.result import Result
from converter.pipeline.trace import comparison_for
from converter.routing.exchange import Request
from converter.routing.matchers import ValueMatcher
from converter.routing.situation import NO_SITUATION
from converter.routing.table import RoutingTable


def verify(result: Result, asked: set[Request] | None = None) -> Iterator[Difference]:
    """Every request, of those that the matchers of both tables suggest, that gets a different response by our output.

    Args:
        result: The conversion.
        asked: Takes the requests that were asked.

    Those that `convert` could only announce by comparing (code `routing.difference`) are in `Result.surprises`.
    """
    for comparison in result.comparisons:
        yield from comparison.differences(unusual_clients=True)
        if asked is not None:
            asked |= {one._replace(entry=comparison.before.entry) for one in comparison.asked}


def verify_requests(result: Result, requests: Iterable[Request], asked: set[Request]) -> Iterator[Difference]:
    """Those of these requests that get different responses by our output; TraceError as in `trace`."""
    for request in requests:
        comparison = comparison_for(result, request)
        asked.add(request._replace(entry=comparison.before.entry, situation=NO_SITUATION))
        difference = comparison.ask(request._replace(entry=""))
        if difference is not None:
            yield difference


def verify_against(
    result: Result, after: list[RoutingTable], asked: set[Request] | None = None
) -> Iterator[Difference]:
    """The same with resources that exist already in place of ours; each entry is held against the likeliest Gateway.

    Findings are about our own output: one excuses a difference only where our output answers the request alike.
    """
    named = [(table, set(_names(table))) for table in after]
    for before in result.tables:
        table = likeliest(before, named)
        _add_streams(before, table, result)
        comparison = Comparison(before, table, lambda origin: None)
        ours = next((one for one in result.comparisons if one.before is before), None)
        for difference in comparison.differences(unusual_clients=True):
            own = ours.ask(difference.request) if ours is not None else None
            if ours is not None and own is not None and ours.same_answer(own.after, difference.after):
                difference.announced_by = own.announced_by
                difference.aspects, difference.situation = own.aspects, own.situation
            yield difference
        if asked is not None:
            asked |= {one._replace(entry=before.entry) for one in comparison.asked}


def _add_streams(before: RoutingTable, after: RoutingTable, result: Result) -> None:
    """TCP and UDP ports that are Services of type LoadBalancer instead of listeners."""
    wanted = {(port.number, port.protocol) for port in before.ports if port.protocol in ("TCP", "UDP")}
    wanted -= {(port.number, port.protocol) for port in after.ports}
    services = after.details.get(BalancerServices)
    if wanted and services is not None:
        from converter.targets.gateway_api.stream_routes.read_services import balancer_ports

        found = balancer_ports(services.documents, result.inventory.services.values())
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
