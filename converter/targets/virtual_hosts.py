"""Tables as a target has them: per port and host name one ordered list of rules, as every host matches alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from converter.model import Outcome
from converter.model.request_kind import deeper_than, for_host
from converter.packs.features import protects
from converter.routing.actions import Respond
from converter.routing.host_names import wildcards_above
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Feature, Port, Rule
from converter.targets.context import Context
from converter.targets.fall_through import announce_fall_through, guards, with_default, with_fall_through
from converter.targets.route_host_names import host_name, name_of

NOT_WRITTEN = Outcome.exact("rule.implicit", "shapes only the 404 for paths that no rule takes")


SHADOWED = Outcome.obsolete(
    "path.shadowed", "is never reached: an earlier rule takes the same requests, before and after"
)


class PortHost(NamedTuple):
    """One host of one port; `host` is "" for every other name, `features` are settings of the whole host."""

    port: Port
    host: str
    rules: list[Rule]
    features: tuple[Feature, ...] = ()


def places(port: Port, context: Context) -> Iterator[PortHost]:
    """All hosts of a port, in the order of the table, catch-all last, without what Envoy does unasked."""
    for place in _places(port, context):
        rules = lasting(place.rules, context)
        if rules and is_final_404(rules[-1]):
            context.notes.leave_out(rules[-1:], NOT_WRITTEN)
            rules = rules[:-1]
        if len(rules) > 1:
            rules = _reachable(rules, context)
        yield place if rules is place.rules else place._replace(rules=rules)


TEMPORARY = Outcome.approximate(
    "route.temporary",
    "the Ingress of one HTTP-01 challenge of cert-manager lives for minutes and belongs to a Challenge; it is not "
    "converted. After the switch cert-manager makes a route of its own for each challenge",
    "let the issuer solve HTTP-01 by gatewayHTTPRoute",
)


def lasting(rules: list[Rule], context: Context) -> list[Rule]:
    """Without rules that a tool has made for minutes."""
    gone = [rule for rule in rules if rule.temporary]
    if not gone:
        return rules
    context.notes.settle_lost(gone, TEMPORARY)
    return [rule for rule in rules if not rule.temporary]


def _reachable(rules: list[Rule], context: Context) -> list[Rule]:
    """Without rules that an earlier one with the same match keeps from ever matching.

    Envoy Gateway would choose between routes of equal matches by age, so the later one must not be written.
    """
    first = {rule.match: rule for rule in reversed(rules)}
    if len(first) == len(rules):
        return rules
    hidden = [rule for rule in rules if first[rule.match] is not rule]
    context.notes.leave_out(hidden, SHADOWED)
    return [rule for rule in rules if first[rule.match] is rule]


def is_final_404(rule: Rule) -> bool:
    """A last rule of the controller's own that responds with 404 to the rest, as Envoy does without one."""
    return (
        isinstance(rule.action, Respond)
        and rule.action.status == 404
        and rule.origin is None
        and not rule.match.conditions
        and not any(_shows(feature) for feature in rule.features)
    )


def _shows(feature: Feature) -> bool:
    """True for a feature that changes even a response 404."""
    return feature.name in ("cors", "response-headers") or protects(feature.name)


def _places(port: Port, context: Context) -> Iterator[PortHost]:
    if port.fall_through:
        yield from _projected(port, context)
        return
    catch_all: list[PortHost] = []
    taken: set[str] = set()
    for vhost in port.hosts:
        if not vhost.hosts:
            catch_all.append(PortHost(port, "", vhost.rules, vhost.features))
        for test in vhost.hosts:
            host = host_name(test)
            if host is None:
                settle_pattern_host(vhost.rules, test, context)
                continue
            if host in taken:
                continue  # the first virtual host of a name matches alone
            taken.add(host)
            if test.op == "label":
                settle_depth(vhost.rules, host, context)
            yield PortHost(port, host, vhost.rules, vhost.features)
    yield from catch_all


def by_host(port: Port, context: Context) -> dict[str, list[Rule]]:
    """Rules of a fall-through port by the host that they ask for, those that ask for none under ""; what no route can
    say of a host is settled here."""
    own: dict[str, list[Rule]] = {}
    for rule in (rule for vhost in port.hosts for rule in vhost.rules):
        if not rule.hosts:
            own.setdefault("", []).append(rule)
        for test in rule.hosts:
            host = host_name(test)
            if host is None:
                settle_pattern_host([rule], test, context)
                continue
            if test.op in ("label", "ends"):
                settle_depth([rule], host, context)
            own.setdefault(host, []).append(rule)
    return own


def _projected(port: Port, context: Context) -> Iterator[PortHost]:
    """Rules of a fall-through port by host: the host's own, or with --strict all that can take its requests."""
    own = by_host(port, context)
    free = own.pop("", [])
    if context.options.strict:
        own = with_fall_through(port, own)
    elif copied := guards(port):
        own = with_fall_through(port, own, copied)
    if not context.options.strict and len(own) + bool(free) > 1:
        own, everywhere = with_default(port, own)
        announce_fall_through(port, own, [rule for rule in free if id(rule) not in copied | everywhere], context)
    for host, rules in own.items():
        yield PortHost(port, host, rules)
    if free:
        yield PortHost(port, "", free)


def wider(host: str, hosts: Collection[str]) -> Iterator[str]:
    """Those of the hosts that take its requests where it has no route: wildcards, the nearest first, and the rest."""
    yield from (name for name in wildcards_above(host) if name in hosts and name != host)
    if host and "" in hosts:
        yield ""


def settle_depth(rules: list[Rule], host: str, context: Context) -> None:
    """Say that a wildcard, which stood for one label, matches names of any depth."""
    context.notes.settle_rule(
        rules,
        Outcome.approximate(
            "host.wildcard-depth",
            f"{host} matches names of any depth (was: exactly one more label)",
            f"add a route for the deeper names under {host[2:]} if they must stay unserved",
            when=deeper_than(host),
        ),
    )


def settle_pattern_host(rules: list[Rule], test: ValueMatcher, context: Context) -> None:
    """Say that rules are lost whose host no route can name."""
    words = f"the host is given by a pattern ({test.op} {test.value!r}); a route names hosts exactly or by *.domain"
    if name_of(test) is not None:
        words = f"the host {test.value!r} is not a DNS name, so no route can name it"
    context.notes.settle_lost(
        rules,
        Outcome.unsupported(
            "host.pattern",
            words,
            "list the host names that are meant",
            when=for_host(test.op, test.value),
        ),
    )
