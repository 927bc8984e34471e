"""Sign-in and tokens in front of a rule (lbc: auth_config_builder.go, model_build_actions.go:17-40, 61-79, 162-252)."""

from __future__ import annotations

from typing import Any

from converter.sources.aws_alb.actions import Services
from converter.sources.aws_alb.annotation_json import COGNITO, JWT, OIDC
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.errors import Refused

AUTH_SUFFIXES = (
    "auth-type",
    "auth-idp-cognito",
    "auth-idp-oidc",
    "auth-on-unauthenticated-request",
    "auth-scope",
    "auth-session-cookie",
    "auth-session-timeout",
)


def auth_config(notes: Annotations) -> dict[str, Any] | None:
    """The sign-in that annotations ask for; their JSON is read whatever the type. None: nothing is known."""
    if not any(suffix in notes for suffix in AUTH_SUFFIXES):
        return None
    kind = notes.text("auth-type")
    kind = "none" if kind is None else kind
    if kind not in ("none", "cognito", "oidc"):
        raise Refused(f"unknown authType: {kind}", notes.origin("auth-type"))
    timeout = notes.number("auth-session-timeout", 64)
    return {
        "type": kind,
        "cognito": notes.json("auth-idp-cognito", COGNITO),
        "oidc": notes.json("auth-idp-oidc", OIDC),
        "common": {
            "onUnauthenticatedRequest": _or(notes.text("auth-on-unauthenticated-request"), "authenticate"),
            "scope": _or(notes.text("auth-scope"), "openid"),
            "sessionCookieName": _or(notes.text("auth-session-cookie"), "AWSELBAuthSessionCookie"),
            "sessionTimeout": 604800 if timeout is None else timeout,
        },
    }


def _or(value: str | None, default: str) -> str:
    return default if value is None else value


def jwt_config(notes: Annotations) -> dict[str, Any] | None:
    """jwt-validation, of the Ingress only."""
    config = notes.json("jwt-validation", JWT)
    if config is None:
        return None
    problem = _jwt_problem(config)
    if problem:
        raise Refused(problem, notes.origin("jwt-validation"))
    return config  # type: ignore[no-any-return]


def _jwt_problem(config: dict[str, Any]) -> str:
    """lbc: enhanced_backend_builder.go:318-351."""
    for key in ("jwksEndpoint", "issuer"):
        if not config[key]:
            return f"{key} is a required field for jwt validation"
    for claim in config["additionalClaims"]:
        for key in ("format", "name"):
            if not claim[key]:
                return f"{key} is a required field for additional claims for jwt validation"
        if not claim["values"]:
            return "values must not be empty for additional claims for jwt validation"
    return ""


def guards(
    auth: dict[str, Any] | None,
    jwt: dict[str, Any] | None,
    namespace: str,
    services: Services,
    notes: Annotations,
) -> list[dict[str, Any]]:
    """The actions that stand before the routing action on an HTTPS listener."""
    out = []
    if auth is not None and auth["type"] == "cognito":
        out.append(_cognito(auth, notes))
    elif auth is not None and auth["type"] == "oidc":
        out.append(_oidc(auth, namespace, services, notes))
    if jwt is not None:
        if out:
            raise Refused("authentication and jwt validation can't both be configured", notes.origin("jwt-validation"))
        action = {"type": "jwt-validation", "jwksEndpoint": jwt["jwksEndpoint"], "issuer": jwt["issuer"]}
        if jwt["additionalClaims"]:
            action["additionalClaims"] = jwt["additionalClaims"]
        out.append(action)
    return out


def _cognito(auth: dict[str, Any], notes: Annotations) -> dict[str, Any]:
    config = auth["cognito"]
    if config is None:
        raise Refused("missing IDPConfigCognito", notes.origin("auth-type"))
    return {"type": "authenticate-cognito", **auth["common"], **_filled(config)}


def _oidc(auth: dict[str, Any], namespace: str, services: Services, notes: Annotations) -> dict[str, Any]:
    config = auth["oidc"]
    if config is None:
        raise Refused("missing IDPConfigOIDC", notes.origin("auth-type"))
    name = config["secretName"]
    try:
        keys = services.secret(namespace, name)
    except Refused as error:
        raise Refused(error.message, notes.origin("auth-idp-oidc")) from None
    if keys is not None:
        for wanted in (("clientID", "clientId"), ("clientSecret",)):
            if not any(key in keys for key in wanted):
                raise Refused(f"missing {wanted[0]}, secret: {namespace}/{name}", notes.origin("auth-idp-oidc"))
    rest = {key: value for key, value in config.items() if key != "secretName"}
    return {"type": "authenticate-oidc", **auth["common"], **_filled(rest), "secret": f"{namespace}/{name}"}


def _filled(config: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in config.items() if value != {}}
