"""Whether the controller's order of rules is that of the table, and how near the routes can get to it."""

from __future__ import annotations

from converter.model import Outcome
from converter.routing.table import Port, Rule
from converter.targets.aws.gateway.precedence import entry, swapped
from converter.targets.aws.http_route.path_forms import other_form
from converter.targets.aws.http_route.write_rule import PathForms, PathMatches, paths_of, ways_of
from converter.targets.context import Context
from converter.targets.gateway_api.http_route.grouping import all_to_https
from converter.targets.gateway_api.http_route.rule_order import Ordered
from converter.targets.virtual_hosts import PortHost

SWAPPED = Outcome.manual(
    "order.precedence",
    "rules that overlap are matched in another order: the controller puts exact hosts and paths first, then longer "
    "prefixes, then regular expressions, and has no field for an explicit order",
    "make the paths or hosts of the two rules exclude each other, or use --to envoy-gateway, which can keep the order",
)


ROUNDS, MAX_SWAPPED_PAIRS = 8, 400
"""How often forms of paths are tried, and the pairs of rules above which nobody tries."""


class AwsRuleOrder:
    """The order of all rules of an entry.

    `merged`: hosts whose rules must be in one route, because only the place in it decides between them.
    """

    def __init__(self, places: list[PortHost], context: Context) -> None:
        self.context = context
        self._forms = context.entry.shared.of(PathForms, PathForms)
        self._paths = context.entry.shared.of(PathMatches, PathMatches)
        self._by_port: dict[int, list[PortHost]] = {}
        for place in places:
            self._by_port.setdefault(id(place.port), []).append(place)
        self.merged, self.broken = self._find()
        best = (len(self.broken), dict(self._forms))
        for _ in range(ROUNDS):
            if not 0 < len(self.broken) <= MAX_SWAPPED_PAIRS or not self._change():
                break
            self.merged, self.broken = self._find()
            if len(self.broken) < best[0]:
                best = (len(self.broken), dict(self._forms))
        if self.broken and best[1] != self._forms:
            self._set(best[1])
            self.merged, self.broken = self._find()

    def _change(self) -> bool:
        """Write the paths of swapped rules in another form; False where none is left to try."""
        forms = dict(self._forms)
        for first, second in self.broken:
            for rule, leads in ((second, False), (first, True)):
                form = "" if id(rule) in forms or self._fixed(rule) else self._other(rule, leads)
                if form:
                    forms[id(rule)] = form
                    break
        changed = forms != self._forms
        self._set(forms)
        return changed

    def _other(self, rule: Rule, leads: bool) -> str:
        path = next((one.match for one in paths_of(rule, self.context) if one.match is not None), None)
        return other_form(path, leads) if path is not None else ""

    @staticmethod
    def _fixed(rule: Rule) -> bool:
        """A prefix that is replaced must stay one."""
        return any(feature.name == "rewrite" for feature in rule.features)

    def _set(self, forms: dict[int, str]) -> None:
        for rule in forms.keys() ^ self._forms.keys():
            self._paths.pop(rule, None)
        self._forms.clear()
        self._forms.update(forms)

    def _find(self) -> tuple[frozenset[str], list[tuple[Rule, Rule]]]:
        merged: set[str] = set()
        broken: list[tuple[Rule, Rule]] = []
        for places in self._by_port.values():
            self._port(places[0].port, places, merged, broken)
        return frozenset(merged), broken

    def _port(self, port: Port, places: list[PortHost], merged: set[str], broken: list[tuple[Rule, Rule]]) -> None:
        """Hosts of a port to keep together, and what stays swapped."""
        rules = [rule for vhost in port.hosts for rule in vhost.rules]
        position = {id(rule): number for number, rule in enumerate(rules)}
        for place in places:
            for rule in place.rules:
                position.setdefault(id(rule), len(position))
        wide = [place for place in places if not place.host or place.host.startswith("*.")] if port.fall_through else []
        general = [
            (place.host, position[id(one.rule)], one)
            for place in wide
            if len(places) > 1
            for one in self._matches(place)
        ]
        for place in places:
            if len(place.rules) + len(general) < 2 or (port.protocol == "HTTP" and all_to_https(place.rules)):
                continue
            mine = self._matches(place)
            if any(swapped(mine, [], place.host, position)):
                for one in mine:
                    one.route = ""
                merged.add(place.host)
            copied = {id(rule) for rule in place.rules}
            others = [one for one in general if one[0] == place.host or id(one[2].rule) not in copied]
            broken += swapped(mine, others, place.host, position)

    def _matches(self, place: PortHost) -> list[Ordered]:
        out = []
        for rule in place.rules:
            route = f"{rule.object.namespace}/{rule.object.name}" if rule.object is not None else ""
            paths = paths_of(rule, self.context)
            for path in paths:
                if path.match is not None:
                    out += [
                        entry({"path": path.match, **way}, rule, route) for way in ways_of(rule, place.port, paths).ways
                    ]
        return out

    def announce(self) -> None:
        """Say on both rules of every pair that they are swapped."""
        for rule in {id(rule): rule for pair in self.broken for rule in pair}.values():
            self.context.notes.settle_rule([rule], SWAPPED)
            for feature in rule.features:
                if rule.origin is None:
                    self.context.notes.settle(feature, SWAPPED)
