"""Tables as a target has them: per port and host name one ordered list of rules, as every host answers alone."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

from converter.model import Outcome
from converter.model.request_kind import deeper_than, for_host, named
from converter.packs.features import protects
from converter.routing.actions import Respond
from converter.routing.host_names import covers, wildcards_above
from converter.routing.matchers import ValueMatcher
from converter.routing.protection import is_guard
from converter.routing.table import Feature, Port, Rule
from converter.targets.context import Context

LONGEST_NAME = 253
DEFAULT = "Default"
"""`path_type` of the rule for what no other rule of the port takes."""
NOT_WRITTEN = Outcome.exact("rule.implicit", "shapes only the 404 for paths that no rule takes")


SHADOWED = Outcome.obsolete("path.shadowed", "never answers: an earlier rule takes the same requests, before and after")


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
        if rules and _final_404(rules[-1]):
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
    gone = [rule for rule in rules if "temporary" in rule.extra]
    if not gone:
        return rules
    context.notes.settle_lost(gone, TEMPORARY)
    return [rule for rule in rules if "temporary" not in rule.extra]


def _reachable(rules: list[Rule], context: Context) -> list[Rule]:
    """Without rules that an earlier one with the same match keeps from ever answering.

    Envoy Gateway would choose between routes of equal matches by age, so the later one must not be written.
    """
    first = {rule.match: rule for rule in reversed(rules)}
    if len(first) == len(rules):
        return rules
    hidden = [rule for rule in rules if first[rule.match] is not rule]
    context.notes.leave_out(hidden, SHADOWED)
    return [rule for rule in rules if first[rule.match] is rule]


def _final_404(rule: Rule) -> bool:
    """A last rule of the controller's own that answers 404 to the rest, as Envoy does without one."""
    return (
        isinstance(rule.action, Respond)
        and rule.action.status == 404
        and rule.origin is None
        and not rule.match.conditions
        and not any(_shows(feature) for feature in rule.features)
    )


def _shows(feature: Feature) -> bool:
    """True for a feature that changes even an answer 404."""
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
                _pattern_host(vhost.rules, test, context)
                continue
            if host in taken:
                continue  # the first virtual host of a name answers alone
            taken.add(host)
            if test.op == "label":
                _deeper(vhost.rules, host, context)
            yield PortHost(port, host, vhost.rules, vhost.features)
    yield from catch_all


_NAME = re.compile(r"(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")


@lru_cache(maxsize=65536)
def host_name(test: ValueMatcher) -> str | None:
    """The host name of a route for a test; None where no name can say it."""
    name = _name_of(test)
    return name if name is not None and len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def _name_of(test: ValueMatcher) -> str | None:
    if test.op == "exact":
        return test.value.lower()
    if test.op in ("label", "domain"):
        return test.value.lower()
    if test.op == "ends":
        return "*." + test.value[1:].lstrip(".").lower()
    if test.op == "glob" and "*" not in test.value and "?" not in test.value:
        return test.value.lower()
    if test.op == "glob" and test.value.startswith("*.") and "*" not in test.value[1:] and "?" not in test.value:
        return test.value.lower()
    return None


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
                _pattern_host([rule], test, context)
                continue
            if test.op in ("label", "ends"):
                _deeper([rule], host, context)
            own.setdefault(host, []).append(rule)
    return own


def _projected(port: Port, context: Context) -> Iterator[PortHost]:
    """Rules of a fall-through port by host: the host's own, or with --strict all that can take its requests."""
    own = by_host(port, context)
    free = own.pop("", [])
    if context.options.strict:
        own = _with_fall_through(port, own)
    elif len(own) + bool(free) > 1:
        copied = _guards(port)
        if copied:
            own = _with_fall_through(port, own, copied)
        own, everywhere = _with_default(port, own)
        _announce_fall_through(own, [rule for rule in free if id(rule) not in copied | everywhere], context)
    for host, rules in own.items():
        yield PortHost(port, host, rules)
    if free:
        yield PortHost(port, "", free)


def _guards(port: Port) -> set[int]:
    """Ids of rules for many hosts that refuse, or let through only some, and of those that come before one of them:
    every host keeps them, as its own rules would be open to requests that they take today."""
    order = [rule for vhost in port.hosts for rule in vhost.rules]
    general = [rule for rule in order if _is_general(rule)]
    last = max((index for index, rule in enumerate(general) if is_guard(rule)), default=-1)
    return {id(rule) for rule in general[: last + 1]}


def _with_default(port: Port, own: dict[str, list[Rule]]) -> tuple[dict[str, list[Rule]], set[int]]:
    """Every host with the default backend of the port behind its rules, where no other rule of the port takes what they
    leave; the ids of the default backends that every host has so."""
    order = [rule for vhost in port.hosts for rule in vhost.rules]
    last = order[-1] if order else None
    if last is None or last.path_type != DEFAULT or last.hosts or not _takes_all(last) or _final_404(last):
        return own, set()
    general = [rule for rule in order[:-1] if _is_general(rule)]
    out, all_have_it = {}, True
    for host, rules in own.items():
        mine = {id(rule) for rule in rules}
        others = any(id(rule) not in mine and _can_take(rule, host) for rule in general)
        needed = not others and id(last) not in mine and not any(map(_takes_all, rules))
        out[host] = [*rules, last] if needed else rules
        all_have_it = all_have_it and not others
    return out, {id(last)} if all_have_it else set()


def _is_general(rule: Rule) -> bool:
    return not rule.hosts or any(test.op != "exact" for test in rule.hosts)


def _with_fall_through(
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


def wider(host: str, hosts: Collection[str]) -> Iterator[str]:
    """Those of the hosts that take its requests where it has no route: wildcards, the nearest first, and the rest."""
    yield from (name for name in wildcards_above(host) if name in hosts and name != host)
    if host and "" in hosts:
        yield ""


def _announce_fall_through(own: dict[str, list[Rule]], free: list[Rule], context: Context) -> None:
    """Say on the wildcard and host-less rules that more specific hosts no longer fall through to them."""
    outcome = Outcome.approximate(
        "host.fall-through",
        "requests of more specific hosts that none of their own rules takes come here today; afterwards they get 404",
        "use --strict to copy this rule into those hosts",
        when=named("fall-through"),
    )
    if own:
        context.notes.settle_rule(free, outcome)
    wildcards = {name for host in own for name in wildcards_above(host.removeprefix("*."))}
    for host, rules in own.items():
        if host in wildcards:
            context.notes.settle_rule(rules, outcome)


def _deeper(rules: list[Rule], host: str, context: Context) -> None:
    context.notes.settle_rule(
        rules,
        Outcome.approximate(
            "host.wildcard-depth",
            f"{host} stands for exactly one more label today; Gateway API takes names of any depth",
            f"add a route for the deeper names under {host[2:]} if they must stay unserved",
            when=deeper_than(host),
        ),
    )


def _pattern_host(rules: list[Rule], test: ValueMatcher, context: Context) -> None:
    words = f"the host is given by a pattern ({test.op} {test.value!r}); a route names hosts exactly or by *.domain"
    if _name_of(test) is not None:
        words = f"the host {test.value!r} is no DNS name, so no route can name it"
    context.notes.settle_lost(
        rules,
        Outcome.unsupported(
            "host.pattern",
            words,
            "list the host names that are meant",
            when=for_host(test.op, test.value),
        ),
    )
