"""Settings of an entry as a whole: policies on the Gateway that keep what the controller does by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import Fidelity, FieldRef, Location, Origin, Outcome
from converter.model.request_kind import for_host
from converter.packs.features import protects
from converter.packs.load import TargetRow
from converter.routing.protection import GUARDS
from converter.routing.table import Feature, Port
from converter.targets.context import Context, affected_aspects, by_hand, outcome_from_row
from converter.targets.draft import Path
from converter.targets.envoy_gateway.client_traffic_policy.write import TLS_PART
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import (
    forwarded_header_set,
    forwarded_outcome,
)
from converter.targets.envoy_gateway.entry_headers import final_dot
from converter.targets.envoy_gateway.entry_settings import ENTRY_HANDLERS, field_of
from converter.targets.envoy_gateway.methods import serves_http
from converter.targets.envoy_gateway.port_policies import PLACE_HANDLERS
from converter.targets.envoy_gateway.security_policy.write_header_denial import DENIALS
from converter.targets.gateway_api.gateway.write_allowed_routes import port_namespaces
from converter.targets.gateway_api.http_route.write_misdirected import offer_http2

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

GATEWAY_API_FEATURES = frozenset({"fixed-response", "allowed-namespaces"})
"""Settings of an entry that Gateway API itself has words for."""
SEPARATE = "load-balancer"
"""A feature of which an entry has many, one a setting, each with fields of its own."""
OF_LISTENERS = frozenset({"client-certificate"})
"""Settings that a policy of a host's listener keeps, and nothing else does."""
UNCLOSING = frozenset({"hsts", "tls-options"})
"""Settings that protect clients and connections; without them nobody gets in whom the controller refuses."""


def settle_entry(writer: GatewayDraft) -> None:
    """Gather what can be kept on the Gateway and settle every feature of the table."""
    context = writer.context
    if not serves_http(writer):
        writer.table.features = tuple(one for one in writer.table.features if _is_of_streams(one, writer))
    for feature in writer.table.features:
        if feature.name == SEPARATE and not writer.listeners.by_key and context.capabilities.proxy_objects:
            words = "no proxy is deployed for this entry; its Services send connections to the pods"
            context.notes.settle(feature, Outcome.obsolete("load-balancer.no-proxy", words))
        elif not feature.origins or feature.origins[0].key != "default-ssl-certificate":
            settle_place(feature, context)
            for port in writer.table.ports if may_close(feature) else ():
                _close_lost(feature, (id(port), None), context)
    offer_http2(writer)
    if not context.options.gateway:
        context.entry.default_policies = context.entry.settings.heads & {"BackendTrafficPolicy", "SecurityPolicy"}
        if DENIALS in context.entry.settings.heads:
            context.entry.default_policies.add("SecurityPolicy")


def _is_of_streams(feature: Feature, writer: GatewayDraft) -> bool:
    """What is said of TCP and UDP ports: what somebody wrote, and how a proxy runs that is needed for them."""
    return not _is_default(feature) or (feature.name == SEPARATE and bool(writer.listeners.by_key))


def _is_default(feature: Feature) -> bool:
    return bool(feature.origins) and not any(origin.configured for origin in feature.origins)


def add_nameless_hosts(writer: GatewayDraft) -> None:
    """The fact that load balancers take requests without a Host by their rules for any host."""
    table = writer.table
    if not serves_http(writer) or not any(port.fall_through and port.hosts for port in table.ports):
        return
    origin = Origin("default", "no host", "taken by rules for any host", Location(""))
    table.add_default("listener", origin)
    writer.context.ledger.settle(
        origin,
        Outcome.approximate(
            "host.empty",
            "Envoy rejects requests without a Host with 400 (was: matched by rules for any host)",
            affects={"status", "location", "backends", "body", "response-headers"},
            when=for_host("exact", ""),
        ),
    )


def settle_place(feature: Feature, context: Context) -> None:
    """A setting of a port, a host or the entry."""
    row = context.row(feature.name)
    default = bool(feature.origins) and not any(origin.configured for origin in feature.origins)
    if default and not context.options.parity:
        context.notes.settle(feature, _left_to_target(feature, row, context))
        return
    entry = ENTRY_HANDLERS.get(row.using) or ENTRY_HANDLERS.get(feature.name)
    if entry is None or (
        (not context.capabilities.policies and feature.name not in GATEWAY_API_FEATURES)
        or (context.options.gateway and feature.name != "fixed-response")
    ):
        context.notes.settle(feature, _unhandled(_part(row, feature), feature, context.options.gateway))
        if field_of(feature.value, "strip_host_dot"):
            context.notes.settle(feature, final_dot(context.options.gateway))
        return
    tells = forwarded_header_set(feature)
    before = set(context.entry.settings.values) if feature.name == SEPARATE else set()
    found = (
        forwarded_outcome(feature, tells, row, context)
        if tells is not None
        else entry(context.entry.settings, feature, row)
    )
    _settle_found(feature, found if isinstance(found, list) else [found], before, context)


