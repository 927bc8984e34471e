"""Headers that tell backends of the client: as today, by the table of the target and by the real one."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests import live
from tests.aws_input import ingress as aws_ingress
from tests.aws_input import service as aws_service
from tests.targets_input import codes, ingress, of, run, spec

CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
data: {data}
"""
MORE = """apiVersion: v1
kind: ConfigMap
metadata: {name: more, namespace: ingress-nginx}
data: {X-Cluster: blue, X-Client: "$remote_addr", X-Where: "$scheme://$http_host$request_uri", X-Lang: "$http_accept_language"}
"""
CLASS = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""
REQUESTS = [
    {"host": "shop.example.com", "path": "/a?x=1", "source": "10.1.2.3", "headers": {"Accept-Language": "de"}},
    {
        "host": "shop.example.com",
        "path": "/",
        "source": "10.1.2.3",
        "headers": {
            "X-Forwarded-For": "9.9.9.9",
            "X-Forwarded-Host": "evil",
            "X-Real-IP": "8.8.8.8",
            "Proxy": "p",
            "X-Scheme": "odd",
            "X-Forwarded-Port": "99",
        },
    },
    {
        "scheme": "https",
        "host": "shop.example.com",
        "path": "/x",
        "source": "10.1.2.3",
        "headers": {"X-Forwarded-Proto": "http"},
    },
]


def _headers(result, place: str) -> dict:
    policy = spec(result, "ClientTrafficPolicy", place)["headers"]
    return {one["name"]: one["value"] for one in policy["earlyRequestHeaders"]["set"]}


