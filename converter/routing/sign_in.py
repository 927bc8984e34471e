"""Steps that send a client to sign in, or ask for a token.

Nobody can sign in in a test, so these answer for a client without session or token and say in `after_auth` what comes
once they are satisfied; `auth` says which of them stood there.
"""

from __future__ import annotations

import re
from typing import Any

from converter.model.data import dataclass
from converter.routing.decision import Decision, ResponseNotes
from converter.routing.exchange import Exchange


@dataclass(frozen=True, slots=True)
class SignIn:
    """Users sign in at an identity provider (OpenID Connect).

    `unauthenticated`: authenticate (redirect to the provider) | allow (go on without a session) | deny (401).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    user_info_endpoint: str = ""
    client_id: str = ""
    secret: str = ""
    """`namespace/name` of the Secret with client id and secret; empty where the controller gets them elsewhere."""
    scopes: tuple[str, ...] = ("openid",)
    cookie: str = ""
    session_seconds: int | None = None
    unauthenticated: str = "authenticate"
    parameters: tuple[tuple[str, str], ...] = ()
    """Sent along to the authorization endpoint."""
    kind: str = "oidc"
    callback: str = ""
    """Path to which the provider sends users back."""
    details: tuple[tuple[str, str], ...] = ()
    """What else the source knows of the provider (a user pool)."""

    def apply(self, exchange: Exchange) -> None:
        auth = {"type": self.kind, "on_unauthenticated": self.unauthenticated}
        exchange.notes = exchange.notes._replace(auth=auth)
        if self.unauthenticated != "allow":
            exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The provider's page, or 401; what would have been the response is kept."""
        if self.unauthenticated == "deny":
            return guarded(decision, 401)
        answer = guarded(decision, 302)
        answer.notes = answer.notes._replace(location_prefix=f"{self.authorization_endpoint}?")
        return answer


_USER_POOL = re.compile(r"arn:[^:]*:cognito-idp:([^:]+):[^:]*:userpool/(.+)")


def cognito(arn: str, domain: str, client_id: str, **common: Any) -> SignIn:
    """Sign-in at a user pool of Amazon Cognito: issuer and endpoints follow from its ARN and domain (AWS naming)."""
    found = _USER_POOL.match(arn)
    region, pool = found.groups() if found else ("unknown-region", "")
    host = domain if "." in domain else f"{domain}.auth.{region}.amazoncognito.com"
    return SignIn(
        f"https://cognito-idp.{region}.amazonaws.com/{pool}",
        f"https://{host}/oauth2/authorize",
        f"https://{host}/oauth2/token",
        f"https://{host}/oauth2/userInfo",
        client_id=client_id,
        kind="cognito",
        details=(("userPoolARN", arn), ("userPoolDomain", domain)),
        **common,
    )


@dataclass(frozen=True, slots=True)
class TokenClaim:
    """One claim that a token must have. `form`: single-string | string-array | space-separated-values."""

    name: str
    values: tuple[str, ...]
    form: str = "single-string"


@dataclass(frozen=True, slots=True)
class TokenCheck:
    """Requests need a signed token (JWT) in the Authorization header."""

    issuer: str
    key_set: str
    claims: tuple[TokenClaim, ...] = ()
    status: int = 401

    def apply(self, exchange: Exchange) -> None:
        exchange.notes = exchange.notes._replace(auth={"type": "jwt-validation", "issuer": self.issuer})
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The refusal of a request without token."""
        return guarded(decision, self.status)


def guarded(decision: Decision, status: int) -> Decision:
    """The response of a guard that is not satisfied, with what comes after it."""
    after: dict[str, Any] = decision.to_answer()
    for key in ("auth", "rule", "origin"):
        after.pop(key, None)
    notes = ResponseNotes(auth=decision.notes.auth, after_auth=after)
    return Decision(status, notes=notes, rule=decision.rule, origin=decision.origin)
