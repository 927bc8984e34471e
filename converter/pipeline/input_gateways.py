"""Gateway API resources that exist already, read into routing tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import BinaryIO

from converter.model import InputStatus
from converter.model.data import dataclass
from converter.model.options import Options
from converter.reading.inventory import Document
from converter.routing.table import RoutingTable


@dataclass(frozen=True, slots=True)
class BalancerServices:
    """Services of type LoadBalancer beside a Gateway, which may have TCP and UDP ports of its entry."""

    documents: Sequence[Document]


def input_gateway_tables(
    paths: Sequence[str], options: Options, stdin: BinaryIO | None = None, namespaces: Sequence[Document] = ()
) -> tuple[list[RoutingTable], list[InputStatus]]:
    """One table per Gateway of these files, and what became of the files.

    `namespaces`: those of the input, for listeners that select by their labels.
    """
    from converter.model.ledger import Ledger
    from converter.reading import read
    from converter.targets.registry import pack_of, target
    from converter.targets.versions import prune

    inventory, _ = read(paths, options, Ledger(), stdin)
    documents = [document for kind in inventory.documents for document in inventory.of(kind)]
    prune(documents, pack_of(options))
    services = [service.as_document() for service in inventory.services.values()]
    tables = target(options.target).read([*services, *documents, *namespaces]).tables()
    balancers = BalancerServices(
        [one for one in services if (one.body.get("spec") or {}).get("type") == "LoadBalancer"]
    )
    for table in tables:
        table.details = table.details.with_value(balancers)
    return tables, inventory.inputs
