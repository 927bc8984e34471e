"""What the pipeline asks of a source, and what it gets back."""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple, Protocol

from converter.model import ObjectStatus
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack
from converter.reading.inventory import Ingress, Inventory
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable


class Claim(NamedTuple):
    """A source says that an Ingress is its own.

    Attributes:
        entry: Class, load balancer or group, as far as the claim can tell; `Source.compile` has the last word.
        strength: 3: named by class; 2: by a default class or a custom resource; 1: by the prefix of annotations only.
            The strongest claim wins.
        reason: Why, for the report.
        outranks: Sources whose annotations this controller reads too, so that theirs beside its own tell nothing.
    """

    entry: str
    strength: int
    reason: str
    outranks: tuple[str, ...] = ()


@dataclass(slots=True)
class Compiled:
    """All entry points of one controller, and what became of each Ingress and custom resource.

    Attributes:
        tables: One for each entry point.
        statuses: One for each object. `converted` means compiled here, and the target may still withhold it;
            `skipped` and `failed` have a reason.
        handovers: Gateways that the controller serves itself and that only change their class.
    """

    tables: list[RoutingTable] = field(default_factory=list)
    statuses: list[ObjectStatus] = field(default_factory=list)
    handovers: list[GatewayHandover] = field(default_factory=list)


class Claimant(Protocol):
    """The part of a source that can be asked before anything else of it is loaded: its module `claim`."""

    def claim(self, ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
        """Whether an Ingress is this controller's.

        Args:
            ingress: The Ingress.
            inventory: The whole input; for IngressClasses and custom resources.
            options: The flags that the controller was given.

        Returns:
            None where it certainly is not.
        """

    def refusal(self, ingress: Ingress, inventory: Inventory, options: Options) -> str:
        """Why the controller would not serve an Ingress that the user says is its own; "" where it would."""


class Source(Claimant, Protocol):
    """A controller whose Ingresses are read. `registry.py` names the module that offers these names."""

    name: str
    """As `--from` takes it."""

    def pack(self, options: Options) -> SourcePack:
        """The annotations that the controller reads. Raises PackError for user rows that cannot be used."""

    def compile(self, ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
        """Make the routing tables: what the controller does across all of its Ingresses.

        Args:
            ingresses: Its own, in input order.
            inventory: The whole input.
            ledger: Every fact of an Ingress must be settled here, or be handed on as the origin of a Feature or a Rule.
            options: The flags that the controller was given.
        """
