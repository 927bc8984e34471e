"""Hosts of one ordered list: which of them keep rules for many hosts, and which no longer fall through to those."""

from __future__ import annotations

from collections.abc import Collection

from converter.model import Outcome
from converter.model.request_kind import named
from converter.routing.actions import Respond
from converter.routing.host_names import covers, wildcards_above
from converter.routing.protection import is_guard
from converter.routing.table import Port, Rule
from converter.targets.context import Context
from converter.targets.route_host_names import host_name

DEFAULT = "Default"
"""`path_type` of the rule for what no other rule of the port takes."""


def guards(port: Port) -> set[int]:
    """Ids of rules for many hosts that refuse, or let through only some, and of those that come before one of them:
    every host keeps them, as its own rules would be open to requests that they take before."""
    order = [rule for vhost in port.hosts for rule in vhost.rules]
    general = [rule for rule in order if _is_general(rule)]
    last = max((index for index, rule in enumerate(general) if is_guard(rule)), default=-1)
    return {id(rule) for rule in general[: last + 1]}


def with_default(port: Port, own: dict[str, list[Rule]]) -> tuple[dict[str, list[Rule]], set[int]]:
    """Every host with the default backend of the port behind its rules, where no other rule of the port takes what they
    leave; the ids of the default backends that every host has so."""
    order = [rule for vhost in port.hosts for rule in vhost.rules]
    last = order[-1] if order else None
    if last is None or not _is_default(last):
        return own, set()
    general = [rule for rule in order[:-1] if _is_general(rule)]
    out, all_have_it = {}, True
    for host, rules in own.items():
        mine = {id(rule) for rule in rules}
        others = any(id(rule) not in mine and _can_take(rule, host) for rule in general)
        whole = any(map(_takes_all, rules))
        out[host] = [*rules, last] if not (others or whole or id(last) in mine) else rules
        all_have_it = all_have_it and (whole or not others)
    return out, {id(last)} if all_have_it else set()


def _is_default(rule: Rule) -> bool:
    return rule.path_type == DEFAULT and not rule.hosts and _takes_all(rule) and not isinstance(rule.action, Respond)


def _is_general(rule: Rule) -> bool:
    return not rule.hosts or any(test.op != "exact" for test in rule.hosts)


def with_fall_through(
    port: Port, own: dict[str, list[Rule]], only: Collection[int] | None = None
) -> dict[str, list[Rule]]:
    """Every host with all rules that can take its requests, in the order of the port. `only`: ids of those that are
    copied."""
    order = [rule for vhost in port.hosts for rule in vhost.rules]
    general = [rule for rule in order if _is_general(rule) and (only is None or id(rule) in only)]
    position = {id(rule): index for index, rule in enumerate(order)}
    out = {}
    for host, rules in own.items():
        mine = {id(rule) for rule in rules}
        end = next((position[id(rule)] for rule in rules if _takes_all(rule)), len(order))
        copied = [
            rule for rule in general if id(rule) not in mine and position[id(rule)] < end and _can_take(rule, host)
        ]
        out[host] = sorted([*rules, *copied], key=lambda rule: position[id(rule)]) if copied else rules
    return out


def _takes_all(rule: Rule) -> bool:
    """True for a rule behind which no other one is asked."""
    whole = {"prefix": ("", "/"), "segment": ("", "/"), "glob": ("*", "/*")}
    paths = rule.match.paths
    return not rule.match.conditions and (not paths or any(test.value in whole.get(test.op, ()) for test in paths))


def _can_take(rule: Rule, host: str) -> bool:
    if not rule.hosts:
        return True
    wild = host.startswith("*.")
    return any(
        covers(name, host) if name is not None else not wild and test.holds(host)
        for test, name in ((test, host_name(test)) for test in rule.hosts)
    )


def announce_fall_through(port: Port, own: dict[str, list[Rule]], free: list[Rule], context: Context) -> None:
    """Say on the wildcard and host-less rules that more specific hosts no longer fall through to them."""
    outcome = Outcome.approximate(
        "host.fall-through",
        "requests of more specific hosts that match none of their own rules get 404 (was: matched here)",
        "use --strict to copy this rule into those hosts",
        when=named("fall-through"),
    )
    position = {id(rule): at for at, rule in enumerate(rule for vhost in port.hosts for rule in vhost.rules)}
    ends = {host: _end(rules, position) for host, rules in own.items()}
    latest: dict[str, int] = {"": max(ends.values(), default=-1)}
    for host, end in ends.items():
        for name in wildcards_above(host.removeprefix("*.")):
            latest[name] = max(latest.get(name, -1), end if name != host else -1)
    context.notes.settle_rule([rule for rule in free if position[id(rule)] < latest[""]], outcome)
    for host, rules in own.items():
        if host in latest:
            reached = [rule for rule in rules if id(rule) in position and position[id(rule)] < latest[host]]
            context.notes.settle_rule(reached, outcome)


def _end(rules: list[Rule], position: dict[int, int]) -> int:
    """The place from which on no rule of the port is asked for a host, for one of its own takes everything."""
    return min(
        (position[id(rule)] for rule in rules if _takes_all(rule) and id(rule) in position), default=len(position)
    )
