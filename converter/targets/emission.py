"""Tables in, resources out: the target side of a run on one screen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from converter.ledger import Ledger
from converter.mapping.packs import target_pack
from converter.model import ObjectRef, Resource
from converter.options import Options
from converter.presets import settled_pack
from converter.progress import PROGRESS
from converter.reading.inventory import Inventory
from converter.routing.moved import Moved
from converter.routing.table import RoutingTable, Rule
from converter.targets.aws import AwsEntryWriter
from converter.targets.aws.entry import GROUPS
from converter.targets.context import Context, ResourceKey
from converter.targets.draft import Objects
from converter.targets.entry import EntryWriter
from converter.targets.exposed import mark_exposed
from converter.targets.grants import write_grants
from converter.targets.handlers import load
from converter.targets.moved import write_moved
from converter.targets.versions import fit, pack_name


@dataclass(slots=True)
class Emission:
    """What a run writes, and how it hangs together with the tables."""

    resources: list[Resource] = field(default_factory=list)
    provenance: dict[ResourceKey, Rule] = field(default_factory=dict)
    """Which rule of a table each match of a route was made from."""
    backends: dict[str, str] = field(default_factory=dict)
    """`namespace/name` of a Backend object -> the source backend that it stands for (`Backend.resolved`)."""
    gateways: dict[str, str] = field(default_factory=dict)
    """Entry of a table -> `namespace/name` of its Gateway."""
    withheld: list[tuple[ObjectRef, str]] = field(default_factory=list)
    streams: dict[str, list[ObjectRef]] = field(default_factory=dict)
    """Entry of a table -> the LoadBalancer Services for its TCP and UDP ports."""
    assumed_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Labels that Namespaces outside of the input are taken to have."""
    twins: dict[int, list[Rule]] = field(default_factory=dict)
    """Id of a rule that a route was made from -> equal rules of other hosts and ports."""
    exposed: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Objects that are served without a protection on purpose, with the code of its loss."""


def emit(
    tables: list[RoutingTable], inventory: Inventory, ledger: Ledger, options: Options, moved: Sequence[Moved] = ()
) -> Emission:
    """Write all tables for the chosen target and settle every fact that they carry."""
    load()
    pack = settled_pack(target_pack(pack_name(options.target), options.mappings), options.preset)
    context = Context(inventory, ledger, options, pack, Objects(_annotations(options)))
    gateways = {}
    PROGRESS.begin("converting", len(inventory.ingresses))
    for table in tables:
        context.table = table
        writer = _writer(table, context)
        writer.write()
        gateways[table.entry] = f"{writer.gateway.namespace}/{writer.gateway.name}"
    if GROUPS in context.shared:
        context.shared[GROUPS].write()
    for one in moved:
        write_moved(one, context)
    write_grants(context)
    fit(context)
    mark_exposed(context)
    return Emission(
        list(context.objects.by_ref.values()), context.provenance, context.backends, gateways,
        list(context.withheld.items()), context.streams, context.assumed_labels,
        context.twins, list(context.exposed),
    )


def _writer(table: RoutingTable, context: Context) -> EntryWriter | AwsEntryWriter:
    """What writes a table for the chosen target."""
    return AwsEntryWriter(table, context) if context.pack.settings.get("alb") else EntryWriter(table, context)


def _annotations(options: Options) -> dict[str, str]:
    if not options.provenance:
        return {}
    from converter import __version__

    return {"ing2gw/version": __version__}
