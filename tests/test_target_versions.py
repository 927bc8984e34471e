"""Older versions of the targets: what they lack is left out and said, and the packs know all of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from converter.model.options import Options
from converter.packs.load import target_pack, target_pack_name
from converter.pipeline.input_gateways import input_gateway_tables
from converter.validation.schemas import Bundle, profile
from tests.complete import broken_promises, convert_checked, convert_text

REDIRECT = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/permanent-redirect: https://new.example.com
    nginx.ingress.kubernetes.io/permanent-redirect-code: "308"
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: plain, namespace: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [plain.example.com], secretName: shop}]
  rules:
  - host: plain.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
STREAM = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {config: {projects: [ALL_ALL]}}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-06379, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec:
  port: 6379
  protocol: PROTOCOL
  serviceGroup: {services: [{name: redis, namespace: data, port: 6379, weight: 100}]}
"""


def _walk(new: Bundle, one: Any, old: Bundle, other: Any, path: tuple[str, ...]) -> Iterator[str]:
    """Fields of the newer schema that the older one lacks."""
    if len(path) > 14:
        return
    newer, older = new.resolve(one), old.resolve(other)
    for name, part in (newer.get("properties") or {}).items():
        known = older.get("properties") or {}
        if name not in known:
            yield ".".join((*path, name))
        else:
            yield from _walk(new, part, old, known[name], (*path, name))
    if "items" in newer and "items" in older:
        yield from _walk(new, newer["items"], old, older["items"], path)


def _kinds(name: str) -> dict[str, tuple[Bundle, Any]]:
    return {
        kind: (bundle, entry["versions"][version])
        for bundle in profile(name).bundles
        for kind, entry in bundle.kinds.items()
        for version in sorted(entry["versions"], reverse=True)
    }


def test_the_pack_of_1_7_lists_every_field_that_came_later():
    newer, older = _kinds("envoy-gateway"), _kinds("envoy-gateway@1.7")
    listed = target_pack("envoy-gateway-1.7").settings["absent"]
    for kind in newer.keys() & older.keys():
        found = {
            path
            for path in _walk(*newer[kind], *older[kind], ())
            if not path.startswith("metadata") and "backendSettings" not in path
        }
        assert set(listed.get(kind, ())) == found, kind


def test_packs_by_what_users_write():
    assert [
        target_pack_name(one) for one in ("envoy-gateway", "envoy-gateway@1.9", "envoy-gateway@1.7", "gateway-api@1.4")
    ] == ["envoy-gateway", "envoy-gateway", "envoy-gateway-1.7", "gateway-api-1.4"]


@pytest.mark.parametrize("target", ["envoy-gateway@1.7", "gateway-api@1.4"])
def test_redirects_have_the_statuses_that_the_version_knows(target):
    result = convert_checked(REDIRECT, target=target)
    statuses = {
        part["requestRedirect"]["statusCode"]
        for one in result.resources
        if one.kind == "HTTPRoute"
        for rule in one.body["spec"]["rules"]
        for part in rule.get("filters", ())
        if part["type"] == "RequestRedirect"
    }
    assert statuses == {301}
    said = [one for one in result.findings if "301 and 302" in one.message]
    assert said and all("status" in one.affects for one in said)


def test_fields_that_came_later_are_left_out_and_said():
    newest, older = convert_text(REDIRECT), convert_text(REDIRECT, target="envoy-gateway@1.7")
    [policy] = [one.body for one in newest.resources if one.kind == "BackendTrafficPolicy"]
    assert "streamIdleTimeout" in policy["spec"]["timeout"]["http"]
    [policy] = [one.body for one in older.resources if one.kind == "BackendTrafficPolicy"]
    assert "streamIdleTimeout" not in str(policy)
    [finding] = [one for one in older.findings if "silent stream has no limit" in one.message]
    assert not any("streamIdleTimeout" in ref.field for ref in finding.fields)


