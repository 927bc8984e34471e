"""Copies of requests, and clients that stay where they were sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import live
from tests.targets_input import codes, ingress, of, run, spec

PREFIX = "nginx.ingress.kubernetes.io/"
SHADOW = "http://shadow.lab.svc.cluster.local$request_uri"


def _web(**notes: str) -> str:
    return ingress(
        "web", [("/", "web")], annotations={PREFIX + key.replace("_", "-"): one for key, one in notes.items()}
    )


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api"])
def test_copies_go_to_the_service_behind_the_url(target: str):
    result = run(_web(mirror_target=SHADOW), target=target)
    [rule] = spec(result, "HTTPRoute", "web")["rules"]

    copies = [one["requestMirror"] for one in rule["filters"] if one["type"] == "RequestMirror"]
    assert copies == [{"backendRef": {"name": "shadow", "namespace": "lab", "port": 80}}]
    [grant] = of(result, "ReferenceGrant")
    assert grant.namespace == "lab"


@pytest.mark.parametrize(
    "url", ["http://shadow.lab.svc.cluster.local", "http://shadow.lab.svc.cluster.local/x$request_uri"]
)
def test_another_path_is_left_to_people(url: str):
    result = run(_web(mirror_target=url))

    assert "filters" not in spec(result, "HTTPRoute", "web")["rules"][0]
    assert "mirror.by-hand" in codes(result)


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_the_real_target_sends_copies(tmp_path: Path):
    with live.target([one.body for one in run(_web(mirror_target=SHADOW)).resources], tmp_path) as running:
        answer = running.ask({"host": "shop.example.com", "path": "/a?x=1"})

    assert answer["backends"] == {"shop/web:80": 1.0}
    assert answer["calls"] == {"lab/shadow:80": 1, "shop/web:80": 1}
    assert answer["aside"]["lab/shadow:80"]["path"] == "/a?x=1"


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        ("$request_uri", {"type": "Headers", "headers": [{"name": ":path"}]}),
        ("$remote_addr", {"type": "SourceIP"}),
        ("$http_x_user", {"type": "Headers", "headers": [{"name": "x-user"}]}),
        ("$arg_id", {"type": "QueryParams", "queryParams": [{"name": "id"}]}),
    ],
)
def test_the_hash_is_of_the_same_thing(by: str, expected: dict):
    policy = spec(run(_web(upstream_hash_by=by)), "BackendTrafficPolicy", "web-traffic")

    assert policy["loadBalancer"] == {"type": "ConsistentHash", "consistentHash": expected}


def test_the_cookie_keeps_name_age_and_attributes():
    result = run(
        _web(
            affinity="cookie",
            session_cookie_name="route",
            session_cookie_max_age="600",
            session_cookie_secure="true",
            session_cookie_samesite="Lax",
        )
    )
    policy = spec(result, "BackendTrafficPolicy", "web-traffic")

    assert policy["loadBalancer"]["consistentHash"]["cookie"] == {
        "name": "route",
        "ttl": "600s",
        "attributes": {"Path": "/", "SameSite": "Lax", "Secure": ""},
    }


def test_answers_stay_compressed():
    config = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {use-gzip: "true"}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""
    plain, zipped = run(_web()), run(config, _web())

    assert spec(zipped, "BackendTrafficPolicy", "nginx")["compressor"] == [
        {"type": "Gzip", "gzip": {}, "minContentLength": 256}
    ]
    assert "compressor" not in spec(plain, "BackendTrafficPolicy", "nginx")
