"""Gateway API alone: its standard channel, and the precedence and defaults that the specification asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from converter.model import Resource
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable
from converter.targets.contract import Emission, Provenance, ReadBack, TargetRun
from converter.targets.emission import write_tables
from converter.targets.gateway_api.gateway.write_entry import EntryWriter
from converter.targets.read_back import Reading
from converter.targets.semantics import SPECIFICATION, Semantics
from converter.validation.known_objects import Index


class GatewayApi:
    """See `contract.Target`."""

    name = "gateway-api"
    semantics: Semantics = SPECIFICATION
    """How the implementation reads what the specification leaves open."""

    def write(self, run: TargetRun, tables: Sequence[RoutingTable], handovers: Sequence[GatewayHandover]) -> Emission:
        """See `contract.Target`."""
        return write_tables(run, tables, handovers, EntryWriter)

    def read(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, namespace: str = "default"
    ) -> ReadBack:
        """See `contract.Target`."""
        return Reading(documents, self.semantics, provenance=provenance, namespace=namespace)

    def refusals(self, resource: Resource, index: Index) -> Iterator[tuple[str, str]]:
        """Nothing beyond the schemas."""
        del resource, index
        return iter(())


TARGET = GatewayApi()
