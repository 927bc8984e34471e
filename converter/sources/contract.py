"""What the pipeline asks of a source, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from converter.model import ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack
from converter.reading.inventory import Ingress, Inventory
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable


class Claim(NamedTuple):
    """A source says that an Ingress is its own."""

    entry: str
    """Class, ALB or group as far as the claim can tell; the source's `compile` has the last word."""
    strength: int
    """3: named by class | 2: by a default class or a custom resource | 1: by annotation prefix only."""
    reason: str


@dataclass(slots=True)
class Compiled:
    """All entry points of one controller, and what became of each Ingress and custom resource."""

    tables: list[RoutingTable] = field(default_factory=list)
    statuses: list[ObjectStatus] = field(default_factory=list)
    """`converted` here means: compiled; the target may still withhold it. `skipped`/`failed` with a reason."""
    handovers: list[GatewayHandover] = field(default_factory=list)
    """Gateways that the controller serves itself and that change hands."""


class Source(Protocol):
    """A controller. Every module of `converter/sources/<name>/__init__.py` offers these names."""

    name: str

    def pack(self, options: Options) -> SourcePack:
        """Its annotations."""

    def claim(self, ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
        """Whether this Ingress is (probably) this controller's."""

    def refusal(self, ingress: Ingress, inventory: Inventory, options: Options) -> str:
        """Why this controller would not serve an Ingress although it was told to be its own; "" where it would."""

    def compile(self, ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
        """Make the routing tables. Must settle, or hand on as a Feature, every fact that it takes from an Ingress."""