@pytest.mark.parametrize("protocol", ["tcp", "udp"])
def test_routes_below_http_have_the_version_that_is_served(protocol):
    text = STREAM.replace("PROTOCOL", protocol)
    kind = f"{protocol.upper()}Route"
    for target, version in (("envoy-gateway", "v1"), ("envoy-gateway@1.7", "v1alpha2")):
        result = convert_text(text, target=target)
        [route] = [one for one in result.resources if one.kind == kind]
        assert route.body["apiVersion"] == route.api_version == f"gateway.networking.k8s.io/{version}"
        assert broken_promises(result) == []
    plain = convert_text(text, target="gateway-api@1.4")
    assert kind not in {one.kind for one in plain.resources}
    assert any(one.code == f"version.{kind.lower()}" and one.fidelity.value == "manual" for one in plain.findings)
    assert broken_promises(plain) == []


def test_listener_sets_have_their_older_name():
    plain = REDIRECT.rpartition("---")[2]
    text = "\n---\n".join(
        plain.replace("plain", f"h{number}").replace("secretName: shop", f"secretName: s{number}")
        for number in range(70)
    )
    result = convert_checked(text, target="envoy-gateway@1.7", listeners="host")
    sets = [one for one in result.resources if one.kind == "XListenerSet"]
    assert sets and not any(one.kind == "ListenerSet" for one in result.resources)
    assert all(one.api_version == "gateway.networking.x-k8s.io/v1alpha1" for one in sets)
    parents = [
        ref
        for one in result.resources
        if one.kind == "HTTPRoute"
        for ref in one.body["spec"]["parentRefs"]
        if ref.get("kind") == "XListenerSet"
    ]
    assert parents and all(ref["group"] == "gateway.networking.x-k8s.io" for ref in parents)


def test_what_the_older_version_prunes_counts_for_nothing_when_it_is_read(tmp_path):
    (tmp_path / "gateway.yaml").write_text("""
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: infra}
spec: {gatewayClassName: envoy, listeners: [{name: http, port: 80, protocol: HTTP}]}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: gw, namespace: infra}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw}]
  headers: {host: {stripTrailingHostDot: true}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: infra}
spec: {parentRefs: [{name: gw}], rules: [{backendRefs: [{name: web, port: 80}]}]}
""")
    strips = {}
    for target in ("envoy-gateway", "envoy-gateway@1.7"):
        [table], _ = input_gateway_tables([str(tmp_path)], Options(target=target))
        assert table.ports[0].headers is not None
        strips[target] = table.ports[0].headers.strip_host_dot
    assert strips == {"envoy-gateway": True, "envoy-gateway@1.7": False}


@pytest.mark.parametrize("kept", [frozenset(), frozenset({"timeout"})])
def test_a_policy_without_any_field_that_the_version_knows_is_left_out(kept, monkeypatch):
    """`targetRefs` alone is no policy; one field that the version knows keeps it."""
    [policy] = [one.body["spec"] for one in convert_text(REDIRECT).resources if one.kind == "BackendTrafficPolicy"]
    fields = policy.keys() - {"targetRefs"}
    assert len(fields) > 1 and "timeout" in fields
    known = target_pack("envoy-gateway-1.7", ()).settings["absent"]
    own = known["BackendTrafficPolicy"] | {f"spec.{field}": {} for field in sorted(fields - kept)}
    monkeypatch.setitem(known, "BackendTrafficPolicy", own)
    result = convert_text(REDIRECT, target="envoy-gateway@1.7")
    left = [one.body["spec"] for one in result.resources if one.kind == "BackendTrafficPolicy"]
    assert [one.keys() - {"targetRefs"} for one in left] == ([kept] if kept else [])
    for field in fields - kept - {"timeout"}:
        text = f"spec.{field} of BackendTrafficPolicy came after version 1.7"
        assert [one for one in result.findings if text in one.message], text
    assert not [one for one in result.findings if one.code.startswith("internal.")]
