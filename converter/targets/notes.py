"""What becomes of the facts that tables carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.model import FieldRef, ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.features import protects
from converter.routing.table import Feature, Rule

Fields = tuple[FieldRef, ...] | None


class Notes:
    """Settles the facts of features and rules in the ledger of a run.

    Args:
        ledger: That of the run.
    """

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self._left_out: list[tuple[list[Rule], Outcome]] = []

    def settle(self, feature: Feature, outcome: Outcome, fields: Fields = None) -> None:
        """One outcome for all facts of a feature. `fields`: instead of those of the outcome."""
        guarded = protects(feature.name)
        for origin in feature.origins:
            self.ledger.settle(origin, outcome, feature.name, guarded, fields)

    def settle_rule(
        self, rules: Iterable[Rule], outcome: Outcome, fields: Fields = None, *, protects: bool = False
    ) -> None:
        """One outcome for the facts that rules stand for. `fields`: instead of those of the outcome. `protects`: the
        rules themselves do, without any feature."""
        settle = self.ledger.settle
        for rule in rules:
            for origin in _facts(rule):
                settle(origin, outcome, "path", protects, fields)

    def settle_written(self, rules: Iterable[Rule], route: ObjectRef, index: int, fields: tuple[FieldRef, ...]) -> None:
        """Rules that lose nothing in a rule of a route; only facts of which nothing is known yet get an outcome."""
        kept = self.ledger.kept
        new = [origin for rule in rules for origin in _facts(rule) if not kept(origin, fields)]
        if new:
            outcome = Outcome.exact("path.route", f"becomes rule {index} of {route}", fields=fields)
            for origin in new:
                self.ledger.settle(origin, outcome, "path")

    def settle_lost(self, rules: Iterable[Rule], outcome: Outcome) -> None:
        """Rules that are left out for sure; those of their features that nothing else settles follow later."""
        rules = list(rules)
        self.settle_rule(rules, outcome)
        self.leave_out(rules, outcome)

    def leave_out(self, rules: list[Rule], outcome: Outcome) -> None:
        """Rules that are left out here, and may be written elsewhere: see `settle_left_out`."""
        self._left_out.append((rules, outcome))

    def settle_left_out(self) -> None:
        """Facts of rules that were left out and that no other rule has settled."""
        for rules, outcome in self._left_out:
            for rule in rules:
                if rule.origin is not None:
                    self.ledger.settle_unsettled(rule.origin, outcome, "path")
                for feature in rule.features:
                    guarded = protects(feature.name)
                    for origin in feature.origins:
                        self.ledger.settle_unsettled(origin, outcome, feature.name, guarded)
        self._left_out.clear()


def _facts(rule: Rule) -> Iterator[Origin]:
    if rule.origin is not None:
        yield rule.origin
    yield from rule.origins
