"""What backends learn of the client: headers that a ClientTrafficPolicy writes before a route is chosen.

Envoy changes them before it looks at X-Forwarded-For and X-Forwarded-Proto, so the scheme is that of the listener, and
the address the one of the connection.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from converter.model import Aspects, Outcome
from converter.model.request_kind import EVERY_REQUEST, named
from converter.packs.load import TargetRow
from converter.routing.external_auth import ExternalAuth
from converter.routing.forwarded_headers import ForwardedHeaderSet
from converter.routing.table import Feature, Port, RoutingTable
from converter.targets.context import Context
from converter.targets.envoy_gateway.client_traffic_policy.write_client_certificates import (
    HEADERS,
    has_client_certificates,
)
from converter.targets.envoy_gateway.format_strings import command
from converter.targets.protected_paths import guards_named_hosts

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

QUESTION = (
    ("X-Original-URL", ("url",)),
    ("X-Original-Method", ("method",)),
    ("X-Auth-Request-Redirect", ("path",)),
)
"""What a service that decides about a request is sent of it."""
KEPT = frozenset({"authorization", "cookie"})
"""Headers that clients must be able to send, whatever a response puts in their place."""


class HeaderUse(NamedTuple):
    """What the rules of a table do with headers."""

    looked_at: frozenset[str]
    """Rules choose by them: those must reach them as the client has sent them."""
    asks: bool
    """Some service is asked about requests."""
    answers: frozenset[str]
    """Headers for backends that only such a service may write."""


def header_use(context: Context) -> HeaderUse:
    """The same for the table at work; looked at once."""
    return context.entry.shared.of(HeaderUse, lambda: _header_use(context.entry.table))


def _header_use(table: RoutingTable) -> HeaderUse:
    looked_at: set[str] = set()
    answers: set[str] = set()
    asks = False
    for port in table.ports:
        for vhost in port.hosts:
            for rule in vhost.rules:
                for condition in rule.match.conditions:
                    if condition.subject == "header":
                        looked_at.add(condition.key.lower())
                for feature in rule.features:
                    if feature.name == "external-auth" and isinstance(feature.value, ExternalAuth):
                        asks = True
                        if not getattr(feature.value, "lets_through", False):
                            answers.update(name.lower() for name in feature.value.response_headers)
    return HeaderUse(frozenset(looked_at), asks, frozenset(answers - KEPT))


def write_forwarded(writer: GatewayDraft, port: Port, host: str | None, feature: Feature) -> Outcome | None:
    """The headers of a port; the fact itself is settled with the entry's features."""
    context, tells = writer.context, forwarded_header_set(feature)
    if host is not None or tells is None or not context.options.parity:
        return None
    use = header_use(context)
    headers = tells.headers
    if tells.request_id and use.asks:
        headers += tuple(one for one in QUESTION if all(one[0] != name for name, _ in headers))
    scheme = "https" if port.protocol == "HTTPS" else "http"
    fields = context.entry.port_traffic.setdefault(port.number, {}).setdefault("headers", {})
    if tells.request_id:
        fields["requestID"] = REQUEST_IDS[tells.request_id]
    early: dict[str, Any] = fields.setdefault("earlyRequestHeaders", {})
    for name, parts in headers:
        if name.lower() not in use.looked_at:
            value = _value(parts, scheme, port.number)
            if value is not None:
                early.setdefault("set", {})[name] = value
    drops = [name for name in tells.drops if name.lower() not in use.looked_at]
    if drops:
        early.setdefault("remove", []).extend(drops)
    if not early:
        del fields["earlyRequestHeaders"]
    return None


def forwarded_header_set(feature: Feature) -> ForwardedHeaderSet | None:
    """What a feature sends to backends with every request; None where it says nothing of the kind."""
    value = feature.value
    tells = value.get("tells") if isinstance(value, dict) else getattr(value, "forwarded_headers", None)
    return tells if isinstance(tells, ForwardedHeaderSet) else None


def early_headers(port: Port, context: Context) -> dict[str, Any]:
    """What the listeners of a port do to headers before anything else looks at them; {} where that is nothing."""
    fields: dict[str, Any] = context.entry.port_traffic.get(port.number, {}).get("headers", {})
    return fields.get("earlyRequestHeaders") or {}


def early_headers_of_requests(context: Context) -> list[dict[str, Any]]:
    """The same for each port that takes requests."""
    return [early_headers(port, context) for port in context.entry.table.ports if port.protocol in ("HTTP", "HTTPS")]


REQUEST_IDS = {"keep": "PreserveOrGenerate", "pass": "Preserve"}
"""By `ForwardedHeaderSet.request_id`; Envoy alone replaces the client's."""
BEHIND_BALANCER = frozenset({"proxy", "x-original-forwarded-for", "x-original-forwarded-host"})
"""Headers that the controller writes or removes itself behind a load balancer, too; clients do not write them."""


