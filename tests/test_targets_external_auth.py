"""Another service decides about requests: which services Envoy can ask, and where clients without login are sent."""

from __future__ import annotations

from typing import Any

import pytest

from converter.model import Finding
from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.targets_input import ingress, of, run
from tests.test_nginx_source import config

PREFIX = "nginx.ingress.kubernetes.io/"
SERVICE = """apiVersion: v1
kind: Service
metadata: {{name: {name}, namespace: auth, labels: {{{labels}}}}}
spec: {{ports: [{{port: 80}}], selector: {{pods: {name}}}}}
"""
POD = """apiVersion: apps/v1
kind: {kind}
metadata: {{name: {name}, namespace: auth}}
spec: {{template: {{metadata: {{labels: {{pods: {name}}}}}, spec: {{containers: [{{name: c, image: "{image}"}}]}}}}}}
"""


def guarded(url: str, host: str = "shop.example.com", **notes: str) -> str:
    named = {PREFIX + "auth-url": url} | {PREFIX + key.replace("_", "-"): value for key, value in notes.items()}
    return ingress("web", [("/", "web")], host=host, annotations=named)


def finding(result: Result, key: str) -> Finding:
    return next(one for one in result.findings if one.origin.key == PREFIX + key)


def ext_auth(result: Result) -> dict[str, Any]:
    [policy] = of(result, "SecurityPolicy")
    found: dict[str, Any] = policy.body["spec"]["extAuth"]
    return found


def location(result: Result) -> str:
    [policy] = [one for one in of(result, "BackendTrafficPolicy") if one.namespace == "shop"]
    [override] = policy.body["spec"]["responseOverride"]
    assert override["source"] == "Local"
    assert override["match"] == {"statusCodes": [{"type": "Value", "value": 401}]}
    assert override["response"]["statusCode"] == 302
    [header] = override["response"]["header"]["set"]
    return str(header["value"])


@pytest.mark.parametrize("path", ["/oauth2/auth", "/oauth2/auth?allowed_groups=a", "/prefix/oauth2/auth"])
@pytest.mark.parametrize("by", ["image", "statefulset", "label", "chart", "name"])
def test_nobody_would_get_in_by_202(path: str, by: str) -> None:
    """A product is recognised by its pods, its labels or the name of its Service; the route is disabled."""
    image = "quay.io/oauth2-proxy/oauth2-proxy:v7.8.1"
    name = "oauth2-proxy" if by == "name" else "login"
    labels = {"label": "app.kubernetes.io/name: oauth2-proxy", "chart": "helm.sh/chart: oauth2-proxy-7.12.0"}.get(
        by, ""
    )
    documents = [SERVICE.format(name=name, labels=labels)]
    if by in ("image", "statefulset"):
        kind = "Deployment" if by == "image" else "StatefulSet"
        documents.append(POD.format(kind=kind, name=name, image=image))
    result = run(guarded(f"http://{name}.auth.svc.cluster.local{path}"), *documents)

    found = finding(result, "auth-url")
    assert (found.code, found.fidelity.value, found.protects) == ("external-auth.status-202", "manual", True)
    assert "oauth2-proxy" in found.message and "--upstream=static://200" in found.hint
    assert not of(result, "SecurityPolicy")
    assert trace(result, Request("GET", "http", "shop.example.com", "/"))["after"]["status"] >= 400


@pytest.mark.parametrize(
    ("name", "path", "word"),
    [
        ("login", "/oauth2/check", ""),
        ("oauth2-proxy", "/check", "oauth2-proxy"),
        ("authelia", "/api/verify", "/api/authz/ext-authz/"),
        ("ak-outpost", "/outpost.goauthentik.io/auth/nginx", "/outpost.goauthentik.io/auth/envoy"),
    ],
)
def test_others_are_asked(name: str, path: str, word: str) -> None:
    result = run(guarded(f"http://{name}.auth.svc.cluster.local{path}"), SERVICE.format(name=name, labels=""))

    assert ext_auth(result)["http"]["pathOverride"] == path
    found = finding(result, "auth-url")
    assert found.code == "external-auth.security-policy"
    assert word in found.hint + found.message and "Only its 200" in found.message


def test_another_image_under_a_known_path_is_that_image() -> None:
    pod = POD.format(kind="Deployment", name="login", image="example.com/error-tolerant-auth:1")
    service = SERVICE.format(name="login", labels="")
    result = run(guarded("http://login.auth.svc.cluster.local/oauth2/auth"), service, pod)

    assert ext_auth(result)["http"]["pathOverride"] == "/oauth2/auth"


@pytest.mark.parametrize(
    "url", ["https://$host/gate/check", "https://$http_host/gate/check", "http://auth.example.com/gate/check"]
)
def test_a_host_of_the_input_is_asked_by_its_service(url: str) -> None:
    """The host of the request, or another one that an Ingress serves: not the Gateway itself is asked."""
    host = "auth.example.com" if "auth." in url else "shop.example.com"
    gate = ingress("gate", [("/gate", "gate")], host=host, namespace="auth", tls="cert" if url[4] == "s" else "")
    result = run(guarded(url), gate, SERVICE.format(name="gate", labels=""))

    http = ext_auth(result)["http"]
    assert http["backendRefs"] == [{"name": "gate", "namespace": "auth", "port": 80}]
    assert http["pathOverride"] == "/gate/check"
    assert "Service auth/gate" in finding(result, "auth-url").message


