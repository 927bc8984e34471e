"""The virtual hosts of a table by the one name that they are for.

Where rules of all hosts are in one list (fall-through ports), those that name the same host are put together, once
there are so many that asking about each of them would dominate a run.
"""

from __future__ import annotations

from dataclasses import field
from typing import NamedTuple

from converter.model.data import dataclass
from converter.routing.host_names import wildcards_above
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Port, RoutingTable, Rule, VirtualHost

MIN_SHARED_RULES = 400
"""Rules of the fall-through ports of a table, from which on they are put together by host."""
PortVirtualHost = tuple[Port, VirtualHost]


@dataclass(slots=True)
class Samples:
    """The kinds of hosts, and which of them need not be read."""

    kinds: dict[str, int] = field(default_factory=dict)
    """Of hosts that have a kind; counted from 1."""
    path_names: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Their plain paths, which hosts of a kind have different ones of."""
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Their opaque values, in the order in which those of all hosts of a kind correspond."""
    left: frozenset[str] = frozenset()
    """Hosts of a kind that has enough samples without them."""

    def read(self, name: str) -> bool:
        """False where a request for this name may lead to rules that were not read back."""
        return name not in self.left and all(one not in self.left for one in wildcards_above(name))


class ByName(NamedTuple):
    """Virtual hosts with their ports."""

    names: dict[str, list[PortVirtualHost]]
    """By their only name, where they have just one."""
    others: list[PortVirtualHost]
    alike: bool
    """Whether two names can be compared: a name is all that chooses between the rules."""


def by_name(*tables: RoutingTable) -> ByName:
    """The virtual hosts of two tables of one entry point (or of the first alone)."""
    names: dict[str, list[PortVirtualHost]] = {}
    others: list[PortVirtualHost] = []
    mixed = [vhost for port in tables[0].ports if port.fall_through for vhost in port.hosts]
    many = sum(len(vhost.rules) for vhost in mixed) >= MIN_SHARED_RULES
    for table in tables:
        for port in table.ports:
            for vhost in port.hosts:
                name = "" if port.fall_through else _only_name(vhost.hosts) or _only_wildcard(vhost.hosts)
                several = () if name or port.fall_through else _only_names(vhost.hosts)
                if name:
                    names.setdefault(name, []).append((port, vhost))
                elif several:
                    for test in several:
                        part = VirtualHost((test,), vhost.rules, vhost.features, part_of=vhost)
                        names.setdefault(test.value.lower(), []).append((port, part))
                else:
                    apart = port.fall_through and many
                    others.append((port, _taken_apart(port, vhost, names) if apart else vhost))
    return ByName(names, others, many or not mixed)


def _only_name(tests: tuple[ValueMatcher, ...]) -> str:
    return tests[0].value.lower() if len(tests) == 1 and tests[0].op == "exact" else ""


def _only_names(tests: tuple[ValueMatcher, ...]) -> tuple[ValueMatcher, ...]:
    """Several names (a host with aliases): each matches the same rules."""
    return tests if all(test.op == "exact" for test in tests) else ()


def _only_wildcard(tests: tuple[ValueMatcher, ...]) -> str:
    """`*.example.com`, however many labels the proxy takes the star for."""
    wildcard = len(tests) == 1 and tests[0].op in ("label", "domain") and tests[0].value.startswith("*.")
    return tests[0].value.lower() if wildcard else ""


def same_name(requested: str, own: str, other: str) -> str | None:
    """A name that one host or wildcard was asked by, as another one has it; None where it is neither of its names."""
    if requested == own:
        return other
    if not own.startswith("*."):
        return None
    if requested == own[2:]:
        return other[2:]
    return f"{requested.removesuffix(own[1:])}{other[1:]}" if requested.endswith(own[1:]) else None


def _taken_apart(port: Port, vhost: VirtualHost, names: dict[str, list[PortVirtualHost]]) -> VirtualHost:
    """Put the rules for one host each to their names; returns the rest."""
    own: dict[str, list[Rule]] = {}
    rest: list[Rule] = []
    for rule in vhost.rules:
        name = _only_name(rule.hosts)
        (own.setdefault(name, []) if name else rest).append(rule)
    for name, rules in own.items():
        names.setdefault(name, []).append((port, VirtualHost(rules[0].hosts, rules)))
    return VirtualHost(vhost.hosts, rest, vhost.features)
