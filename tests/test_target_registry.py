"""A target that is not part of this package: what it has to bring, and what it gets."""

from __future__ import annotations

import pytest

from converter.model.options import Options
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.targets import registry
from converter.targets.registry import (
    UnknownTargetError,
    UnknownVersionError,
    check_target,
    target,
    target_names,
    versions,
)
from tests.command import invoke
from tests.complete import convert_checked, convert_text
from tests.simple_target import PACKS, TARGET, SimpleTarget

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: shop, namespace: web}
spec:
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""
PROTECTED = INGRESS.replace(
    "namespace: web}",
    """namespace: web, annotations: {
  kubernetes.io/ingress.class: nginx, nginx.ingress.kubernetes.io/auth-type: basic,
  nginx.ingress.kubernetes.io/auth-secret: users}}""",
)


@pytest.fixture(autouse=True)
def _registered():
    registry.register(TARGET, PACKS)
    yield
    registry.unregister(TARGET.name)


def test_a_registered_target_converts_and_is_verified():
    result = convert_checked(INGRESS, target="simple", source="generic")
    [proxy] = result.resources
    assert proxy.body["spec"]["routes"] == [
        {"host": "shop.example.com", "path": "/api", "pathType": "Prefix", "service": "web/api", "port": 80},
        {"host": "shop.example.com", "path": "/", "pathType": "Prefix", "service": "web/web", "port": 80},
    ]
    answer = trace(result, Request("GET", "http", "shop.example.com", "/api/v1"))
    assert answer["same"] and answer["after"]["backends"] == {"web/api:80": 1.0}
    assert not [one for one in result.findings if one.fidelity.rank > 1]


def test_what_it_cannot_do_is_found_by_the_comparison_and_by_its_pack():
    result = convert_text(PROTECTED, target="simple", source="ingress-nginx")
    lost = [one for one in result.findings if one.feature == "basic-auth"]
    assert lost and all(one.code == "basic-auth.unsupported" and one.protects for one in lost)
    assert all(one.code != "internal.unaccounted" for one in result.findings)


def test_an_unannounced_difference_of_a_registered_target_is_a_surprise(monkeypatch):
    monkeypatch.setitem(__import__("tests.simple_target", fromlist=["PATHS"]).PATHS, "segment", "Exact")
    result = convert_text(INGRESS, target="simple", source="generic")
    assert result.surprises


def test_the_command_line_knows_it(tmp_path):
    (tmp_path / "shop.yaml").write_text(INGRESS)
    done = invoke(["convert", "shop.yaml", "--from", "generic", "--to", "simple"], tmp_path)
    assert done.code == 0 and "kind: Proxy" in done.out


def test_names_and_versions():
    assert target_names() == ["envoy-gateway", "aws", "gateway-api", "simple"]
    assert versions("envoy-gateway") == ["envoy-gateway@1.7", "envoy-gateway@1.9"]
    assert versions("simple") == ["simple@1"]
    assert [target(name).name for name in target_names()] == target_names()
    assert check_target("simple@1") == "simple@1"
    with pytest.raises(UnknownTargetError, match="known targets: envoy-gateway, aws, gateway-api"):
        check_target("istio")
    with pytest.raises(UnknownVersionError):
        check_target("envoy-gateway@9")


def test_a_name_is_taken_once():
    other = SimpleTarget()
    other.name = "envoy-gateway"
    with pytest.raises(ValueError, match="there is a target envoy-gateway already"):
        registry.register(other, PACKS)
    assert Options().target == "envoy-gateway"


def test_what_it_refuses_is_withheld(monkeypatch):
    monkeypatch.setattr(type(TARGET), "refusals", lambda *_: iter([("spec.routes[0]", "is not taken")]))
    result = convert_text(INGRESS, target="simple", source="generic")
    assert result.resources == []
    refused = [one for one in result.findings if one.code == "internal.invalid-output"]
    assert [one.fields[0].field for one in refused] == ["spec.routes[0]"]