def test_each_listener_tells_its_own_scheme_and_port():
    result = run(
        ingress("web", [("/", "web")], tls="t", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"})
    )

    assert _headers(result, "nginx")["X-Forwarded-Port"] == "443"
    assert _headers(result, "nginx-http")["X-Forwarded-Port"] == "80"
    assert _headers(result, "nginx-http")["X-Scheme"] == "http"
    assert spec(result, "ClientTrafficPolicy", "nginx-http")["headers"]["earlyRequestHeaders"]["remove"] == [
        "X-Forwarded-For",
        "Proxy",
    ]


def test_headers_that_rules_look_at_are_left_alone():
    stable = ingress("web", [("/", "web")])
    canary = ingress(
        "new",
        [("/", "new")],
        annotations={
            "nginx.ingress.kubernetes.io/canary": "true",
            "nginx.ingress.kubernetes.io/canary-by-header": "X-Real-IP",
        },
    )
    result = run(stable, canary)

    assert "X-Real-IP" not in _headers(result, "nginx")
    assert "forwarded-headers.partly" in codes(result)


@pytest.mark.parametrize(
    "data", ['{use-forwarded-headers: "true"}', '{enable-real-ip: "true"}', '{use-proxy-protocol: "true"}']
)
def test_behind_a_balancer_the_address_is_the_detected_one_and_no_client_writes_it(data: str):
    """Early headers would hold the balancer's own address; those of a rule hold what was detected."""
    result = run(CLASS, CONFIG.format(data=data), ingress("web", [("/", "web")]))
    forged = (("X-Real-IP", "6.6.6.6"), ("X-Scheme", "evil"), ("X-Original-Forwarded-For", "6.6.6.6"), ("Proxy", "x"))
    request = Request("GET", "http", "shop.example.com", "/", forged, "198.51.100.7")
    seen = trace(result, request)["after"]["upstream"]["headers"]

    for policy in of(result, "ClientTrafficPolicy"):
        assert "set" not in policy.body["spec"]["headers"]["earlyRequestHeaders"]
    assert (seen["x-real-ip"], seen["x-scheme"]) == ("198.51.100.7", "http")
    assert seen["x-original-forwarded-for"] is seen["proxy"] is None


@pytest.mark.parametrize("parity", [True, False])
def test_no_client_writes_what_the_controller_wrote(parity: bool):
    """Without the controller's defaults the headers are gone; what clients send in their place is as well."""
    result = run(CLASS, ingress("web", [("/", "web")]), parity=parity)
    names = ("X-Real-IP", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Forwarded-Scheme", "X-Scheme")
    forged = tuple((name, "6.6.6.6") for name in (*names, "X-Original-Forwarded-Host", "Proxy"))
    request = Request("GET", "http", "shop.example.com", "/", forged, "198.51.100.7")
    answer = trace(result, request)
    seen = answer["after"]["upstream"]["headers"]

    assert seen["x-forwarded-for"] == "198.51.100.7"
    assert seen.get("x-real-ip", "as sent") == ("198.51.100.7" if parity else None)
    for name in names:
        assert "6.6.6.6" not in (seen.get(name.lower(), "6.6.6.6") or ""), name
    assert answer["same"] or "forwarded-headers.default" in answer["findings"]


def test_a_variable_without_counterpart_is_named():
    more = MORE.replace("$remote_addr", "$geoip_city")
    result = run(
        CLASS, CONFIG.format(data="{proxy-set-headers: ingress-nginx/more}"), more, ingress("web", [("/", "web")])
    )
    [finding] = [one for one in result.findings if one.code == "request-headers.partly"]

    assert "but not X-Client" in finding.message


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "data", ["{}", "{proxy-set-headers: ingress-nginx/more, proxy-add-original-uri-header: 'true'}"]
)
def test_backends_are_told_the_same(data: str, tmp_path: Path):
    result = run(
        CLASS,
        CONFIG.format(data=data),
        MORE,
        ingress("web", [("/", "web")], tls="t", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"}),
    )
    with live.target([one.body for one in result.resources], tmp_path) as running:
        for request in REQUESTS:
            before, after = (
                one.to_answer()["upstream"]["headers"]
                for one in result.comparisons[0].answers(Request.from_json(request))
            )
            real = running.ask(dict(request))["upstream"]["headers"]
            for name, value in before.items():
                if value != "*":
                    assert after.get(name) == value, (request, name)
                    assert real.get(name) == value, (request, name)


SIGN_IN = """listen-ports: '[{"HTTPS":443}]'
certificate-arn: arn:aws:acm:eu-west-1:1:certificate/a
auth-type: cognito
auth-idp-cognito: '{"userPoolARN":"arn:aws:cognito-idp:eu-west-1:1:userpool/p","userPoolClientID":"c","userPoolDomain":"d"}'
"""
MUTUAL = """listen-ports: '[{"HTTPS":443}]'
certificate-arn: arn:aws:acm:eu-west-1:1:certificate/a
mutual-authentication: '[{"port":443,"mode":"passthrough"}]'
listener-attributes.HTTPS-443: routing.http.request.x_amzn_mtls_clientcert_subject.header_name=X-Subject
"""
NEITHER = "load-balancer-attributes: routing.http.x_amzn_tls_version_and_cipher_suite.enabled=true"


@pytest.mark.parametrize(
    ("notes", "names"),
    [
        (SIGN_IN, {"x-amzn-oidc-identity", "x-amzn-oidc-data", "x-amzn-oidc-accesstoken"}),
        (MUTUAL, {"x-amzn-mtls-clientcert", "x-amzn-mtls-clientcert-subject", "x-subject"}),
        (NEITHER, {"x-amzn-tls-version", "x-amzn-tls-cipher-suite"}),
    ],
)
def test_no_client_writes_what_an_alb_wrote(notes: str, names: set[str]):
    result = run(aws_ingress("web", notes), aws_service("web"))
    (policy,) = [
        one.body["spec"]["headers"]["earlyRequestHeaders"]
        for one in of(result, "ClientTrafficPolicy")
        if "earlyRequestHeaders" in one.body["spec"]["headers"]
    ]
    assert names <= set(policy["remove"])
    assert [one["name"] for one in policy["set"]] == ["X-Forwarded-Port"]


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_headers_of_an_alb_are_not_those_of_clients(tmp_path: Path):
    result = run(aws_ingress("web", NEITHER), aws_service("web"))
    forged = {"X-Forwarded-Port": "99", "X-Amzn-TLS-Version": "TLSv9", "X-Request-Id": "mine"}
    request = {"host": "shop.example.com", "path": "/", "source": "10.1.2.3", "headers": forged}
    computed = trace(result, Request.from_json(request))
    with live.target([one.body for one in result.resources], tmp_path) as running:
        seen = running.ask(request)["upstream"]["headers"]
    assert (seen["x-forwarded-port"], seen["x-request-id"]) == ("80", "mine")
    assert "x-amzn-tls-version" not in seen
    assert computed["same"], computed


@pytest.mark.parametrize("options", [{"target": "gateway-api"}, {"gateway": "infra/shared"}], ids=str)
def test_routes_write_what_no_policy_can(options: dict[str, str]):
    """A client of a Gateway of others, or of plain Gateway API, is as little believed as one of the controller."""
    result = run(CLASS, ingress("web", [("/", "web")]), **options)
    forged = (("X-Real-IP", "6.6.6.6"), ("X-Scheme", "evil"), ("X-Forwarded-Scheme", "evil"), ("Proxy", "x"))
    request = Request("GET", "http", "shop.example.com", "/", forged, "198.51.100.7")
    seen = trace(result, request)["after"]["upstream"]["headers"]
    expected = ("198.51.100.7", "http", "http") if "gateway" in options else (None, None, None)
    assert tuple(seen[name] for name in ("x-real-ip", "x-scheme", "x-forwarded-scheme")) == expected
    assert seen["proxy"] is None


@pytest.mark.parametrize(
    ("options", "value"), [({"gateway": "infra/edge"}, "50%%"), ({"target": "gateway-api"}, None)], ids=str
)
def test_rules_write_texts_that_the_configmap_gives_to_all_backends(options, value):
    """They would remove what the owner of the Gateway writes on the advice of the finding."""
    settings = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx, labels: {app.kubernetes.io/name: ingress-nginx}}
data: {proxy-set-headers: ingress-nginx/own}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: own, namespace: ingress-nginx}
data: {X-Zone: eu, X-Share: 50%, X-Uri: $request_uri}
"""
    result = run(settings, ingress("web", [("/", "web")]), **options)
    [rule] = spec(result, "HTTPRoute", "web")["rules"]
    [modifier] = [one["requestHeaderModifier"] for one in rule["filters"]]
    written = {one["name"]: one["value"] for one in modifier["set"]}

    assert (written["x-zone"], written.get("x-share")) == ("eu", value)
    assert "x-uri" in modifier["remove"]
