"""Request methods and upgrades that controllers forward and Envoy does not, and the other way round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import Location, Origin, Outcome
from converter.model.request_kind import named

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft


def serves_http(writer: GatewayDraft) -> bool:
    """False for an entry of TCP and UDP ports alone, of which defaults for requests say nothing."""
    return any(port.protocol not in ("TCP", "UDP") for port in writer.table.ports) or not writer.table.ports


def add_methods(writer: GatewayDraft) -> None:
    """The fact that a controller passes on methods that Envoy's parser refuses."""
    table, location = writer.table, Location("")
    if not serves_http(writer):
        return
    if writer.context.capabilities.policies:
        upgrade = Origin("default", "upgrades", "any protocol", location)
        table.add_default("listener", upgrade)
        writer.context.ledger.settle(upgrade, _UNKNOWN_UPGRADES)
    origin = Origin("default", "methods", "any word", location)
    if table.paths.style == "nginx":
        _add_nginx_methods(writer, origin)
    if table.paths.style != "literal":
        return
    table.add_default("listener", origin)
    writer.context.ledger.settle(
        origin,
        Outcome.approximate(
            "methods.unknown",
            "Envoy rejects methods that it does not know, and methods in small letters, with 400 (was: forwarded)",
            affects={"status", "location", "backends", "body", "response-headers"},
            when=named("odd-method"),
        ),
    )
    writer.context.ledger.settle(
        origin,
        Outcome.approximate(
            "methods.unknown",
            "Envoy rejects a Host that begins or ends with a dot (was: matched as it is, also by a wildcard)",
            affects={"status", "location", "backends", "host", "body", "response-headers"},
            when=named("odd-host"),
        ),
    )


def _add_nginx_methods(writer: GatewayDraft, origin: Origin) -> None:
    """nginx passes on every method in capitals but TRACE and CONNECT, which get 405 (ngx_http_parse.c)."""
    table = writer.table
    trace = origin._replace(key="TRACE", value="405")
    found = [(origin, _UNKNOWN_METHODS)] if writer.context.capabilities.policies else []
    known = any(one.value == {"trace": 405} for one in table.features)
    for one, outcome in found if known else [*found, (trace, _TRACE)]:
        table.add_default("listener", one)
        writer.context.ledger.settle(one, outcome)


_UNKNOWN_METHODS = Outcome.approximate(
    "methods.unknown",
    "Envoy rejects methods that its HTTP/1 parser does not know with 400. Before, nginx forwards every method in "
    "capitals.",
    affects={"status", "location", "backends", "body", "response-headers"},
    when=named("odd-method"),
)
_UNKNOWN_UPGRADES = Outcome.approximate(
    "upgrades.unknown",
    "Envoy rejects upgrades to protocols other than WebSocket, such as SPDY/3.1, with 403.",
    "List the protocol beside websocket in httpUpgrade of a BackendTrafficPolicy of the routes that need it.",
    affects={"status", "location", "backends", "body", "response-headers"},
    when=named("upgrade"),
)
_TRACE = Outcome.approximate(
    "methods.trace",
    "TRACE requests are forwarded to the backend. Before, nginx rejects them with 405.",
    "Reject TRACE in the application, or add a route that matches method TRACE and returns 405.",
    affects={"status", "location", "backends", "body", "response-headers"},
    when=named("trace"),
)
