"""Rules that look at X-Forwarded-Proto as the client, or a load balancer in front, sends it.

Envoy overwrites that header by the scheme of the connection before it looks for a route, unless clientIPDetection is
set. An early header is written before that (measured on Envoy Gateway 1.9), so rules match a copy: otherwise a redirect
of plain requests would redirect those that came by HTTPS to a balancer as well, without end.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from converter.model import Outcome
from converter.routing.matchers import Condition, ValueMatcher
from converter.targets.context import Context
from converter.targets.envoy_gateway.client_address import detection
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import header_use
from converter.targets.gateway_api.http_route.write_conditions import Demand, Demands, demands

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

PROTO = "x-forwarded-proto"
COPY = "x-original-forwarded-proto"
PREFIX = "proto="
"""Of the copy's value. Envoy sets no header to an empty value, so without it a client could write the copy itself."""
_FLAGS = re.compile(r"(\(\?[a-z]+\))+")
"""Of a pattern as a whole, at its start."""

COPIED = Outcome.approximate(
    "condition.forwarded-proto",
    f"the rule matches X-Forwarded-Proto as the client sends it, by the header {COPY} to which the ClientTrafficPolicy "
    "copies it before Envoy overwrites it; backends receive this header as well",
    affects={"request-headers"},
)
OVERWRITTEN = Outcome.manual(
    "condition.forwarded-proto",
    "the rule matches X-Forwarded-Proto as the client sends it; Envoy overwrites that header by the scheme of the "
    "connection before it matches, so requests may be redirected without end behind a load balancer that terminates "
    "TLS",
    "set clientIPDetection in a ClientTrafficPolicy of the Gateway: Envoy then keeps the header",
)


def is_client_scheme(condition: Condition) -> bool:
    """Whether a condition looks at the header that Envoy overwrites."""
    return condition.subject == "header" and condition.key.lower() == PROTO


def is_kept(context: Context) -> bool:
    """Whether the ClientTrafficPolicy of the table makes Envoy keep the header."""
    features = context.entry.table.features
    return context.gateway_policies and any(
        feature.name == "forwarded-headers" and detection(feature.value) is not None for feature in features
    )


def client_scheme_demands(conditions: tuple[Condition, ...], scheme: str, context: Context) -> Demands:
    """What conditions become on a port of this scheme; those on X-Forwarded-Proto match the copy."""
    if not any(is_client_scheme(one) for one in conditions) or is_kept(context):
        return demands(conditions, scheme, context.capabilities)
    if not context.gateway_policies:
        found = demands(conditions, scheme, context.capabilities)
        return found._replace(outcome=OVERWRITTEN) if found.ways else found
    found = demands(tuple(_of_copy(one) for one in conditions), scheme, context.capabilities)
    return found._replace(ways=[_prefixed(way) for way in found.ways], outcome=COPIED) if found.ways else found


def _of_copy(condition: Condition) -> Condition:
    """The copy is always there: a missing header is an empty value of it."""
    if not is_client_scheme(condition):
        return condition
    if any(test.op == "present" for test in condition.tests):
        test = ValueMatcher("exact", "") if condition.negate else ValueMatcher("regex", "(?s).+")
        return condition._replace(key=COPY, tests=(test,), negate=False)
    return condition._replace(key=COPY)


def _prefixed(way: Demand) -> Demand:
    headers = [_match_of_copy(one) if one["name"] == COPY else one for one in way.fields["headers"]]
    return way._replace(fields=way.fields | {"headers": headers})


def _match_of_copy(match: dict[str, Any]) -> dict[str, Any]:
    value = match["value"]
    if match.get("type") != "RegularExpression":
        return match | {"value": PREFIX + value}
    flags = _FLAGS.match(value)
    start = flags.end() if flags else 0
    return match | {"value": f"{value[:start]}{PREFIX}(?:{value[start:]})"}


def write_copy(writer: GatewayDraft) -> None:
    """The copy, on each port whose rules may look at it."""
    context = writer.context
    if not context.gateway_policies or is_kept(context) or PROTO not in header_use(context).looked_at:
        return
    for port in writer.table.ports:
        if port.protocol in ("HTTP", "HTTPS"):
            headers = context.entry.port_traffic.setdefault(port.number, {}).setdefault("headers", {})
            early = headers.setdefault("earlyRequestHeaders", {})
            early.setdefault("set", {})[COPY] = f"{PREFIX}%REQ({PROTO})%"
