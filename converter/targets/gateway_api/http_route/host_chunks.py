"""Units of more hosts than a route has room for: what of a unit belongs to the hosts of one of its routes.

Each fact is settled with the routes of its own hosts, so that findings grow with the input and not with its square.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from converter.routing.table import Rule
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.grouping import RouteUnit, unit_rules
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_parts import copied
from converter.targets.virtual_hosts import PortHost

MOST_HOSTS = 16
"""`hostnames` of one route (Gateway API: maxItems)."""
Found = tuple[PortHost, WrittenListener | None]


class HostChunks:
    """Places, and equal rules of several hosts, by host.

    Args:
        unit: Rules and all places that they answer in.
        found: The places of these hosts with their listeners.
        parts: The drafts of the rules, in parts that one route has room for.
    """

    def __init__(self, unit: RouteUnit, found: Sequence[Found], parts: list[list[RuleDraft]]) -> None:
        self._parts = parts
        self._found: dict[str, list[Found]] = {}
        for one in found:
            self._found.setdefault(one[0].host, []).append(one)
        hosts: dict[int, list[str]] = {}
        for host, places in unit.where.items():
            for place in places:
                for rule in unit_rules(unit, place):
                    hosts.setdefault(id(rule), []).append(host)
        self._rules = [[_by_host(draft, hosts) for draft in part] for part in parts]

    def found(self, hosts: Iterable[str]) -> list[Found]:
        """The places of these hosts, with their listeners."""
        return [one for host in (*hosts, "") for one in self._found.get(host, ())]

    def parts(self, hosts: Sequence[str]) -> list[list[RuleDraft]]:
        """The drafts with the rules of these hosts alone."""
        return [
            [
                _restricted(draft, [rule for host in hosts for rule in rules.get(host, ())])
                for draft, rules in zip(part, by_host, strict=True)
            ]
            for part, by_host in zip(self._parts, self._rules, strict=True)
        ]


def _by_host(draft: RuleDraft, hosts: dict[int, list[str]]) -> dict[str, list[Rule]]:
    out: dict[str, list[Rule]] = {}
    for rule in (draft.rule, *draft.equal_rules):
        for host in hosts.get(id(rule), ()):
            out.setdefault(host, []).append(rule)
    return out


def _restricted(draft: RuleDraft, rules: list[Rule]) -> RuleDraft:
    """The draft for these of its rules; as it is, where none of them is among them."""
    if not rules:
        return draft
    out = copied(draft, draft.matches)
    out.rule, out.equal_rules = rules[0], rules[1:]
    return out
