"""What every part of the emission needs at hand."""

from __future__ import annotations

from dataclasses import field
from typing import Any, NamedTuple

from converter.model import ASPECTS, NO_ASPECTS, Aspects, Fidelity, FieldRef, ObjectRef, Origin, Outcome
from converter.model.data import dataclass
from converter.model.request_kind import parse_kind
from converter.packs.capabilities import Capabilities
from converter.packs.load import TargetRow
from converter.routing.table import ResourceKey, RoutingTable, Rule
from converter.targets.contract import TargetRun
from converter.targets.draft import FieldSet, OutputObjects
from converter.targets.naming import ObjectNames
from converter.targets.notes import Notes
from converter.targets.values_by_type import ValuesByType

NO_GATEWAY = ObjectRef("Gateway", "", "")


class Grant(NamedTuple):
    """One object may refer to another of a foreign namespace."""

    from_kind: str
    from_namespace: str
    to_kind: str
    to_namespace: str
    to_name: str


@dataclass(slots=True)
class Output:
    """What a run has written so far."""

    objects: OutputObjects
    names: ObjectNames = field(default_factory=ObjectNames)
    provenance: dict[ResourceKey, Rule] = field(default_factory=dict)
    backends: dict[str, str] = field(default_factory=dict)
    withheld: dict[ObjectRef, str] = field(default_factory=dict)
    exposed: dict[tuple[ObjectRef, str], str] = field(default_factory=dict)
    """Object and code of a lost protection without which it is served on purpose -> why (`Options.exposed`)."""
    grants: dict[Grant, None] = field(default_factory=dict)
    path_lists: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Matches by a path alone, by its type and value: equal rules of a run share them, and nobody changes them."""
    shared: ValuesByType = field(default_factory=ValuesByType)
    """What modules keep for the whole run."""
    streams: dict[str, list[ObjectRef]] = field(default_factory=dict)
    """Entry of a table -> the LoadBalancer Services that were written for its TCP and UDP ports."""
    equal_rules: dict[int, list[Rule]] = field(default_factory=dict)
    """Id of a rule that a route was made from -> equal rules of other hosts and ports."""
    assumed_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Namespace that the input lacks -> labels that it is taken to have, as its routes may attach."""
    gateway_documents: dict[ObjectRef, Any] = field(default_factory=dict)
    """The Gateway that routes attach to where the run writes none, and what decides how it serves them."""
    named_namespaces: dict[ObjectRef, tuple[str, ...]] = field(default_factory=dict)
    """Gateway -> namespaces of routes that a label does not select."""


