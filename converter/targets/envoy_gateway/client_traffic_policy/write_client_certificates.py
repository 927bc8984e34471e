"""What becomes of each setting of client certificates, where a ClientTrafficPolicy asks for them."""

from __future__ import annotations

from typing import Any

from converter.model import Aspect, FieldRef, Outcome
from converter.routing.table import RoutingTable

HEADERS = ("ssl-client-cert", "ssl-client-issuer-dn", "ssl-client-subject-dn", "ssl-client-verify")
"""What the controller tells backends of a client's certificate; Envoy takes these from what clients send."""
HANDSHAKE: frozenset[Aspect] = frozenset(
    {"connection", "status", "body", "response-headers", "request-headers", "backends", "location"}
)
_REFUSES = {
    "on": "the handshake of clients without a valid certificate fails (was: 400)",
    "optional": "clients may connect without a certificate, as before; with an invalid one the handshake fails "
    "(was: 400)",
    "optional_no_ca": "no client is rejected for its certificate, as before",
}


def has_client_certificates(table: RoutingTable) -> bool:
    """True where some host of the table asks for client certificates."""
    return any(
        feature.name == "client-certificate"
        for port in table.ports
        for vhost in port.hosts
        for feature in vhost.features
    )


def outcomes(value: dict[str, Any], mode: str, host: str, fields: tuple[FieldRef, ...]) -> dict[str, Outcome]:
    """By the name of the setting (secret, verify, depth, error-page, pass)."""
    policy = Outcome.approximate(
        "client-certificate.listener",
        f"becomes a ClientTrafficPolicy for the listener of {host}: {_REFUSES[mode]}; the headers ssl-client-* no "
        "longer carry the certificate to the backend, and those that clients send are removed",
        "the Secret must hold the CA under ca.crt; let the backend read X-Forwarded-Client-Cert "
        "(headers.xForwardedClientCert of the ClientTrafficPolicy)",
        fields=fields,
        affects=HANDSHAKE,
    )
    found = dict.fromkeys(value, policy)
    if "depth" in value:
        found["depth"] = Outcome.approximate(
            "client-certificate.depth", "the length of chains is not limited", affects=()
        )
    if "error-page" in value:
        found["error-page"] = Outcome.approximate(
            "client-certificate.error-page",
            f"the handshake of clients with an invalid certificate fails, and no page is shown (was: 302 to "
            f"{value['error-page']})",
            affects=HANDSHAKE,
        )
    if "pass" in value:
        found["pass"] = _passed(bool(value["pass"]))
    return found


def _passed(wanted: bool) -> Outcome:
    if not wanted:
        return Outcome.exact("client-certificate.not-passed", "the backend gets no certificate, as before")
    return Outcome.manual(
        "client-certificate.not-passed",
        "the backend no longer gets the certificate in the header ssl-client-cert, and the header is removed from "
        "requests of clients",
        "set headers.xForwardedClientCert (mode SanitizeSet, certDetailsToAdd Cert) in the ClientTrafficPolicy and let "
        "the backend read X-Forwarded-Client-Cert",
        affects={"request-headers"},
    )
