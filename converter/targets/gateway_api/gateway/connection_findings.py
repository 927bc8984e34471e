"""What the report says of TLS connections: listeners that choose by server name, names without a certificate."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import ASPECTS, Aspects, Origin, Outcome
from converter.model.request_kind import named
from converter.targets.gateway_api.gateway.certificate_overlaps import (
    other_certificates_of,
    unknown_certificates,
    without_http2,
)

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

MISDIRECTED: Aspects = frozenset(
    {"connection", "status", "location", "backends", "host", "path", "body", "response-headers", "request-headers"}
)
"""What differs where another listener, or none, takes a connection."""


def add_connections(writer: GatewayDraft) -> None:
    """The facts that connections lead elsewhere, where listeners choose by server name or a certificate is missing."""
    _reused(writer)
    _unknown_names(writer)
    for key, outcome in (*other_certificates_of(writer), *without_http2(writer)):
        _put(writer, key, outcome)
    for port in writer.table.ports:
        if port.protocol == "HTTPS":
            shared = (port.number, "") in writer.listeners.by_key
            if shared and port.unknown_sni == "refuse" and all(one.hosts for one in port.certificates):
                _put(writer, "server-names", _ACCEPTED)
                return
            unnamed = port.unknown_sni == "serve" or any(one.hosts and not one.name for one in port.certificates)
            if unnamed and not shared:
                _put(writer, "default-ssl-certificate", _NO_LISTENER if writer.context.options.gateway else _REFUSED)
                return


def _reused(writer: GatewayDraft) -> None:
    listeners = writer.listeners
    if not any(one.protocol == "HTTPS" and one.hostname for one in listeners.by_key.values()):
        return
    shared = listeners.mode == "shared"
    words = (
        "Hosts with an HTTPS listener of their own are reached by connections with their server name (SNI) only."
        if shared
        else "HTTPS listeners are selected by the server name (SNI) of the connection."
    )
    status = "421" if shared else "404"
    _put(
        writer,
        "connection-reuse",
        Outcome.approximate(
            "tls.connection-reuse",
            f"{words} A request whose Host belongs to another listener gets {status}; the controller "
            f"selects the "
            "host by the Host header.",
            "" if shared or writer.context.options.gateway else "Use --listeners shared with --to envoy-gateway.",
            affects=MISDIRECTED,
            when=named("odd-server-name"),
        ),
    )


def _unknown_names(writer: GatewayDraft) -> None:
    """Certificates of one listener whose names the input does not show."""
    several = [
        listener
        for listener in writer.listeners.by_key.values()
        if not listener.hostname and len(listener.certificates) > 1
    ]
    refs = {writer.listeners.secret(one) for listener in several for one in listener.certificates}
    missing = dict.fromkeys(
        secret for listener in several for secret in unknown_certificates(listener, writer.listeners)
    )
    if missing:
        _put(
            writer,
            "certificate-names",
            Outcome.approximate(
                "tls.certificate-names-unknown",
                "Envoy selects a certificate of the HTTPS listener by the names in it, not by spec.tls. "
                f"The certificates of {len(missing)} of {len(refs)} Secrets are not in the input, so their names are "
                "unknown.",
                "Check that no two certificates cover one host: openssl x509 -noout -ext subjectAltName",
                affects=(),
            ),
        )


_REFUSED = Outcome.approximate(
    "tls.unknown-names",
    "The controller serves HTTPS for names without a certificate with a certificate of its own. The Gateway has "
    "listeners for the names in spec.tls only; handshakes for other names fail.",
    "Add a listener without hostname and a certificate if other names must be served.",
    affects={"connection"},
    when=named("https"),
)
_NO_LISTENER = _REFUSED._replace(
    message="The controller serves HTTPS for every name, with a certificate of its own where it has no other. The "
    "Gateway has no HTTPS listener without hostname; handshakes for other names fail."
)
_ACCEPTED = Outcome.approximate(
    "tls.unknown-names-served",
    "Handshakes for names without a certificate are rejected by the controller. The HTTPS listener accepts them with "
    "its first certificate and serves the request by its Host header.",
    affects=ASPECTS,
    when=named("no-handshake"),
)


def _put(writer: GatewayDraft, key: str, outcome: Outcome) -> None:
    """Settle a default of the controller that no object of the input stands for."""
    table = writer.table
    defaults = (origin for feature in table.features for origin in feature.origins if origin.kind == "default")
    known = next(defaults, None) or table.origin or table.rule_origin()
    if known is None:
        return
    origin = Origin("default", key, "", known.location, known.object)
    table.add_default("tls", origin)
    writer.context.ledger.settle(origin, outcome, "tls")
