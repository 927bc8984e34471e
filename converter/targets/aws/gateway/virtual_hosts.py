"""Rules by port and host, as the routes will have them: an ALB asks all rules of a listener, whatever their hosts."""

from __future__ import annotations

from collections.abc import Iterator

from converter.routing.actions import Respond
from converter.routing.host_names import covers
from converter.routing.matchers import ANY
from converter.routing.table import Port, Rule, VirtualHost
from converter.targets.context import Context
from converter.targets.fall_through import guards, with_fall_through
from converter.targets.route_host_names import host_name
from converter.targets.virtual_hosts import (
    NOT_WRITTEN,
    PortHost,
    by_host,
    is_final_404,
    lasting,
    settle_depth,
    settle_pattern_host,
)


def places(port: Port, context: Context) -> list[PortHost]:
    """The hosts of a port."""
    if port.protocol not in ("HTTP", "HTTPS"):
        return []
    found = _fall_through(port, context) if port.fall_through else _isolated(port, context)
    return [place for place in found if place.rules]


def nothing(port: Port) -> Rule:
    """What responds where no rule takes a request, as a rule of its own."""
    fallback = port.fallback
    return Rule(ANY, Respond(fallback.status, fallback.body, fallback.content_type), name="no rule takes it")


def _fall_through(port: Port, context: Context) -> Iterator[PortHost]:
    """Rules that refuse for many hosts stand before those of each host, too: the controller puts exact hosts first."""
    own = by_host(port, context)
    free = own.pop("", [])
    copied = guards(port) if len(own) + bool(free) > 1 else set()
    for host, rules in (with_fall_through(port, own, copied) if copied else own).items():
        yield PortHost(port, host, rules)
    if free:
        yield PortHost(port, "", free)


def _isolated(port: Port, context: Context) -> Iterator[PortHost]:
    """Hosts that match alone: what no rule of theirs takes must not reach the rules of a wider host."""
    named: dict[str, tuple[VirtualHost, bool]] = {}
    for vhost in port.hosts:
        for test in vhost.hosts:
            host = host_name(test)
            if host is None:
                settle_pattern_host(vhost.rules, test, context)
            elif host not in named:
                named[host] = (vhost, test.op == "label")
        if not vhost.hosts:
            named.setdefault("", (vhost, False))
    wide = [host for host in named if not host or host.startswith("*.")]
    for host, (vhost, label) in named.items():
        if label:
            settle_depth(vhost.rules, host, context)
        rules = lasting(vhost.rules, context)
        if rules and is_final_404(rules[-1]):
            context.notes.leave_out(rules[-1:], NOT_WRITTEN)
            rules = rules[:-1]
        if not _takes_all(rules) and any(other != host and covers(other, host) for other in wide):
            rules = [*rules, nothing(port)]
        yield PortHost(port, host, rules, vhost.features)


def _takes_all(rules: list[Rule]) -> bool:
    return any(
        not rule.match.conditions
        and (
            not rule.match.paths
            or any(test.value in ("", "/") and test.op in ("prefix", "segment") for test in rule.match.paths)
        )
        for rule in rules
    )
