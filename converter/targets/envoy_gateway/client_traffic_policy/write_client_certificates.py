"""What becomes of each setting of client certificates, where a ClientTrafficPolicy asks for them."""

from __future__ import annotations

from typing import Any

from converter.model import Aspect, FieldRef, Outcome
from converter.routing.table import RoutingTable

HEADERS = ("ssl-client-cert", "ssl-client-issuer-dn", "ssl-client-subject-dn", "ssl-client-verify")
"""What the controller sends to backends of a client's certificate; Envoy takes these from what clients send."""
HANDSHAKE: frozenset[Aspect] = frozenset(
    {"connection", "status", "body", "response-headers", "request-headers", "backends", "location"}
)
_REFUSES = {
    "on": "the handshake of clients without a valid certificate fails (was: {was})",
    "optional": "clients may connect without a certificate, as before; with an invalid one the handshake fails "
    "(was: {was})",
    "optional_no_ca": "no client is rejected for its certificate, as before",
}
_NO_VERDICT = "ssl-client-verify is no longer sent: Envoy has no operator for it"
_VERIFIED = {
    "on": "ssl-client-verify is SUCCESS, as before",
    "optional": _NO_VERDICT,
    "optional_no_ca": _NO_VERDICT,
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
    """By the name of the setting (secret, verify, depth, error-page, pass, match-cn)."""
    page = str(value.get("error-page", ""))
    was = "400" if not page else f"the page {page} of the host" if page.startswith(("/", "@")) else f"302 to {page}"
    policy = Outcome.approximate(
        "client-certificate.listener",
        f"becomes a ClientTrafficPolicy for the listener of {host or 'all other hosts'}: "
        f"{_REFUSES[mode].format(was=was)}. Backends get "
        "subject and issuer of the certificate in ssl-client-subject-dn and ssl-client-issuer-dn, as before. "
        f"{_VERIFIED[mode]}",
        "the Secret must hold the CA under ca.crt",
        fields=fields,
        affects=HANDSHAKE,
    )
    found = dict.fromkeys(value, policy)
    if "match-cn" in value:
        found["match-cn"] = Outcome.exact(
            "client-certificate.listener",
            "the listener asks for certificates, policies of the routes look at the subject",
        )
    if "depth" in value:
        found["depth"] = Outcome.approximate(
            "client-certificate.depth", "the length of chains is not limited", affects=()
        )
    if "error-page" in value:
        found["error-page"] = Outcome.approximate(
            "client-certificate.error-page",
            f"the handshake of clients with an invalid certificate fails, and no page is shown (was: {was})",
            affects=HANDSHAKE,
        )
    if "pass" in value:
        found["pass"] = _passed(bool(value["pass"]))
    return found


def _passed(wanted: bool) -> Outcome:
    if not wanted:
        return Outcome.exact("client-certificate.not-passed", "the backend gets no certificate, as before")
    return Outcome.exact(
        "client-certificate.passed",
        "the backend gets the certificate in the header ssl-client-cert, percent-encoded as before",
    )
