"""SecurityPolicy: the steps that it adds to the rules it is in force for.

envoy-gateway: internal/gatewayapi/securitypolicy.go. A policy that cannot be built responds with 500, after those of
its parts that could.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import NamedTuple

from converter.reading.manifests import mapping, mappings
from converter.reading.secret_data import values_known
from converter.routing.actions import Backend
from converter.routing.htpasswd import envoy_users, htpasswd, is_malformed_htpasswd
from converter.routing.steps import Cors, Deny
from converter.routing.table import Feature
from converter.targets.durations import seconds
from converter.targets.envoy_gateway.policy_attachment.read import Effective
from converter.targets.envoy_gateway.security_policy.read_authentication import (
    ApiKey,
    EnvoyBasicAuth,
    TokenProvider,
    Tokens,
)
from converter.targets.envoy_gateway.security_policy.read_authorization import TIMEOUT, EnvoyExternalAuth, access_step
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.resources import Body, Manifest, Store, number, sequence, text, texts

MADE = "-htpasswd"


class Security(NamedTuple):
    """What a policy comes to: CORS apart, because a filter of the route replaces it."""

    cors: Feature | None
    guards: tuple[Feature, ...]
    """In the order of Envoy's filters: external service, keys, passwords, tokens, addresses."""
    failed: bool
    refused: bool
    """Envoy refuses it, and with it the listener."""


class SecurityReader:
    """Reads each policy (or merge of two) once."""

    def __init__(self, store: Store, backends: Backends) -> None:
        self._store, self._backends = store, backends
        self._known: dict[int, tuple[Effective, Security]] = {}

    def read(self, effective: Effective) -> Security:
        """The steps of the settings in force."""
        key = id(effective.spec)
        if key not in self._known:
            self._known[key] = (effective, self._read(effective))
        return self._known[key][1]

    def _read(self, effective: Effective) -> Security:
        spec, guards, failed = effective.spec, [], False
        cors = Feature("cors", _cors(mapping(spec["cors"]))) if spec.get("cors") is not None else None
        for field, name, build in (
            ("extAuth", "external-auth", self._external),
            ("apiKeyAuth", "basic-auth", self._keys),
            ("basicAuth", "basic-auth", self._passwords),
            ("oidc", "oidc", self._sign_in),
            ("jwt", "jwt", self._tokens),
        ):
            if spec.get(field) is not None:
                step = build(mapping(spec[field]), effective)
                failed = failed or step is None
                if step is not None:
                    guards.append(Feature(name, step))
        if spec.get("authorization") is not None:
            guards.append(Feature("ip-access", access_step(mapping(spec["authorization"]))))
        refused = any(isinstance(one.value, EnvoyBasicAuth) and one.value.refused for one in guards)
        return Security(cors, tuple(guards), failed, refused)

    def _external(self, spec: Body, effective: Effective) -> EnvoyExternalAuth | None:
        service = mapping(spec.get("http")) or mapping(spec.get("grpc"))
        refs = mappings(service.get("backendRefs")) or [mapping(service.get("backendRef"))]
        found = self._service(refs[0], effective)
        if found is None or found.failure:
            return None
        return EnvoyExternalAuth(
            found.key,
            tuple(text(name) for name in sequence(service.get("headersToBackend"))),
            bool(spec.get("failOpen")),
            number(spec.get("statusOnError"), 403),
            seconds(spec.get("timeout")) or TIMEOUT,
        )

    def _service(self, ref: Body, effective: Effective) -> Backend | None:
        """The service that a policy asks; a merged policy's references are its owner's."""
        for owner in effective.owners:
            found = self._backends.one(ref, owner)
            if not found.failure:
                return found
        return None

    def _keys(self, spec: Body, effective: Effective) -> ApiKey | None:
        places = []
        for one in mappings(spec.get("extractFrom")):
            for field, subject in (("headers", "header"), ("params", "query"), ("cookies", "cookie")):
                places += [(subject, text(name)) for name in sequence(one.get(field))]
        keys: set[str] = set()
        for ref in mappings(spec.get("credentialRefs")):
            secret = self._secret(ref, effective)
            if secret is None:
                return ApiKey(None, tuple(places))
            keys.update(value.strip() for value in _secret_data(secret).values())
        return ApiKey(frozenset(keys), tuple(places))

    def _passwords(self, spec: Body, effective: Effective) -> EnvoyBasicAuth | None:
        secret = self._secret(mapping(spec.get("users")), effective)
        forward = text(spec.get("forwardUsernameHeader"))
        lines = _secret_data(secret).get(".htpasswd", "") if secret is not None else self._source_of(spec, effective)
        if lines is None:
            return EnvoyBasicAuth(None, forward)
        users = envoy_users(lines)
        return EnvoyBasicAuth(users, forward, is_malformed_htpasswd(lines)) if users is not None else None

    def _source_of(self, spec: Body, effective: Effective) -> str | None:
        """The users of a Secret that is still to be made from the one without `-htpasswd` (`write_basic_auth.py`)."""
        name = text(mapping(spec.get("users")).get("name"))
        if not name.endswith(MADE):
            return None
        secret = self._secret({"name": name.removesuffix(MADE)}, effective)
        if secret is None:
            return None
        data = _secret_data(secret)
        users = dict(reversed(htpasswd(data["auth"]) if "auth" in data else tuple(data.items())))
        return "".join(f"{user}:{stored}\n" for user, stored in users.items())

    def _secret(self, ref: Body, effective: Effective) -> Manifest | None:
        for owner in effective.owners:
            namespace = text(ref.get("namespace")) or owner.namespace
            found = self._store.get("Secret", namespace, text(ref.get("name")))
            if found is not None:
                return found if values_known(found.body) else None
        return None

    def _sign_in(self, _spec: Body, _effective: Effective) -> Deny:
        return Deny(302, "sign in")

    def _tokens(self, spec: Body, _effective: Effective) -> Tokens:
        providers = tuple(_provider(one) for one in mappings(spec.get("providers")))
        return Tokens(providers, bool(spec.get("optional") or spec.get("failOpen")))