def _left_to_target(feature: Feature, row: TargetRow, context: Context) -> Outcome:
    what = row.note or feature.note or feature.name
    if forwarded_header_set(feature) is not None and context.gateway_policies:
        what = "Envoy sends X-Forwarded-For and X-Forwarded-Proto only; those of clients are removed, the others too"
    return Outcome.approximate(
        f"{feature.name}.default",
        f"the controller's default is left to the target's own: {what}",
        "leave out --no-parity to keep it",
    )


def _settle_found(feature: Feature, found: list[Outcome], before: set[Path], context: Context) -> None:
    """Settle with the fields that were written since."""
    outcome, *more = found
    fields = tuple(
        one._replace(namespace=context.entry.gateway.namespace, name=context.entry.gateway.name)
        for one in outcome.fields
    )
    written = (path for path in context.entry.settings.written_by(feature.name) if path not in before)
    fields = fields or tuple(_field(path, context) for path in written)
    context.notes.settle(feature, outcome._replace(fields=fields))
    for other in more:
        context.notes.settle(feature, other)


def settle_of_place(writer: GatewayDraft, port: Port, host: str | None, feature: Feature) -> None:
    """A setting of one port or one of its hosts; one that protects and is lost closes the place."""
    context = writer.context
    handler = PLACE_HANDLERS.get(feature.name) if context.gateway_policies else None
    outcome = handler(writer, port, host, feature) if handler is not None else None
    if feature.name == "allowed-namespaces":
        outcome = port_namespaces(port, feature, context)
    if outcome is None and feature.name in OF_LISTENERS:
        row = context.row(feature.name)
        outcome = by_hand(row, feature.name, row.hint, Fidelity.MANUAL.value)
    if outcome is None:
        settle_place(feature, context)
    elif isinstance(outcome, dict):
        for name, origin in zip(feature.value, feature.origins, strict=True):
            context.notes.settle(Feature(feature.name, None, (origin,)), outcome[name])
    else:
        context.notes.settle(feature, outcome)
    if may_close(feature):
        _close_lost(feature, (id(port), host), context)


def may_close(feature: Feature) -> bool:
    """True for a setting of a port, a host or an entry whose loss would let in whom the controller refuses."""
    if not protects(feature.name) or feature.name in UNCLOSING:
        return False
    block = feature.value.get("block") if isinstance(feature.value, dict) else None
    return block not in ("main", "stream")


def _close_lost(feature: Feature, where: tuple[int, str | None], context: Context) -> None:
    """Withhold what a lost protection covers. A default of the controller that nobody wrote down closes nothing."""
    for origin in feature.origins:
        known = context.ledger.settled(origin)
        lost = known is not None and known.fidelity in (Fidelity.MANUAL, Fidelity.UNSUPPORTED)
        if lost and known is not None and origin.configured and not context.lets_go(known.code, origin):
            context.entry.closed.setdefault(where, f"{feature.name} protects it and cannot be kept: {known.message}")


def _part(row: TargetRow, feature: Feature) -> TargetRow:
    """The row of a single field that fares differently."""
    value = feature.value
    if not row.fields or not isinstance(value, dict) or len(value) != 1:
        return row
    return row.fields.get(next(iter(value)), row)


def _unhandled(row: TargetRow, feature: Feature, gateway: str) -> Outcome:
    """Words; a row that needs a handler claims nothing where there is none for whole entries.

    `gateway`: one that is not written, whose owner alone can give it policies.
    """
    if row.using and row.using != "action" and (row.fidelity.lossless or feature.name in GUARDS):
        words = "the target cannot set this for a whole port or Gateway"
        if gateway:
            words = (
                f"The setting holds for all routes. Only a policy of Gateway {gateway} in its namespace can carry it."
            )
        return Outcome.manual(
            f"{feature.name}.by-hand",
            feature.note or words,
            row.hint
            or (f"Ask the owner of Gateway {gateway} to set it." if gateway else "write it for the routes by hand"),
            affects=affected_aspects(row),
        )
    return outcome_from_row(row, feature.name, feature.note)


def _field(path: Path, context: Context) -> FieldRef:
    gateway = context.entry.gateway
    if path[0] == "listeners":
        return FieldRef("Gateway", gateway.namespace, gateway.name, "spec.listeners")
    kind = "ClientTrafficPolicy" if path[0] == TLS_PART else path[0]
    fields = path[1 : path.index("set") + 1] if "set" in path else path[1:]  # the rest are names of headers
    return FieldRef(kind, gateway.namespace, gateway.name, ".".join(("spec", *fields)))
