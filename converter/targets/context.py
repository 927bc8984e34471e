"""What every part of the emission needs at hand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from converter.model import ASPECTS, NO_ASPECTS, Aspects, Fidelity, FieldRef, ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.capabilities import Capabilities
from converter.packs.load import TargetPack, TargetRow, protects
from converter.reading.inventory import Inventory
from converter.routing.table import Feature, RoutingTable, Rule
from converter.targets.contract import ResourceKey
from converter.targets.draft import FieldSet, Objects
from converter.targets.naming import ObjectNames

NO_GATEWAY = ObjectRef("Gateway", "", "")
Fields = tuple[FieldRef, ...] | None


class Grant(NamedTuple):
    """One object may refer to another of a foreign namespace."""

    from_kind: str
    from_namespace: str
    to_kind: str
    to_namespace: str
    to_name: str


@dataclass(slots=True)
class Context:
    """One run."""

    inventory: Inventory
    ledger: Ledger
    options: Options
    pack: TargetPack
    objects: Objects
    names: ObjectNames = field(default_factory=ObjectNames)
    provenance: dict[ResourceKey, Rule] = field(default_factory=dict)
    backends: dict[str, str] = field(default_factory=dict)
    withheld: dict[ObjectRef, str] = field(default_factory=dict)
    exposed: dict[tuple[ObjectRef, str], str] = field(default_factory=dict)
    """Object and code of a lost protection without which it is served on purpose -> why (`Options.exposed`)."""
    grants: dict[Grant, None] = field(default_factory=dict)
    matches: dict[int, Any] = field(default_factory=dict)
    """What AWS makes of paths, by the id of the rule of the table at work."""
    path_lists: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    """Matches by a path alone, by its type and value: equal rules of a run share them, and nobody changes them."""
    unslashed: set[int] = field(default_factory=set)
    """Ids of rules for a prefix with a slash at its end, whose bare path another rule takes."""
    port_lists: dict[int, dict[str, Any]] = field(default_factory=dict)
    """SecurityPolicy.authorization for all listeners of a port, by its number."""
    port_traffic: dict[int, dict[str, Any]] = field(default_factory=dict)
    """Fields of ClientTrafficPolicies for all listeners of a port, by its number."""
    keepalives: dict[int, dict[str, Any]] = field(default_factory=dict)
    """What a ClientTrafficPolicy says of connections to a port; beats what holds for the whole Gateway."""
    closed: dict[tuple[int, str | None], str] = field(default_factory=dict)
    """Id of a port and host (None: all of them) that must not be served -> why."""
    shared: dict[str, Any] = field(default_factory=dict)
    """What a target keeps for the whole run, by a name of its own."""
    left_out: list[tuple[list[Rule], Outcome]] = field(default_factory=list)
    table: RoutingTable | None = None
    """The one at work."""
    gateway: ObjectRef = NO_GATEWAY
    entry: FieldSet = field(default_factory=FieldSet)
    """What is written for the Gateway as a whole."""
    streams: dict[str, list[ObjectRef]] = field(default_factory=dict)
    """Entry of a table -> the LoadBalancer Services that were written for its TCP and UDP ports."""
    equal_rules: dict[int, list[Rule]] = field(default_factory=dict)
    """Id of a rule that a route was made from -> equal rules of other hosts and ports."""
    assumed_labels: dict[str, dict[str, str]] = field(default_factory=dict)
    """Namespace that the input lacks -> labels that it is taken to have, as its routes may attach."""
    named_namespaces: dict[ObjectRef, tuple[str, ...]] = field(default_factory=dict)
    """Gateway -> namespaces of routes that a label does not select."""
    default_policies: set[str] = field(default_factory=set)
    """Kinds of policies that the Gateway at work has for all its routes."""

    @property
    def strict(self) -> bool:
        return self.options.strict

    @property
    def capabilities(self) -> Capabilities:
        """What the implementation can do beyond Gateway API."""
        return self.pack.capabilities

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
            self.exposed[origin.object, code] = why
        return bool(why)

    def settle(self, feature: Feature, outcome: Outcome, fields: Fields = None) -> None:
        """One outcome for all facts of a feature. `fields`: instead of those of the outcome."""
        guarded = protects(feature.name)
        for origin in feature.origins:
            self.ledger.settle(origin, outcome, feature.name, guarded, fields)

    def settle_lost(self, rules: Iterable[Rule], outcome: Outcome) -> None:
        """Rules that are left out, with those of their features that nothing else is said of."""
        rules = list(rules)
        self.settle_rule(rules, outcome)
        self.left_out.append((rules, outcome))

    def settle_left_out(self) -> None:
        """Facts of rules that were left out and that no other rule has settled."""
        for rules, outcome in self.left_out:
            for rule in rules:
                if rule.origin is not None and self.ledger.settled(rule.origin) is None:
                    self.ledger.settle(rule.origin, outcome, "path")
                for feature in rule.features:
                    guarded = protects(feature.name)
                    for origin in feature.origins:
                        if self.ledger.settled(origin) is None:
                            self.ledger.settle(origin, outcome, feature.name, guarded)
        self.left_out.clear()

    def settle_rule(self, rules: Iterable[Rule], outcome: Outcome, fields: Fields = None) -> None:
        """One outcome for the facts that rules stand for. `fields`: instead of those of the outcome."""
        settle = self.ledger.settle
        for rule in rules:
            if rule.origin is not None:
                settle(rule.origin, outcome, "path", False, fields)
            for origin in rule.extra.get("origins", ()) if rule.extra else ():
                settle(origin, outcome, "path", False, fields)

    def settle_written(self, rules: Iterable[Rule], route: ObjectRef, index: int, fields: tuple[FieldRef, ...]) -> None:
        """Rules that lose nothing in a rule of a route; words are needed only where nothing else is known of them."""
        kept = self.ledger.kept
        new: list[Origin] = []
        for rule in rules:
            if rule.origin is not None and not kept(rule.origin, fields):
                new.append(rule.origin)
            if rule.extra:
                new += [origin for origin in rule.extra.get("origins", ()) if not kept(origin, fields)]
        if new:
            outcome = Outcome.exact("path.route", f"becomes rule {index} of {route}", fields=fields)
            for origin in new:
                self.ledger.settle(origin, outcome, "path")


NOTHING = NO_ASPECTS


def exact(code: str, message: str, fields: tuple[FieldRef, ...] = ()) -> Outcome:
    """See `Outcome.exact`."""
    return Outcome.exact(code, message, fields=fields)


def affected_aspects(row: TargetRow) -> Aspects:
    """The parts of an answer that may differ because of a feature, as its row says; all of them where it says none."""
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
        when=str(row.args.get("when", "")),
    )


def source_line(ref: ObjectRef | None, origin: Origin | None) -> str:
    """`Ingress shop/web (shop.yaml)` for the annotation that says where an object comes from."""
    if ref is None:
        return ""
    path = origin.location.path if origin is not None else ""
    return f"{ref} ({path})" if path else str(ref)
