"""Rules that protect, and rules beside them that do not: nothing may walk from the ones to the others.

A proxy that reads paths decoded (nginx) finds `/admin%2Fx` below `/admin`; Envoy compares escaped slashes as they
stand, so that such a path falls to the next rule. In a host whose rules differ in protection an expression refuses it.
"""

from __future__ import annotations

from converter.model import Location, Origin, Outcome
from converter.model.request_kind import named
from converter.routing.actions import Respond
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.protection import differ, is_guard
from converter.routing.table import RoutingTable, Rule
from converter.targets.context import Context
from converter.targets.gateway_api.http_route.write_paths import LONGEST, path_match
from converter.targets.virtual_hosts import PortHost

ESCAPED = "%2f|%5c"
ESCAPES = "escaped-slashes"
"""`Rule.derived` of a rule against escaped slashes, whose pattern is written as it is."""
REFUSED = 403


def secured(places: list[PortHost], context: Context) -> list[PortHost]:
    """The places with what keeps protected paths apart from others of their host.

    Rules that protect there are noted in `entry.guarded`: their paths are written to the letter, whatever the style.
    """
    out = []
    decoded = context.entry.table.paths.style == "nginx"
    for place in places:
        if len(place.rules) > 1 and differ(place.rules):
            guarded = [rule for rule in place.rules if is_guard(rule)]
            context.entry.guarded.update(id(rule) for rule in guarded)
            if decoded:
                closing = _against_escapes(place.rules, guarded[0], context)
                out.append(place._replace(rules=[closing, *place.rules]))
                if place.host not in context.entry.escapes_refused:
                    context.entry.escapes_refused.append(place.host)
                continue
        out.append(place)
    return out


def _against_escapes(rules: list[Rule], guard: Rule, context: Context) -> Rule:
    """The rule for paths with an escaped slash; expressions are tried by their length, so it is the longest one."""
    lengths = [0]
    for rule in rules:
        for test in rule.match.paths:
            match = path_match(test, True, context.options.strict or id(rule) in context.entry.guarded).match
            if match is not None and match["type"] == "RegularExpression":
                lengths.append(len(match["value"]))
    pattern = f".*({ESCAPED}).*"
    while len(pattern) + len("(?i)") <= max(lengths) and len(pattern) + len(ESCAPED) < LONGEST - len("(?i)"):
        pattern = pattern.replace(")", f"|{ESCAPED})")
    return Rule(
        Match((ValueMatcher("regex", pattern, True),)),
        Respond(REFUSED),
        (),
        guard.hosts,
        "escaped slashes",
        guard.object,
        derived=ESCAPES,
        namespace=guard.namespace,
    )


def guards_named_hosts(table: RoutingTable) -> bool:
    """Whether a rule of a named host protects, which no rule for any host may take requests of."""
    return any((vhost.hosts or rule.hosts) and is_guard(rule) for _, vhost, rule in table.rules())


def settle_escapes(context: Context) -> None:
    """Say on which hosts paths with an escaped slash are refused."""
    table, hosts = context.entry.table, context.entry.escapes_refused
    if not hosts:
        return
    names = ", ".join(host or "any other host" for host in hosts[:3])
    more = f" and {len(hosts) - 3} more" if len(hosts) > 3 else ""
    status = REFUSED if context.capabilities.route_filters else "with an error"
    first = table.rule_origin()
    place = Location(first.location.path if first is not None else "")
    origin = Origin("default", "escaped slashes", ", ".join(hosts), place)
    table.add_default("path-normalisation", origin)
    context.ledger.settle(
        origin,
        Outcome.approximate(
            "path-normalisation.refused",
            f"paths with an escaped slash (%2F, %5C) get {status} on {names}{more}: some rules there "
            "protect and others do not, and such a path would be taken by the wrong one",
            "give clients that need such paths a host of their own whose rules are all protected alike",
            affects={"normalisation"},
            when=named("escaped-slash"),
        ),
        "path-normalisation",
    )
