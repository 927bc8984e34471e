"""Locations that ingress-nginx writes itself: error pages, and its own paths on unknown hosts."""

from __future__ import annotations

from typing import Any

import pytest

from converter.pipeline.run import Result
from converter.pipeline.trace import comparison_for, trace
from converter.routing.decide import consult
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from tests.complete import broken_promises, convert_text
from tests.targets_input import ingress, run, services

ERRORS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/custom-http-errors: "404,503"
    nginx.ingress.kubernetes.io/default-backend: errors
spec:
  ingressClassName: nginx
  rules:
  - host: a.example.com
    http: {paths: [{path: PATH, pathType: ImplementationSpecific, backend: {service: {name: web, port: {name: http}}}}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: errors, namespace: shop}
spec: {selector: {app: errors}, ports: [{port: 8080}]}
"""


def before(result: Result, line: dict[str, Any]) -> Decision:
    request = Request.from_json(line)
    return consult(comparison_for(result, request).before, request)[0]


@pytest.mark.parametrize(("path", "service", "port"), [("/", "web", "http"), ('""', None, None)])
def test_error_pages_are_told_the_service_of_the_path(path: str, service: str | None, port: str | None) -> None:
    line = {"host": "a.example.com", "given": {"shop/web:http": {"status": 404}}}
    headers = before(convert_text(ERRORS.replace("PATH", path)), line).request_headers
    assert (headers["x-code"], headers["x-ingress-name"]) == ("404", "web")
    assert (headers.get("x-service-name"), headers.get("x-service-port")) == (service, port)


@pytest.mark.parametrize(
    ("host", "path", "status"),
    [
        ("unknown.example.com", "/healthz", 200),
        ("unknown.example.com", "/healthz/x?y=z", 200),
        ("unknown.example.com", "/nginx_status", 403),
        ("unknown.example.com", "/health", 404),
        ("a.example.com", "/healthz", 404),
    ],
)
def test_unknown_hosts_have_the_paths_of_the_controller(host: str, path: str, status: int) -> None:
    result = convert_text(ERRORS.replace("PATH", "/app").replace("custom-http-errors", "ignored"))
    for scheme in ("http", "https"):
        answer = before(result, {"scheme": scheme, "host": host, "path": path})
        assert answer.status == status
        if host != "a.example.com" and status != 404:
            assert not answer.response_headers


NGINX = "nginx.ingress.kubernetes.io/"
ROOT = ingress("root", [("/", "web")], host="root.example.com", annotations={f"{NGINX}app-root": "/app"})
LOGIN = ingress(
    "login",
    [("/", "web")],
    host="login.example.com",
    annotations={
        f"{NGINX}auth-url": "http://web.shop.svc.cluster.local/auth",
        f"{NGINX}auth-signin": "https://login.example.com/start",
    },
)


@pytest.mark.parametrize(
    ("host", "path", "status", "hsts"),
    [
        ("root.example.com", "/", 302, False),
        ("root.example.com", "/a", 200, True),
        ("login.example.com", "/a", 302, False),
        ("unknown.example.com", "/a", 404, True),
    ],
)
def test_hsts_stands_in_locations_only(host: str, path: str, status: int, hsts: bool) -> None:
    result = run(ROOT, LOGIN, services("web"))
    refused = {"shop/web:80": {"status": 401}}
    line = {"scheme": "https", "host": host, "path": path} | ({"given": refused} if host.startswith("login") else {})
    answer = before(result, line)
    assert (answer.status, "strict-transport-security" in answer.response_headers) == (status, hsts)
    assert "hsts.server-response" in {one.code for one in result.findings}
    assert not broken_promises(result)


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
@pytest.mark.parametrize("path", ["/healthz", "/healthz/x?y=z", "/nginx_status"])
def test_own_paths_are_announced_where_hosts_are_unknown(path: str, target: str) -> None:
    answer = trace(
        convert_text(ERRORS.replace("PATH", "/"), target=target), Request("GET", "http", "unknown.example.com", path)
    )
    assert not answer["same"]
    assert "default.own-paths" in answer["findings"]


def test_own_paths_are_no_difference_where_a_rule_has_no_host() -> None:
    result = convert_text(ERRORS.replace("PATH", "/").replace("  - host: a.example.com\n    http", "  - http"))
    assert not any(one.code == "default.own-paths" for one in result.findings)
