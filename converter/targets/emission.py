"""What the targets of Gateway API share: tables in, resources out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from converter.model import ObjectRef
from converter.model.progress import PROGRESS
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable
from converter.targets import handler_modules  # noqa: F401  (registers handlers)
from converter.targets.absent import settle_absent
from converter.targets.cert_manager.write import settle_issuers
from converter.targets.consumers import settle_labels
from converter.targets.context import Context
from converter.targets.contract import Emission, TargetRun
from converter.targets.draft import OutputObjects
from converter.targets.exposed import mark_exposed
from converter.targets.gateway_api.grpc_route.settle_mixed_kinds import settle_mixed_kinds
from converter.targets.gateway_api.http_route.route_names import object_names
from converter.targets.gateway_api.reference_grant.write import write_grants
from converter.targets.shared_gateway import settle_shared_gateway
from converter.targets.versions import fit


class TableWriter(Protocol):
    """Writes one table."""

    gateway: ObjectRef

    def write(self) -> None:
        """Add all objects of the entry to those of the run."""


def write_tables(
    run: TargetRun,
    tables: Sequence[RoutingTable],
    handovers: Sequence[GatewayHandover],
    writer_for: Callable[[RoutingTable, Context], TableWriter],
    finish: Callable[[Context], None] | None = None,
) -> Emission:
    """Write all tables and settle every fact that they carry.

    Args:
        run: The input, the pack and the ledger.
        tables: One for each entry point.
        handovers: Gateways that exist and only change their class.
        writer_for: Makes the writer of a table.
        finish: Called when all tables are written.
    """
    context = Context(run, OutputObjects(run.options.provenance))
    context.output.names.of_objects = frozenset(object_names(tables))
    gateways = {}
    PROGRESS.begin("converting", len(run.inventory.ingresses))
    for table in tables:
        writer = writer_for(table, context)
        writer.write()
        gateways[table.entry] = f"{writer.gateway.namespace}/{writer.gateway.name}"
    if finish is not None:
        finish(context)
    if handovers:
        from converter.targets.gateway_api.gateway.write_handover import write_handover

        for one in handovers:
            write_handover(one, context)
    settle_shared_gateway(tables, context)
    write_grants(context)
    settle_mixed_kinds(context)
    settle_issuers(context)
    settle_labels(context)
    settle_absent(tables, context)
    fit(context)
    mark_exposed(context)
    return _emission(context, gateways)


def _emission(context: Context, gateways: dict[str, str]) -> Emission:
    output = context.output
    return Emission(
        list(output.objects.by_ref.values()),
        output.provenance,
        output.backends,
        gateways,
        list(output.withheld.items()),
        output.streams,
        output.assumed_labels,
        output.equal_rules,
        list(output.exposed),
        list(output.gateway_documents.values()),
    )