def behind_balancer(value: Any) -> bool:
    """Whether a load balancer in front is believed."""
    return isinstance(value, dict) and any(value.get(key) for key in ("trusted", "real-ip", "proxy-protocol"))


def _written_before(table: RoutingTable) -> set[str]:
    """Headers that the controller writes or drops itself: nobody else could send them to backends, and nobody can."""
    sets = (tells for feature in table.features if (tells := forwarded_header_set(feature)) is not None)
    return {name for one in sets for name in one.names}


def guard(writer: GatewayDraft) -> None:
    """Keep closed what settings that are left to Envoy would open.

    Clients do not write what only the proxy, or a service that is asked about them, may send to backends; and by a
    final dot in its name no host is taken by rules for any host.
    """
    context = writer.context
    if not context.gateway_policies:
        return
    names = _reserved(writer)
    dotted = not context.options.parity and writer.table.headers.strip_host_dot and guards_named_hosts(writer.table)
    for port in writer.table.ports:
        if port.protocol in ("HTTP", "HTTPS") and (names or dotted):
            fields = context.entry.port_traffic.setdefault(port.number, {}).setdefault("headers", {})
            if dotted:
                fields["host"] = {"stripTrailingHostDot": True}
            if names:
                early = fields.setdefault("earlyRequestHeaders", {})
                known = {name.lower() for name in early.get("remove", ())}
                early["remove"] = [*early.get("remove", ()), *(name for name in names if name not in known)]


def _reserved(writer: GatewayDraft) -> list[str]:
    """Headers that clients do not write, in small letters."""
    use = header_use(writer.context)
    reserved = {*use.answers, *(HEADERS if has_client_certificates(writer.table) else ())}
    if any(feature.name == "forwarded-headers" and behind_balancer(feature.value) for feature in writer.table.features):
        reserved |= BEHIND_BALANCER
    if not writer.context.options.parity:
        reserved |= _written_before(writer.table)
    return sorted(reserved - use.looked_at)


def forwarded_outcome(feature: Feature, tells: ForwardedHeaderSet, row: TargetRow, context: Context) -> Outcome:
    """What becomes of the fact as a whole."""
    use = header_use(context)
    looked_at = use.looked_at
    lost = [name for name, parts in tells.headers if name.lower() in looked_at or _value(parts, "https", 443) is None]
    kept = [name for name, _ in tells.headers if name not in lost]
    left = [*tells.unsaid, *lost]
    text = f"ClientTrafficPolicies set {', '.join(kept) or 'no further headers'} for backends, as before"
    affects: Aspects = frozenset({"request-headers"})
    if left:
        why = "they hold what Envoy has no word for, or rules choose by them"
        return Outcome.manual(
            f"{feature.name}.partly",
            f"{text}, but not {', '.join(left)}: {why}",
            "let the application do without them, or set them by an EnvoyExtensionPolicy with Lua",
            affects=affects,
        )
    if not tells.request_id:
        if any("name" in parts for _, parts in tells.headers):
            return Outcome.approximate(
                f"{feature.name}.host", f"{text}; a port of the Host stays in it", affects=affects
            )
        return Outcome.exact(f"{feature.name}.kept", text)
    when = named("forwarded")
    if use.asks:
        when = EVERY_REQUEST
        text += f", and {', '.join(name for name, _ in QUESTION)} for the authentication service"
    if use.answers:
        text += f", while {', '.join(sorted(use.answers))} of clients are taken away, as only that service may say so"
    return Outcome.approximate(
        f"{feature.name}.kept",
        f"{text}; Envoy adds X-Envoy-External-Address, and where there is nothing to tell, a header of the same name "
        "passes as the client sends it",
        row.hint,
        affects=affects,
        when=when,
    )


def _value(parts: Iterable[str], scheme: str, port: int) -> str | None:
    """The value of a header for one port; None where Envoy has no operator for a part of it."""
    found: list[str] = []
    for part in parts:
        if part == "url":
            text: str | None = f"{scheme}://%REQ(:AUTHORITY)%%REQ(:PATH)%"
        else:
            text = {"scheme": scheme, "port": str(port)}.get(part) or command(part)
        if text is None:
            return None
        found.append(text)
    return "".join(found)


def listed(headers: dict[str, Any]) -> dict[str, Any]:
    """`headers` of a ClientTrafficPolicy with what is set as a list: copies of what clients sent come first."""
    early = headers.get("earlyRequestHeaders")
    if not isinstance(early, dict) or not isinstance(early.get("set"), dict):
        return headers
    entries = sorted(early["set"].items(), key=lambda one: ("%REQ(" not in one[1] or "%REQ(:" in one[1], one[0]))
    written = {name.lower(): {"name": name, "value": value} for name, value in entries}
    return headers | {"earlyRequestHeaders": early | {"set": list(written.values())}}