@dataclass(slots=True)
class TableEntry:
    """The table at work; each has one of its own."""

    table: RoutingTable
    gateway: ObjectRef
    settings: FieldSet = field(default_factory=FieldSet)
    """What is written for the Gateway as a whole."""
    unslashed: set[int] = field(default_factory=set)
    """Ids of rules for a prefix with a slash at its end, whose bare path another rule takes."""
    http_only: set[int] = field(default_factory=set)
    """Ids of gRPC rules that no GRPCRoute may hold."""
    guarded: set[int] = field(default_factory=set)
    """Ids of rules that protect beside others that do not: they are written to the letter, whatever the style."""
    escapes_refused: list[str] = field(default_factory=list)
    """Hosts that refuse paths with an escaped slash, as their rules differ in protection."""
    port_lists: dict[int, dict[str, Any]] = field(default_factory=dict)
    """SecurityPolicy.authorization for all listeners of a port, by its number."""
    port_traffic: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Fields of ClientTrafficPolicies for all listeners of a port, by its number."""
    port_namespaces: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Which namespaces may attach to the listeners of a port, where that is not the same for all ports."""
    keepalives: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What a ClientTrafficPolicy says of connections to a port; beats what holds for the whole Gateway."""
    closed: dict[tuple[int, str | None], str] = field(default_factory=dict)
    """Id of a port and host (None: all of them) that must not be served -> why."""
    unlogged: list[str] = field(default_factory=list)
    """Beginnings of the names of routes whose requests are not logged."""
    default_policies: set[str] = field(default_factory=set)
    """Kinds of policies that the Gateway has for all its routes."""
    shared: ValuesByType = field(default_factory=ValuesByType)
    """What modules keep while they write this table."""


NO_ENTRY = TableEntry(RoutingTable("", ""), NO_GATEWAY)
"""Before the first table."""


class Context:
    """What every part of the emission needs at hand: the run, what it has written, and the table at work.

    Attributes:
        run: The input, the options and the pack.
        output: The objects, and how they hang together with the tables.
        notes: Where facts are settled.
        entry: The table at work. A writer of a table begins with a new one.
        gateway_policies: Whether policies of the Gateway are written: the target has them, and the Gateway is not
            another's.
    """

    __slots__ = (
        "capabilities",
        "entry",
        "gateway_policies",
        "inventory",
        "ledger",
        "notes",
        "options",
        "output",
        "pack",
        "run",
    )

    def __init__(self, run: TargetRun, objects: OutputObjects) -> None:
        self.run, self.output, self.notes, self.entry = run, Output(objects), Notes(run.ledger), NO_ENTRY
        self.inventory, self.ledger, self.options, self.pack = run.inventory, run.ledger, run.options, run.pack
        self.capabilities: Capabilities = run.pack.capabilities
        self.gateway_policies = self.capabilities.policies and not self.options.gateway

    def setting(self, name: str) -> Any:
        """A plain value of the target pack."""
        return self.pack.settings[name]

    def row(self, feature: str) -> TargetRow:
        """What becomes of a feature, by the pack."""
        row = self.pack.rows.get(feature)
        if row is None:
            row = TargetRow(feature, Fidelity.UNSUPPORTED, hint="carry this over by hand")
        return row

    def lets_go(self, code: str, origin: Origin | None) -> bool:
        """True where an object is served without a protection: for a trial, or by `expose-unprotected`."""
        if self.options.allow_unprotected:
            return True
        if not self.options.exposed or origin is None or origin.object is None:
            return False
        why = self.options.exposure(code, f"{origin.object.namespace}/{origin.object.name}")
        if why:
            self.output.exposed[origin.object, code] = why
        return bool(why)


NOTHING = NO_ASPECTS


def exact(code: str, message: str, fields: tuple[FieldRef, ...] = ()) -> Outcome:
    """See `Outcome.exact`."""
    return Outcome.exact(code, message, fields=fields)


def affected_aspects(row: TargetRow) -> Aspects:
    """The parts of a response that may differ because of a feature, as its row says; all of them where it says none."""
    parts = row.args.get("announces")
    return ASPECTS if parts is None else frozenset(parts)


def outcome_from_row(row: TargetRow, feature: str, message: str = "") -> Outcome:
    """What the pack says of a feature that no handler takes."""
    text = message or row.note or row.hint or "is carried over"
    affects = NO_ASPECTS if row.fidelity.lossless else affected_aspects(row)
    return Outcome(
        f"{feature}.{row.fidelity.value}",
        row.fidelity,
        text,
        row.hint if row.hint != text else "",
        affects=affects,
        when=parse_kind(str(row.args.get("when", ""))),
    )


def by_hand(row: TargetRow, feature: str, message: str, cause: str = "by-hand") -> Outcome:
    """A form of a setting that its handler cannot keep, whatever the row says of the others."""
    affects = affected_aspects(row)
    hint = row.hint if row.hint != message else ""
    return Outcome.manual(
        f"{feature}.{cause}", message, hint, affects=affects, when=parse_kind(str(row.args.get("when", "")))
    )


def source_line(ref: ObjectRef | None, origin: Origin | None) -> str:
    """`Ingress shop/web (shop.yaml)` for the annotation that says where an object comes from."""
    if ref is None:
        return ""
    path = origin.location.path if origin is not None else ""
    return f"{ref} ({path})" if path else str(ref)
