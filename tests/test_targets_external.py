"""A service that decides about requests: who got in before still does, and nobody else."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import live
from tests.targets_input import codes, ingress, of, run, spec

PREFIX = "nginx.ingress.kubernetes.io/"
INSIDE = "http://auth.sec.svc.cluster.local:4180/check?a=b"
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {use-forwarded-headers: "true"}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""


def _asking(url: str = INSIDE, name: str = "web", host: str = "shop.example.com", **more: str) -> str:
    notes = {PREFIX + "auth-url": url} | {PREFIX + key.replace("_", "-"): value for key, value in more.items()}
    return ingress(name, [("/", "web")], host=host, annotations=notes)


def test_a_service_of_the_cluster_is_asked_at_its_own_path():
    result = run(_asking(auth_response_headers="X-User"))
    policy = spec(result, "SecurityPolicy", "web-security")

    assert policy["extAuth"]["http"] == {
        "backendRefs": [{"name": "auth", "namespace": "sec", "port": 4180}],
        "pathOverride": "/check?a=b",
        "headersToBackend": ["X-User"],
    }
    assert {"Cookie", "X-Original-URL", "X-Real-IP", "X-Forwarded-For"} <= set(policy["extAuth"]["headersToExtAuth"])
    assert policy["extAuth"]["failOpen"] is False
    [grant] = of(result, "ReferenceGrant")
    assert (grant.namespace, grant.body["spec"]["from"][0]["kind"]) == ("sec", "SecurityPolicy")


def test_clients_cannot_send_what_only_the_service_may_say():
    result = run(_asking(auth_response_headers="X-User, Authorization"), CONFIG)
    [policy] = of(result, "ClientTrafficPolicy")

    assert "x-user" in policy.body["spec"]["headers"]["earlyRequestHeaders"]["remove"]
    told = set(spec(result, "SecurityPolicy", "web-security")["extAuth"]["headersToExtAuth"])
    assert not {"X-Original-URL", "X-Real-IP", "X-Forwarded-For"} & told


def test_options_is_refused_beside_addresses():
    result = run(_asking(whitelist_source_range="10.0.0.0/8"))
    policy = spec(result, "SecurityPolicy", "web-security")["authorization"]

    assert [(rule["name"], rule["action"]) for rule in policy["rules"]] == [("options", "Deny"), ("allow", "Allow")]
    assert policy["defaultAction"] == "Deny"


def test_a_host_elsewhere_is_asked_with_its_certificate_checked():
    result = run(_asking("https://auth.example.org/check"))
    [backend] = of(result, "Backend")

    assert backend.body["spec"] == {
        "endpoints": [{"fqdn": {"hostname": "auth.example.org", "port": 443}}],
        "tls": {"wellKnownCACertificates": "System"},
    }


@pytest.mark.parametrize(
    "url",
    ["http://auth.sec.svc/check", "http://auth/check", "http://$host.auth.example.org/check", "http://127.0.0.1/check"],
)
def test_what_nobody_can_ask_is_withheld(url: str):
    result = run(_asking(url))

    assert of(result, "HTTPRoute") == []
    assert "route.withheld" in codes(result)


def test_another_gateway_cannot_take_headers_away():
    kept, lost = (run(_asking(auth_response_headers=names), gateway="infra/shared") for names in ("", "X-User"))

    assert [one.name for one in of(kept, "HTTPRoute")] == ["web"]
    assert of(lost, "HTTPRoute") == []


def test_the_path_of_the_question_is_not_asked_of_an_old_version():
    assert of(run(_asking(), target="envoy-gateway@1.7"), "HTTPRoute") == []


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_the_real_target_admits_on_200_alone(tmp_path: Path):
    result = run(_asking(auth_response_headers="X-User"), ingress("open", [("/", "web")], host="open.example.com"))
    service = "sec/auth:4180"
    with live.target([one.body for one in result.resources], tmp_path) as running:

        def ask(status: int, **request):
            return running.ask(
                {
                    "host": "shop.example.com",
                    "path": "/a?x=1",
                    "source": "10.1.2.3",
                    **request,
                    "given": {service: {"status": status, "headers": {"X-User": "ada"} if status == 200 else {}}},
                }
            )

        admitted = ask(200, headers={"X-User": "eve", "Cookie": "a=b"})
        assert (admitted["status"], admitted["upstream"]["headers"]["x-user"]) == (200, "ada")
        question = admitted["aside"][service]
        assert question["path"] == "/check?a=b"
        assert question["headers"]["x-original-url"] == "http://shop.example.com/a?x=1"
        assert question["headers"]["cookie"] == "a=b"
        assert [ask(status)["status"] for status in (401, 403, 500, 202)] == [401, 403, 500, 202]
        assert ask(200, method="OPTIONS")["status"] == 403
        spoofed = running.ask({"host": "open.example.com", "headers": {"X-User": "eve"}})
        assert "x-user" not in spoofed["upstream"]["headers"]
