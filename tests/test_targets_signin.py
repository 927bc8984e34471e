"""Sign-in and tokens in front of ALB rules become SecurityPolicies of Envoy Gateway; TLS versions a ClientTrafficPolicy."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.model import Fidelity
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.sources.aws_alb.attributes import tls_options
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
    assert oidc["clientSecret"]["name"] == oidc["clientIDRef"]["name"] == "idp-oidc"
    assert not result.surprises


def test_a_command_makes_the_secret_that_is_never_written(tmp_path: Path) -> None:
    result = converted(tmp_path, CLIENT, ingress("a", f"{HTTPS}auth-type: oidc\nauth-idp-oidc: '{IDP}'"))
    found = next(one for one in result.findings if one.code == "oidc.security-policy")
    assert bodies(result, "Secret") == []
    assert "kubectl create secret generic idp-oidc -n shop --from-file=client-id=<(kubectl get secret idp" in found.hint
    assert ".data.clientId" in found.hint
    assert not any("s3cret" in str(one) or "czNjcmV0" in str(one) for one in (*result.findings, *result.resources))


def test_a_secret_that_is_not_in_the_input_is_named(tmp_path: Path) -> None:
    result = converted(tmp_path, ingress("a", f"{HTTPS}auth-type: oidc\nauth-idp-oidc: '{IDP}'"))
    found = next(one for one in result.findings if one.origin.key.endswith("auth-type"))
    assert found.code == "oidc.security-policy"
    assert "create secret generic idp-oidc -n shop" in found.hint


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


@pytest.mark.parametrize(
    ("policy", "versions"),
    [
        ("ELBSecurityPolicy-2016-08", ("1.0", "1.2")),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", ("1.2", "1.3")),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", ("1.3", "1.3")),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", ("1.2", "1.2")),
        ("ELBSecurityPolicy-FS-1-1-2019-08", ("1.1", "1.2")),
        ("house-policy", (None, None)),
    ],
)
def test_versions_of_security_policies(policy: str, versions: tuple[str | None, str | None]) -> None:
    found = tls_options(policy)
    assert (found.get("min_version"), found.get("max_version")) == versions


def test_a_higher_minimum_is_written(tmp_path: Path) -> None:
    strict = ingress("a", f"{HTTPS}ssl-policy: ELBSecurityPolicy-TLS13-1-3-2021-06")
    policies = bodies(converted(tmp_path, strict), "ClientTrafficPolicy")
    assert "1.3" in [policy["spec"].get("tls", {}).get("minVersion") for policy in policies]
