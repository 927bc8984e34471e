"""Who a client is: basic authentication, API keys and tokens, as Envoy's filters check them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any

from converter.model.data import dataclass
from converter.routing.exchange import Exchange


@dataclass(frozen=True, slots=True)
class EnvoyBasicAuth:
    """User and password against `{SHA}` lines. No users: the Secret is not here, any will do."""

    users: tuple[tuple[str, str], ...] | None
    forward: str = ""
    """Header in which the backend learns the user's name."""
    refused: bool = False
    """Envoy refuses the file that Envoy Gateway has accepted."""

    def apply(self, exchange: Exchange) -> None:
        given = next(iter(exchange.values("header", "authorization")), "")
        if not given:
            self._challenge(exchange, "Missing username and password.")
        elif given[:6].lower() != "basic ":
            self._challenge(exchange, "Expected 'Basic' authentication scheme.")
        else:
            user, colon, password = _text_of_password(given[6:].strip()).partition(":")
            if not colon or not self._knows(user, password):
                self._challenge(exchange, "Invalid username/password combination.")
            elif self.forward:
                exchange.request_headers[self.forward.lower()] = user

    def _knows(self, user: str, password: str) -> bool:
        if self.users is None:
            return True
        digest = base64.b64encode(hashlib.sha1(password.encode()).digest()).decode()  # noqa: S324 (the format's own)
        return dict(self.users).get(user) == digest

    def _challenge(self, exchange: Exchange, reason: str) -> None:
        realm = f"{exchange.scheme}://{exchange.request.host}{exchange.with_query(exchange.path)}"
        exchange.response_headers["www-authenticate"] = f'Basic realm="{realm}"'
        exchange.refuse(401, body=f"User authentication failed. {reason}")


def _text_of_password(encoded: str) -> str:
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key that the client shows in one of several places. No keys: the Secret is not here, any will do."""

    keys: frozenset[str] | None
    places: tuple[tuple[str, str], ...]
    """header, query or cookie, and its name."""

    def apply(self, exchange: Exchange) -> None:
        shown = next((value for place in self.places for value in exchange.values(*place) if value), "")
        if not shown or (self.keys is not None and shown not in self.keys):
            exchange.refuse(401, body="Client authentication failed.")


@dataclass(frozen=True, slots=True)
class TokenProvider:
    """One issuer: what is asked of a token, and where it is looked for."""

    issuer: str
    audiences: tuple[str, ...]
    secrets: tuple[bytes, ...]
    """Symmetric keys; without any, signatures are taken to be good."""
    headers: tuple[tuple[str, str], ...] = (("authorization", "Bearer "),)
    params: tuple[str, ...] = ("access_token",)
    cookies: tuple[str, ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    """Header and claim that the backend is sent."""

    def token(self, exchange: Exchange) -> str:
        """The token that the request carries, "" where it has none."""
        for name, prefix in self.headers:
            for value in exchange.values("header", name):
                if value.startswith(prefix):
                    return value[len(prefix) :]
        for subject, names in (("query", self.params), ("cookie", self.cookies)):
            for name in names:
                if exchange.values(subject, name):
                    return exchange.values(subject, name)[0]
        return ""

    def verdict(self, token: str) -> tuple[int, str, dict[str, Any]]:
        """0 with the claims, or the status and the words of a refusal."""
        claims = _claims(token)
        if claims is None:
            return 401, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections", {}
        if self.issuer and claims.get("iss") != self.issuer:
            return 401, "Jwt issuer is not configured", {}
        audience = claims.get("aud")
        named = {audience} if isinstance(audience, str) else set(audience or ())
        if self.audiences and not named & set(self.audiences):
            return 403, "Audiences in Jwt are not allowed", {}
        if self.secrets and not any(_signed(token, secret) for secret in self.secrets):
            return 401, "Jwt verification fails", {}
        return 0, "", claims


@dataclass(frozen=True, slots=True)
class Tokens:
    """A signed token of one of the providers; optional lets requests without any through."""

    providers: tuple[TokenProvider, ...]
    optional: bool = False

    def apply(self, exchange: Exchange) -> None:
        refusal: tuple[int, str] | None = None
        for provider in self.providers:
            token = provider.token(exchange)
            if not token:
                continue
            status, words, claims = provider.verdict(token)
            if not status:
                for header, claim in provider.claims:
                    exchange.request_headers[header.lower()] = str(claims.get(claim, ""))
                return
            refusal = (status, words)
        if refusal is not None:
            exchange.refuse(refusal[0], body=refusal[1])
        elif not self.optional:
            exchange.refuse(401, body="Jwt is missing")


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _claims(token: str) -> dict[str, Any] | None:
    parts = token.split(".")
    try:
        claims = json.loads(_decoded(parts[1])) if len(parts) == 3 else None
    except (ValueError, RecursionError, binascii.Error):
        return None
    return claims if isinstance(claims, dict) else None


def _signed(token: str, secret: bytes) -> bool:
    head, _, signature = token.rpartition(".")
    try:
        given = _decoded(signature)
    except (ValueError, binascii.Error):
        return False
    digests = (hmac.new(secret, head.encode(), kind).digest() for kind in ("sha256", "sha384", "sha512"))
    return any(hmac.compare_digest(digest, given) for digest in digests)
