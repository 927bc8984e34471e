"""Whether the controller's order of rules is that of the table, and how near the routes can get to it."""

from __future__ import annotations

from converter.model import ASPECTS, Fidelity, Outcome
from converter.routing.table import Port, Rule
from converter.targets.aws.drafts import LATE, paths_of, ways_of
from converter.targets.aws.matching import ANY
from converter.targets.aws.precedence import entry, swapped
from converter.targets.context import Context
from converter.targets.grouping import all_to_https
from converter.targets.ordering import Ordered
from converter.targets.projection import Place

SWAPPED = Outcome(
    "order.precedence", Fidelity.MANUAL,
    "rules that overlap are tried in another order afterwards: the controller puts exact hosts and paths first, then "
    "longer prefixes, then regular expressions, and knows no order of one's own",
    "make the paths or hosts of the two rules exclude each other, or use --to envoy-gateway, which can keep the order",
    (), ASPECTS,
)


class Order:
    """The order of all rules of an entry.

    `merged`: hosts whose rules must stand in one route, because only the place in it decides between them.
    """

    def __init__(self, places: list[Place], context: Context) -> None:
        self.context = context
        self.merged: frozenset[str] = frozenset()
        self.broken: list[tuple[Rule, Rule]] = []
        self._note_late(places)
        by_port: dict[int, list[Place]] = {}
        for place in places:
            by_port.setdefault(id(place.port), []).append(place)
        merged = set()
        for some in by_port.values():
            merged |= self._port(some[0].port, some)
        self.merged = frozenset(merged)

    def _note_late(self, places: list[Place]) -> None:
        """Rules for all paths behind an expression: as an expression themselves they stay behind it."""
        late = self.context.shared[LATE] = set()
        for place in places:
            seen = False
            for rule in place.rules:
                paths = paths_of(rule, self.context)
                if seen and any(one.match == ANY for one in paths):
                    late.add(id(rule))
                seen = seen or any(one.match is not None and one.match["type"] == "RegularExpression" for one in paths)
        for rule in late:
            self.context.matches.pop(rule, None)

    def _port(self, port: Port, places: list[Place]) -> set[str]:
        """Hosts of a port to keep together; what stays swapped is remembered."""
        rules = [rule for vhost in port.hosts for rule in vhost.rules]
        position = {id(rule): number for number, rule in enumerate(rules)}
        for place in places:
            for rule in place.rules:
                position.setdefault(id(rule), len(position))
        wide = [place for place in places if not place.host or place.host.startswith("*.")] if port.fall_through else []
        general = [
            (place.host, position[id(one.rule)], one)
            for place in wide if len(places) > 1 for one in self._matches(place)
        ]
        merged = set()
        for place in places:
            if len(place.rules) + len(general) < 2 or (port.protocol == "HTTP" and all_to_https(place.rules)):
                continue
            mine = self._matches(place)
            if any(swapped(mine, [], place.host, position)):
                for one in mine:
                    one.route = ""
                merged.add(place.host)
            self.broken += swapped(mine, general, place.host, position)
        return merged

    def _matches(self, place: Place) -> list[Ordered]:
        out = []
        for rule in place.rules:
            route = f"{rule.object.namespace}/{rule.object.name}" if rule.object is not None else ""
            paths = paths_of(rule, self.context)
            for path in paths:
                if path.match is not None:
                    out += [entry({"path": path.match, **way}, rule, route)
                            for way in ways_of(rule, place.port, paths).ways]
        return out

    def announce(self) -> None:
        """Say on both rules of every pair that they are swapped."""
        for rule in {id(rule): rule for pair in self.broken for rule in pair}.values():
            self.context.settle_rule([rule], SWAPPED)
            for feature in rule.features:
                if rule.origin is None:
                    self.context.settle(feature, SWAPPED)
