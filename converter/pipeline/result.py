"""What a run found out."""

from __future__ import annotations

from dataclasses import field

from converter.comparison.difference import Difference
from converter.comparison.equivalence import Comparison
from converter.model import Finding, InputStatus, ObjectRef, ObjectStatus, Resource
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.pipeline.written_fields import hold_fields
from converter.reading.inventory import Document, Inventory
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable


@dataclass(slots=True)
class Result:
    """Everything that a run found out."""

    inventory: Inventory
    options: Options
    ledger: Ledger
    tables: list[RoutingTable] = field(default_factory=list)
    """Before: one per entry point."""
    handovers: list[GatewayHandover] = field(default_factory=list)
    """Gateways that change hands as they stand."""
    resources: list[Resource] = field(default_factory=list)
    objects: list[ObjectStatus] = field(default_factory=list)
    namespaces: list[Document] = field(default_factory=list)
    """Those of the input, and those that routes are in with the labels that they are taken to have."""
    exposed: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Objects that are served without a protection on purpose, with the code of its loss."""
    surprises: list[Difference] = field(default_factory=list)
    """Differences that no finding announced before the tables were compared: each is a bug of the converter."""
    comparisons: list[Comparison] = field(default_factory=list)
    _findings: list[Finding] | None = None

    @property
    def findings(self) -> list[Finding]:
        """One per fact of the input, in input order."""
        if self._findings is None:
            self._findings = self.ledger.findings()
            hold_fields(self._findings, self.resources)
        return self._findings

    @property
    def inputs(self) -> list[InputStatus]:
        return self.inventory.inputs
