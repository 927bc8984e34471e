"""What the pipeline asks of a target, and what it gets back.

A target is a package with a `TARGET` that offers `Target`, and a pack in `mappings/targets/`. `registry.py` names it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, Protocol

from converter.model import ObjectRef, Origin, Resource
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import TargetPack
from converter.reading.inventory import Inventory
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import ResourceKey, RoutingTable, Rule
from converter.validation.known_objects import Index

Provenance = Mapping[ResourceKey, Rule | Origin]
"""What each match of a route was made from."""


@dataclass(frozen=True, slots=True)
class TargetRun:
    """What a target may look at while it writes.

    Attributes:
        inventory: The input; for what tables do not carry, such as the ports of Services.
        ledger: Where every fact that the tables carry must be settled.
        options: What the user chose.
        pack: The pack of the target in the chosen version, with the settings of the preset.
    """

    inventory: Inventory
    ledger: Ledger
    options: Options
    pack: TargetPack


@dataclass(slots=True)
class Emission:
    """What a target writes, and how it hangs together with the tables."""

    resources: list[Resource] = field(default_factory=list)
    provenance: dict[ResourceKey, Rule] = field(default_factory=dict)
    """Which rule of a table each match of a route was made from."""
    backends: dict[str, str] = field(default_factory=dict)
    """`namespace/name` of a Backend object -> the source backend that it stands for (`Backend.resolved`)."""
    gateways: dict[str, str] = field(default_factory=dict)
    """Entry of a table -> `namespace/name` of its Gateway: the entry of the table that `Target.read` makes of it."""
    withheld: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Input objects with a rule that is not served because it would lose its protection, and why."""
    streams: dict[str, list[ObjectRef]] = field(default_factory=dict)
    """Entry of a table -> the LoadBalancer Services for its TCP and UDP ports."""
    assumed_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Labels that Namespaces outside of the input are taken to have."""
    equal_rules: dict[int, list[Rule]] = field(default_factory=dict)
    """Id of a rule that a route was made from -> equal rules of other hosts and ports."""
    exposed: list[tuple[ObjectRef, str]] = field(default_factory=list)
    """Objects that are served without a protection on purpose, with the code of its loss."""
    gateway_documents: list[Any] = field(default_factory=list)
    """A Gateway that the run does not write and that its routes attach to, with what is around it."""


class HostSignatures(Protocol):
    """What distinguishes hosts by what was written for them."""

    def of(
        self, host: str, backends: dict[str, int], renamed: Callable[[str], str], path_names: Any = None
    ) -> Hashable | None:
        """The signature of a host; hosts of the same signature are read alike. None where it has none of its own."""


class ReadBack(Protocol):
    """Resources that are read into routing tables, all of them or without some hosts."""

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """One table for each Gateway, by `namespace/name`.

        Args:
            without: Hosts that may be left out, because `written` says that others stand for them.
        """

    def written(self) -> HostSignatures | None:
        """The signatures of all hosts; None where every host has to be read."""


class Target(Protocol):
    """An implementation of Gateway API (or of something else) that tables are written for.

    `write` and `read` are each other's inverse: what requests get by the tables that are read back is held against
    what they get by the tables that were written.
    """

    name: str
    """As `--to` takes it; its pack has the same name."""

    def write(self, run: TargetRun, tables: Sequence[RoutingTable], handovers: Sequence[GatewayHandover]) -> Emission:
        """Write resources for all tables.

        Args:
            run: The input, the pack and the ledger. Every fact that the tables carry must be settled in the ledger.
            tables: One for each entry point.
            handovers: Gateways that exist and only change their class.
        """

    def read(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, namespace: str = "default"
    ) -> ReadBack:
        """Read resources as the implementation reads them.

        Args:
            documents: Documents of an inventory, output Resources, or plain manifests.
            provenance: What each match of a route was made from: an Origin or a Rule. Without it the `rule_origins`
                of Resources say it.
            namespace: That of documents which name none.
        """

    def refusals(self, resource: Resource, index: Index) -> Iterator[tuple[str, str]]:
        """What the schemas of the target allow and the implementation refuses or does wrongly: paths and messages.

        Args:
            resource: A valid object of the output.
            index: All objects by name, and those that exist besides.
        """
