"""Entry points that are separate before and share one existing Gateway after (`--gateway`)."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import Location, Origin, Outcome
from converter.routing.table import RoutingTable
from converter.targets.context import Context


def settle_shared_gateway(tables: Sequence[RoutingTable], context: Context) -> None:
    """Say for each entry point that the clients of the others reach what it serves: an internal one becomes public."""
    gateway = context.options.gateway
    served = [table for table in tables if any(rule.object is not None for _, _, rule in table.rules())]
    if not gateway or len(served) < 2:
        return
    names = ", ".join(sorted(table.entry for table in served))
    for table in served:
        first = next(rule for _, _, rule in table.rules() if rule.object is not None)
        place = first.origin.location if first.origin is not None else Location("")
        origin = Origin("default", "entry point", table.entry, place, first.object)
        context.ledger.settle(
            origin,
            Outcome.manual(
                "gateway.shared-entries",
                f"the entry points {names} share Gateway {gateway}: clients of each reach the routes of all, "
                f"so that what {table.entry} serves to its own clients alone (an internal balancer) is open to the "
                "clients of the others",
                "convert each entry point for a Gateway of its own: run once for each of them, or leave out --gateway",
                affects=(),
            ),
            "listener",
            True,
        )
