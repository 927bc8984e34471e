"""What the input lacks is unknown: each Service, Secret and ConfigMap of each fixture is left out in turn."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from converter.pipeline.run import Result
from converter.routing.actions import Forward
from converter.routing.exchange import Request
from tests.complete import broken_promises, convert_documents, convert_text, documents

FIXTURES = Path(__file__).parent.parent / "fixtures"
INPUTS = sorted(
    file
    for source in ("ingress-nginx", "alauda-alb", "aws-alb", "generic")
    for file in (FIXTURES / source).glob("*/input.yaml")
    if not file.parent.name.startswith("every-")
)
OTHERS = ("Service", "Secret", "ConfigMap")


def _referred(result: Result) -> set[tuple[str, str]]:
    """Services that rules forward to, with those that answer an error for want of them."""
    return {
        (one.namespace, one.name)
        for table in result.tables
        for _, _, rule in table.rules()
        if isinstance(rule.action, Forward)
        for one in rule.action.backends
        if one.kind == "Service"
    }


def _written(result: Result) -> set[tuple[str, str]]:
    out = set()
    for route in result.resources:
        for rule in (route.body.get("spec") or {}).get("rules") or ():
            for ref in rule.get("backendRefs") or ():
                if ref.get("kind", "Service") == "Service":
                    out.add((ref.get("namespace", route.namespace), ref["name"]))
    return out


@pytest.mark.parametrize("file", INPUTS, ids=lambda file: f"{file.parent.parent.name}/{file.parent.name}")
def test_an_object_that_is_left_out_is_unknown_not_absent(file: Path) -> None:
    given = documents(file)
    for index, left_out in enumerate(given):
        if left_out["kind"] not in OTHERS:
            continue
        meta = left_out["metadata"]
        key = meta.get("namespace", "default"), meta["name"]
        result = convert_documents([*given[:index], *given[index + 1 :]])
        about = f"without {left_out['kind']} {'/'.join(key)}"
        assert not broken_promises(result), about
        named = [one for one in result.findings if "/".join(key) in one.message or key[1] in one.message]
        assert not any("does not exist" in one.message for one in named), about
        if left_out["kind"] == "Service" and key in _referred(result):
            assert any(one.code in ("backend.not-in-input", "backend.port-unresolved") for one in named), about


SHOP = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {ANNOTATIONS}
spec:
  ingressClassName: CLASS
  tls: [{hosts: [shop.example.com], secretName: shop-tls}]
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
---
apiVersion: v1
kind: Service
metadata: {name: api, namespace: shop}
spec: {selector: {app: api}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: other, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: shop}
"""


def _shop(annotations: str = "", more: str = "", **options: Any) -> Result:
    text = SHOP.replace("ANNOTATIONS", annotations).replace("CLASS", "nginx") + more
    return convert_text(text, **options)


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
def test_a_service_that_is_not_in_the_input_keeps_its_backend(target: str) -> None:
    result = _shop(target=target)
    assert ("shop", "web") in _written(result)
    [found] = [one for one in result.findings if one.code == "backend.not-in-input"]
    assert found.origin.key == "spec.rules[0].http.paths[1].backend"
    assert "Service shop/web is not in the input" in found.message
    whole = _shop(target=target, complete=True)
    assert not any(one.code == "backend.not-in-input" for one in whole.findings)
    assert any(
        re.search("nothing stands behind shop/web:80|shop/web:80 has no endpoints", one.message)
        for one in whole.findings
    )


@pytest.mark.parametrize(
    ("annotations", "setting"),
    [
        ("nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: users", "auth-secret"),
        ("nginx.ingress.kubernetes.io/auth-tls-secret: shop/ca", "auth-tls-secret"),
        (
            "nginx.ingress.kubernetes.io/proxy-ssl-secret: shop/ca, nginx.ingress.kubernetes.io/backend-protocol: HTTPS",
            "proxy-ssl-secret",
        ),
        ("nginx.ingress.kubernetes.io/custom-headers: shop/headers", "custom-headers"),
    ],
)
def test_a_complete_input_says_what_does_not_exist(annotations: str, setting: str) -> None:
    def about(result: Result) -> list[Any]:
        return [one for one in result.findings if one.origin.key.endswith(setting)]

    assert not any("does not exist" in one.message for one in _shop(annotations).findings)
    assert any(one.fidelity.value in ("approximate", "manual") for one in about(_shop(annotations)))
    assert any("does not exist" in one.message for one in _shop(annotations, complete=True).findings)


@pytest.mark.parametrize(
    "maker",
    [
        "{apiVersion: external-secrets.io/v1, kind: ExternalSecret, SPEC: {target: {name: users}}}",
        "{apiVersion: bitnami.com/v1alpha1, kind: SealedSecret, SPEC: {template: {metadata: {name: users}}}}",
        "{apiVersion: cert-manager.io/v1, kind: Certificate, SPEC: {secretName: users}}",
        "{apiVersion: secrets.hashicorp.com/v1beta1, kind: VaultStaticSecret, SPEC: {destination: {name: users}}}",
        "{apiVersion: secrets-store.csi.x-k8s.io/v1, kind: SecretProviderClass, SPEC: {secretObjects: [{secretName: users}]}}",
        "{apiVersion: external-secrets.io/v1, kind: ClusterExternalSecret, SPEC: {namespaces: [shop], externalSecretName: users}}",
    ],
)
def test_a_secret_that_another_object_makes_will_be_there(maker: str) -> None:
    text = "\n---\n" + maker.replace("SPEC", "metadata: {name: made, namespace: shop}, spec")
    guarded = "nginx.ingress.kubernetes.io/auth-type: basic, nginx.ingress.kubernetes.io/auth-secret: users"
    result = _shop(guarded, text, complete=True)
    assert not any("Secret shop/users does not exist" in one.message for one in result.findings)


@pytest.mark.parametrize("codes", ["", ", nginx.ingress.kubernetes.io/custom-http-errors: '503'"])
def test_a_default_backend_that_is_not_in_the_input_is_unknown(codes: str) -> None:
    annotations = f"nginx.ingress.kubernetes.io/default-backend: errors{codes}"
    service = (
        "\n---\n{apiVersion: v1, kind: Service, metadata: {name: errors, namespace: shop}, spec: {ports: [{port: 80}]}}"
    )

    def told(result: Result) -> list[str]:
        return [one.code for one in result.findings if one.origin.key.endswith("/default-backend")]

    missing = _shop(annotations)
    assert told(missing) == ["default-backend.not-in-input"]
    assert not any("there is no default backend" in one.message for one in missing.findings)
    assert told(_shop(annotations, complete=True)) == ["default-backend.no-effect"]
    assert "default-backend.not-in-input" not in told(_shop(annotations, service))


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
def test_what_a_complete_input_lacks_is_not_served_after(target: str) -> None:
    result = _shop(target=target, complete=True)
    before, after = result.comparisons[0].answers(Request("GET", "https", "shop.example.com", "/"))
    assert not before.backends
    assert not after.backends, after.to_answer()