def _secret_data(secret: Manifest) -> dict[str, str]:
    """`data` decoded, and `stringData` over it."""
    out = {}
    for key, value in mapping(secret.body.get("data")).items():
        try:
            out[str(key)] = base64.b64decode(str(value)).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            out[str(key)] = ""
    return out | {str(key): str(value) for key, value in mapping(secret.body.get("stringData")).items()}


def _cors(spec: Body) -> Cors:
    age = seconds(spec.get("maxAge"))
    return Cors(
        texts(spec.get("allowOrigins")),
        texts(spec.get("allowMethods")),
        texts(spec.get("allowHeaders")),
        texts(spec.get("exposeHeaders")),
        int(age) if age is not None else None,
        bool(spec.get("allowCredentials")),
        "policy",
    )


def _provider(spec: Body) -> TokenProvider:
    local = mapping(spec.get("localJWKS"))
    claims = tuple((text(one.get("header")), text(one.get("claim"))) for one in mappings(spec.get("claimToHeaders")))
    audiences = tuple(text(one) for one in sequence(spec.get("audiences")))
    issuer, secrets = text(spec.get("issuer")), _symmetric(text(local.get("inline")))
    places = mapping(spec.get("extractFrom"))
    if not places:
        return TokenProvider(issuer, audiences, secrets, claims=claims)
    named = mappings(places.get("headers"))
    headers = tuple((text(one.get("name")).lower(), text(one.get("valuePrefix"))) for one in named)
    params, cookies = (tuple(text(one) for one in sequence(places.get(key))) for key in ("params", "cookies"))
    return TokenProvider(issuer, audiences, secrets, headers, params, cookies, claims)


def _symmetric(jwks: str) -> tuple[bytes, ...]:
    try:
        keys = json.loads(jwks).get("keys") if jwks else []
    except (ValueError, AttributeError, RecursionError):
        return ()
    out = []
    for key in keys or ():
        if isinstance(key, Mapping) and key.get("kty") == "oct":
            encoded = text(key.get("k"))
            out.append(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    return tuple(out)