def test_a_check_that_runs_into_itself_is_no_service() -> None:
    result = run(guarded("https://$host/check"))

    assert finding(result, "auth-url").code == "external-auth.no-service"
    assert not of(result, "SecurityPolicy")


def test_a_rewrite_of_the_asked_path_is_kept() -> None:
    notes = {PREFIX + "rewrite-target": "/inner/$1", PREFIX + "use-regex": "true"}
    gate = ingress(
        "gate", [("/gate/(.*)", "gate")], namespace="auth", annotations=notes, path_type="ImplementationSpecific"
    )
    result = run(guarded("http://$host/gate/check"), gate, SERVICE.format(name="gate", labels=""))

    assert ext_auth(result)["http"]["pathOverride"] == "/inner/check"


@pytest.mark.parametrize("value", ["$http_x_tenant", "https://a.example.com/fixed"])
def test_headers_that_cannot_be_sent_disable_the_route(value: str) -> None:
    headers = f"""apiVersion: v1
kind: ConfigMap
metadata: {{name: question, namespace: shop}}
data: {{X-Required-Role: '{value}'}}
"""
    result = run(guarded("http://gate.auth.svc.cluster.local/", auth_proxy_set_headers="shop/question"), headers)

    found = finding(result, "auth-url")
    assert (found.code, found.protects) == ("external-auth.headers", True)
    assert "X-Required-Role" in found.message and value not in found.message
    assert not of(result, "SecurityPolicy")


ORIGIN = "%REQ(X-FORWARDED-PROTO)%://%REQ(:AUTHORITY)%%REQ(:PATH)%"


@pytest.mark.parametrize(
    ("page", "notes", "written"),
    [
        ("https://a.b/start", {}, f"https://a.b/start?rd={ORIGIN}"),
        ("https://a.b/start?x=1", {}, f"https://a.b/start?x=1&rd={ORIGIN}"),
        ("https://a.b/s?rd=$escaped_request_uri", {}, "https://a.b/s?rd=%REQ(:PATH)%"),
        ("https://$host/s?rd=$scheme", {}, "https://%REQ(:AUTHORITY)%/s?rd=%REQ(X-FORWARDED-PROTO)%"),
        ("https://a.b/s?rm=$request_method", {"auth_signin_redirect_param": "rm"}, "https://a.b/s?rm=%REQ(:METHOD)%"),
        ("https://a.b/s?t=$http_x_tenant&rd=1", {}, "https://a.b/s?t=%REQ(x-tenant)%&rd=1"),
        ("https://a.b/s?rd=$arg_next", {}, "https://a.b/s?rd=%QUERY_PARAM(next)%"),
    ],
)
def test_the_login_page(page: str, notes: dict[str, str], written: str) -> None:
    result = run(guarded("http://gate.auth.svc.cluster.local/", auth_signin=page, **notes))

    assert location(result) == written
    found = finding(result, "auth-signin")
    assert found.code == "login-redirect.response-override"
    assert ("URL-encode" in found.message) == ("%REQ(:PATH)%" in written)
    assert not result.surprises


@pytest.mark.parametrize("page", ["https://a.b/$cookie_lang", "https://a.b/$request_id"])
def test_a_variable_without_operator_is_named(page: str) -> None:
    result = run(guarded("http://gate.auth.svc.cluster.local/", auth_signin=page))

    found = finding(result, "auth-signin")
    assert found.code == "login-redirect.variable"
    assert found.fidelity.value == "manual"
    assert ext_auth(result), "the check itself is kept"


def test_the_login_page_of_the_controller() -> None:
    config = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {global-auth-url: "http://gate.auth.svc.cluster.local/", global-auth-signin: "https://a.b/start"}
"""
    result = run(ingress("web", [("/", "web")]), config)

    assert location(result) == f"https://a.b/start?rd={ORIGIN}"


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "host", ["auth.auth.svc.cluster.local", "auth.auth.svc.cluster.local:8443", "auth.example.com"]
)
def test_a_service_that_is_asked_by_its_host_refuses_on_both_sides(scheme: str, host: str) -> None:
    """By https a Backend names the Service by its host: it is the same service as before."""
    result = run(guarded(f"{scheme}://{host}/verify", auth_signin="https://login.example.com/start"))

    assert not [one for one in result.findings if one.code == "protection.opened"]
    assert finding(result, "auth-url").fidelity.value == "approximate"


@pytest.mark.parametrize(
    ("line", "fidelity"),
    [
        ("proxy_set_header X-Forwarded-Host $http_host;", "approximate"),
        ("proxy_set_header X-Forwarded-Proto $scheme;", "approximate"),
        ("proxy_set_header X-Forwarded-Host fixed.example.com;", "manual"),
        ("proxy_set_header Host $host;", "manual"),
    ],
)
def test_lines_of_auth_snippet_that_say_what_listeners_write(line: str, fidelity: str) -> None:
    allowed = config(allow_snippet_annotations="true", annotations_risk_level="Critical")
    result = run(allowed, guarded("http://check.shop.svc.cluster.local/", auth_snippet=line))
    found = [one for one in result.ledger.findings() if "proxy_set_header" in one.message]
    assert [one.fidelity.value for one in found] == [fidelity]
