"""Sign-in and token checks of ListenerRuleConfigurations, which HTTPS listeners alone have."""

from __future__ import annotations

from typing import Any

from converter.reading.manifests import mapping, mappings
from converter.routing.sign_in import SignIn, TokenCheck, TokenClaim, cognito
from converter.routing.table import Feature
from converter.targets.resources import Body, number, sequence, text


def guard_of(configuration: Body, namespace: str) -> tuple[Feature, ...]:
    """The step before the routing action, if there is one (lbc: model_build_listener.go getPreRoutingAction)."""
    for action in mappings(configuration.get("actions")):
        if action.get("type") == "authenticate-oidc":
            return (Feature("oidc", _oidc(mapping(action.get("authenticateOIDCConfig")), namespace)),)
        if action.get("type") == "authenticate-cognito":
            config = mapping(action.get("authenticateCognitoConfig"))
            pool = (text(config.get(key)) for key in ("userPoolArn", "userPoolDomain", "userPoolClientId"))
            return (Feature("oidc", cognito(*pool, **_common(config))),)
        if action.get("type") == "jwt-validation":
            return (Feature("jwt", _token(mapping(action.get("jwtValidationConfig")))),)
    return ()


def _oidc(config: Body, namespace: str) -> SignIn:
    return SignIn(
        text(config.get("issuer")),
        text(config.get("authorizationEndpoint")),
        text(config.get("tokenEndpoint")),
        text(config.get("userInfoEndpoint")),
        secret=f"{namespace}/{text(mapping(config.get('secret')).get('name'))}",
        kind="oidc",
        **_common(config),
    )


def _common(config: Body) -> dict[str, Any]:
    return {
        "scopes": tuple(text(config.get("scope"), "openid").split()),
        "cookie": text(config.get("sessionCookieName"), "AWSELBAuthSessionCookie"),
        "session_seconds": number(config.get("sessionTimeout"), 604800),
        "unauthenticated": text(config.get("onUnauthenticatedRequest"), "authenticate"),
        "parameters": tuple(sorted(mapping(config.get("authenticationRequestExtraParams")).items())),
        "callback": "/oauth2/idpresponse",
    }


def _token(config: Body) -> TokenCheck:
    claims = tuple(
        TokenClaim(text(one.get("name")), tuple(map(str, sequence(one.get("values")))), text(one.get("format")))
        for one in mappings(config.get("additionalClaims"))
    )
    return TokenCheck(text(config.get("issuer")), text(config.get("jwksEndpoint")), claims)
