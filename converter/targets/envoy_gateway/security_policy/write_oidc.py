"""Sign-in and signed tokens as SecurityPolicies of Envoy Gateway.

envoy-gateway: api/v1alpha1/oidc_types.go, jwt_types.go, authorization_types.go; internal/gatewayapi/securitypolicy.go.
"""

from __future__ import annotations

from shlex import quote
from typing import Any

from converter.model import Aspects, Outcome
from converter.packs.load import TargetRow
from converter.routing.sign_in import SignIn, TokenCheck, TokenClaim
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

CLIENT_ID = ("clientID", "clientId")
AUTHORITY = "%REQ(x-forwarded-proto)%://%REQ(:authority)%"


def lost(feature: Feature, row: TargetRow, why: str) -> Outcome:
    """Nothing is written, so the rule is not either."""
    return Outcome.manual(f"{feature.name}.manual", why, row.hint)


@handler("sign-in")
def sign_in(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """SecurityPolicy.oidc. Envoy takes the callback only on paths of the rule itself."""
    step = feature.value
    if not isinstance(step, SignIn):
        return outcome_from_row(row, feature.name, feature.note)
    if step.kind != "oidc":
        known = f"issuer {step.issuer}, client {step.client_id}, authorization endpoint {step.authorization_endpoint}"
        return lost(feature, row, f"the client secret is known to the provider only ({step.kind}; {known})")
    if step.unauthenticated != "authenticate":
        return lost(feature, row, f"requests without a session should get {step.unauthenticated!r}")
    prefix = _prefix(draft)
    if prefix is None:
        return lost(feature, row, "the provider's callback must be a path of the rule, which is for single paths only")
    secret, hint = _secret(draft, step)
    callback = prefix + step.callback
    draft.put(
        feature.name,
        ("SecurityPolicy", "oidc"),
        {
            "provider": {
                "issuer": step.issuer,
                "authorizationEndpoint": step.authorization_endpoint,
                "tokenEndpoint": step.token_endpoint,
            },
            "clientIDRef": {"name": secret},
            "clientSecret": {"name": secret},
            "scopes": list(dict.fromkeys(step.scopes)),
            "redirectURL": AUTHORITY + callback,
            "logoutPath": f"{prefix}/oauth2/logout",
        },
    )
    if prefix:
        hint = f"{hint}; register the callback {callback} at the provider"
    announced: Aspects = frozenset({"location", "response-headers", "request-headers", "body"})
    return Outcome.approximate("oidc.security-policy", _message(step, secret), hint, affects=announced)


def _message(step: SignIn, secret: str) -> str:
    message = (
        f"becomes a SecurityPolicy that reads the client from Secret {secret}, which is still to be made: until then "
        "the route responds with 500. Users sign in once more, and headers with their identity are not set"
    )
    if step.parameters:
        message += f"; {', '.join(name for name, _ in step.parameters)} are not sent to the provider"
    return message


def _prefix(draft: RuleDraft) -> str | None:
    """The path below which all requests are the rule's; None where it has none."""
    paths = [match.get("path") or {"type": "PathPrefix", "value": "/"} for match in draft.matches]
    found = sorted((path["value"].rstrip("/") for path in paths if path["type"] == "PathPrefix"), key=len)
    return found[0] if found else None


def _secret(draft: RuleDraft, step: SignIn) -> tuple[str, str]:
    """Name of the Secret with the keys that Envoy Gateway reads, and the command that makes it: no secret is ever
    written. Until then Envoy Gateway responds with 500."""
    namespace, _, name = step.secret.partition("/")
    made, where = f"{name}-oidc", draft.namespace
    known = draft.context.inventory.get("Secret", namespace, name)
    held = {key for part in ("data", "stringData") for key in (known.body.get(part) or {})} if known else set()
    client = next((key for key in CLIENT_ID if key in held), CLIENT_ID[0])
    read = f"kubectl get secret {quote(name)} -n {quote(namespace)} -o jsonpath="
    files = " ".join(
        f"--from-file={key}=<({read}'{{.data.{source}}}' | base64 -d | tr -d '\\r\\n')"
        for key, source in (("client-id", client), ("client-secret", "clientSecret"))
    )
    make = f"kubectl create secret generic {quote(made)} -n {quote(where)} {files}"
    return made, f"Make Secret {where}/{made} from {namespace}/{name} (bash): {make}"


_VALUE_TYPES = {"single-string": "String", "string-array": "StringArray"}


@handler("token-check")
def token_check(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """SecurityPolicy.jwt, and authorization by claims where some are asked for."""
    step = feature.value
    if not isinstance(step, TokenCheck):
        return outcome_from_row(row, feature.name, feature.note)
    if len(step.key_set) > 253 or len(step.issuer) > 253:
        return lost(feature, row, "issuer and key set may have 253 characters")
    odd = [claim.name for claim in step.claims if claim.form not in _VALUE_TYPES and claim.name != "scope"]
    if odd:
        return lost(feature, row, f"claim {', '.join(odd)} holds values separated by blanks")
    draft.put(
        feature.name,
        ("SecurityPolicy", "jwt"),
        {
            "providers": [
                {
                    "name": "issuer",
                    "issuer": step.issuer,
                    "remoteJWKS": {"uri": step.key_set},
                    "extractFrom": {"headers": [{"name": "Authorization", "valuePrefix": "Bearer "}]},
                }
            ]
        },
    )
    if step.claims:
        principal = {"jwt": {"provider": "issuer", **_claims(step.claims)}}
        draft.put(
            feature.name,
            ("SecurityPolicy", "authorization"),
            {
                "defaultAction": "Deny",
                "rules": [{"name": "claims", "action": "Allow", "principal": principal}],
            },
        )
    said = "becomes a SecurityPolicy; the text of refusals differs"
    if step.claims:
        said += ", and a token without the claims is refused with 403"
    announced: Aspects = frozenset({"body", "response-headers"})
    return Outcome.approximate("jwt.security-policy", said, row.hint, affects=announced)


def _claims(claims: tuple[TokenClaim, ...]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for claim in claims:
        if claim.form in _VALUE_TYPES:
            one = {"name": claim.name, "valueType": _VALUE_TYPES[claim.form], "values": list(claim.values)}
            out.setdefault("claims", []).append(one)
        else:
            out.setdefault("scopes", []).extend(claim.values)
    return out
