"""Sign-in and tokens in front of ALB rules become SecurityPolicies of Envoy Gateway."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from converter.model import Fidelity
from converter.options import Options
from converter.pipeline import Result, convert
from tests.aws_input import ingress

IDP = (
    '{"issuer":"https://i","authorizationEndpoint":"https://i/a","tokenEndpoint":"https://i/t",'
    '"userInfoEndpoint":"https://i/u","secretName":"idp"}'
)
HTTPS = "listen-ports: '[{\"HTTPS\":443}]'\ncertificate-arn: arn:x\n"
CLIENT = """
apiVersion: v1
kind: Secret
metadata: {name: idp, namespace: shop}
stringData: {clientId: "shop\\n", clientSecret: s3cret}
"""


def converted(folder: Path, *documents: str, **options: Any) -> Result:
    (folder / "input.yaml").write_text("\n---\n".join(documents))
    return convert([str(folder)], Options(**options))


def bodies(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in result.resources if one.kind == kind]


def test_oidc_with_its_secret(tmp_path: Path) -> None:
    result = converted(tmp_path, CLIENT, ingress("a", f"{HTTPS}auth-type: oidc\nauth-idp-oidc: '{IDP}'"))
    (policy,) = bodies(result, "SecurityPolicy")
    oidc = policy["spec"]["oidc"]
    assert oidc["provider"]["issuer"] == "https://i"
    assert oidc["redirectURL"].endswith("%/oauth2/idpresponse")
    (secret,) = bodies(result, "Secret")
    assert secret["metadata"]["name"] == oidc["clientSecret"]["name"] == oidc["clientIDRef"]["name"]
    assert base64.b64decode(secret["data"]["client-id"]) == b"shop"
    assert not result.surprises


def test_a_secret_that_is_not_in_the_input_is_named(tmp_path: Path) -> None:
    result = converted(tmp_path, ingress("a", f"{HTTPS}auth-type: oidc\nauth-idp-oidc: '{IDP}'"))
    found = next(one for one in result.findings if one.origin.key.endswith("auth-type"))
    assert found.code == "oidc.security-policy"
    assert "create Secret shop/idp-oidc with client-id and client-secret" in found.hint


def test_what_cannot_be_kept_withholds_the_route(tmp_path: Path) -> None:
    notes = f"{HTTPS}auth-type: oidc\nauth-idp-oidc: '{IDP}'\nauth-on-unauthenticated-request: allow"
    result = converted(tmp_path, CLIENT, ingress("a", notes))
    assert not bodies(result, "HTTPRoute")
    found = next(one for one in result.findings if one.origin.key.endswith("auth-type"))
    assert (found.fidelity, found.protects) == (Fidelity.MANUAL, True)


def test_tokens_with_claims(tmp_path: Path) -> None:
    jwt = (
        '{"issuer":"https://i","jwksEndpoint":"https://i/keys","additionalClaims":'
        '[{"name":"team","format":"string-array","values":["a","b"]}]}'
    )
    result = converted(tmp_path, ingress("a", f"{HTTPS}jwt-validation: '{jwt}'"))
    (policy,) = bodies(result, "SecurityPolicy")
    assert policy["spec"]["jwt"]["providers"][0]["remoteJWKS"] == {"uri": "https://i/keys"}
    (rule,) = policy["spec"]["authorization"]["rules"]
    assert rule["principal"]["jwt"]["claims"] == [{"name": "team", "valueType": "StringArray", "values": ["a", "b"]}]
    assert not result.surprises
