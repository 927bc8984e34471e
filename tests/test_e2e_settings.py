"""Settings of ingress-nginx' own ConfigMap, Service and TCP ports, asked of the real Envoy Gateway and Envoy."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests import live
from tests.complete import convert_text
from tests.targets_input import ingress

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),
]
WEB = ingress("web", [("/", "web")], host="a.example.com", tls="web-tls")
INPUT = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  add-headers: ingress-nginx/extra
  hide-headers: X-Powered-By
  server-tokens: "true"
  use-gzip: "true"
  enable-brotli: "true"
  gzip-min-length: "10"
  log-format-upstream: '{"s": $status, "m": "$request_method", "t": "$time_iso8601", "ua": "$http_user_agent", "u": "$upstream_addr", "g": "$geoip2_x"}'
  skip-access-log-urls: /healthz,/ready
  enable-opentelemetry: "true"
  otlp-collector-host: otel.example.com
  opentelemetry-operation-name: "$request_method 100%"
  upstream-keepalive-time: 10m
  worker-shutdown-timeout: 60s
  disable-ipv6-dns: "true"
  error-log-level: error
  generate-request-id: "false"
  ssl-session-tickets: "true"
  ssl-protocols: TLSv1.2 TLSv1.3
  ssl-ecdh-curve: X25519:prime256v1
  keep-alive: "30"
  keep-alive-requests: "10"
  client-header-timeout: "10"
  use-http2: "false"
  http2-max-concurrent-streams: "64"
  service-upstream: "true"
  proxy-next-upstream-tries: "2"
  block-user-agents: "BadBot,~*scrapy"
  denylist-source-range: 198.51.100.0/24
  ssl-redirect: "false"
---
apiVersion: v1
kind: ConfigMap
metadata: {name: extra, namespace: ingress-nginx}
data: {X-Frame-Options: DENY}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tcp, namespace: ingress-nginx}
data: {"5432": "db/pg:5432", "5433": "db/pg:5432:PROXY:PROXY"}
---
apiVersion: v1
kind: Service
metadata: {name: pg, namespace: db}
spec: {selector: {app: pg}, ports: [{port: 5432}]}
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: c, namespace: ingress-nginx}
spec:
  template:
    metadata: {labels: {app: c}}
    spec:
      tolerations: [{key: edge, operator: Exists}]
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args:
        - /nginx-ingress-controller
        - --configmap=ingress-nginx/ingress-nginx-controller
        - --tcp-services-configmap=ingress-nginx/tcp
---
apiVersion: v1
kind: Service
metadata:
  name: lb
  namespace: ingress-nginx
  annotations: {service.beta.kubernetes.io/azure-load-balancer-health-probe-request-path: /healthz}
spec:
  type: LoadBalancer
  selector: {app: c}
  loadBalancerSourceRanges: [10.0.0.0/8]
  ports: [{name: http, port: 80, targetPort: http, nodePort: 30080}, {name: https, port: 443, targetPort: https}]
"""
SENT = {"X-Powered-By": "php"}
QUESTIONS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({"host": "a.example.com", "path": "/x", "given": {"headers": SENT}}, {"status": 200}),
    ({"host": "a.example.com", "path": "/x", "scheme": "https", "given": {"headers": SENT}}, {"status": 200}),
    ({"host": "a.example.com", "path": "/x", "headers": {"User-Agent": "BadBot"}}, {"status": 403}),
    ({"host": "a.example.com", "path": "/x", "headers": {"User-Agent": "my Scrapy/2"}}, {"status": 403}),
    ({"host": "a.example.com", "path": "/x", "source": "198.51.100.7"}, {"status": 403}),
    ({"host": "nobody.example.com", "path": "/healthz"}, {"status": 200}),
    ({"host": "nobody.example.com", "path": "/other"}, {"status": 404}),
    ({"host": "x", "path": "/", "port": 5432}, {"status": 200}),
    ({"host": "x", "path": "/", "port": 5433}, {"status": 200}),
]


@pytest.mark.parametrize("style", ["faithful", "strict"])
def test_settings_of_the_controller(style: str, tmp_path: Path) -> None:
    result = convert_text(f"{WEB}---\n{INPUT}", l4="route", strict=style == "strict")
    bodies = [*(one.body for one in result.namespaces), *(one.body for one in result.resources)]
    with live.target(bodies, tmp_path) as running:
        assert not live.problems(running, ("Overridden",))
        for request, wanted in QUESTIONS:
            real = running.ask(dict(request))
            assert real["status"] == wanted["status"], request
            headers = {name.lower(): text for name, text in (real.get("response_headers") or {}).items()}
            assert "x-powered-by" not in headers
            if request["host"] == "a.example.com":
                assert headers["x-frame-options"] == "DENY"
                assert ("strict-transport-security" in headers) is (request.get("scheme") == "https")


LIMITS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  allow-snippet-annotations: "true"
  annotations-risk-level: Critical
  http-snippet: |
    limit_req_zone $binary_remote_addr zone=per-ip:10m rate=5r/s;
    geo $office { default 1; 10.0.0.0/8 0; }
    map $office $key { 0 ""; 1 $binary_remote_addr; }
    limit_req_zone $key zone=others:10m rate=30r/m;
    limit_req_zone $http_x_api_key zone=per-key:10m rate=2r/s;
"""


def limited(name: str, directives: str, log: str = "true") -> str:
    notes = {
        "nginx.ingress.kubernetes.io/configuration-snippet": directives,
        "nginx.ingress.kubernetes.io/enable-access-log": log,
    }
    return ingress(name, [("/", "web")], host=f"{name}.example.com", annotations=notes)


@pytest.mark.parametrize("style", ["faithful", "strict"])
def test_limits_of_snippets_and_paths_without_a_log(
    style: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [
        limited("login", "limit_req zone=per-ip burst=10 nodelay; limit_req_status 429;", "false"),
        limited("open", "limit_req zone=others burst=3;"),
        limited("key", "limit_req zone=per-key burst=3;"),
    ]
    result = convert_text("---\n".join([LIMITS, *parts]), strict=style == "strict")
    log = tmp_path / "access.log"
    text = json.dumps([*(one.body for one in result.namespaces), *(one.body for one in result.resources)])
    keep_logs(monkeypatch)
    with live.target(json.loads(text.replace("/dev/stdout", str(log))), tmp_path) as running:
        assert not live.problems(running, ("Overridden",))

        def passed(host: str, **more: Any) -> int:
            question = {"host": f"{host}.example.com", "path": "/x", "source": "192.0.2.9", "repeat": 16, **more}
            return int(running.ask(question)["statuses"].get("200", 0))

        strict = style == "strict"
        assert passed("login") == (5 if strict else 11)
        assert passed("open") == (16 if strict else 4)
        assert passed("open", source="10.1.2.3") == 16
        assert passed("key") == 16
        assert passed("key", headers={"X-Api-Key": "a"}) == (2 if strict else 4)
        assert passed("nobody") == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {line[":authority"] for line in lines} == {f"{name}.example.com" for name in ("open", "key", "nobody")}


def keep_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    """ask.py leaves access logs out."""
    envoy = live.asking().Envoy
    localise = envoy.localise

    def kept(node: dict[str, Any], *more: Any) -> None:
        logs = node.get("accessLog")
        localise(node, *more)
        if logs and "routeConfig" in node:
            node["accessLog"] = logs

    monkeypatch.setattr(envoy, "localise", staticmethod(kept))


PAGES = {
    "web": (
        "server-snippet",
        "proxy_intercept_errors on; error_page 404 https://errors.example.com/missing; error_page 502 503 = @later; "
        'location @later { default_type text/html; return 503 "<b>100% later</b>"; }',
    ),
    "office": ("configuration-snippet", "error_page 403 =307 https://vpn.example.com/?from=$host$request_uri;"),
}
ANSWERS: list[tuple[dict[str, Any], int, str | None]] = [
    ({"host": "web.example.com"}, 200, None),
    ({"host": "web.example.com", "given": {"shop/web:80": {"status": 404}}}, 302, "https://errors.example.com/missing"),
    ({"host": "web.example.com", "given": {"shop/web:80": {"status": 502}}}, 503, None),
    ({"host": "web.example.com", "given": {"shop/web:80": {"status": 500}}}, 500, None),
    ({"host": "office.example.com", "source": "10.1.2.3"}, 200, None),
    ({"host": "office.example.com", "source": "10.1.2.3", "given": {"shop/web:80": {"status": 403}}}, 403, None),
    (
        {"host": "office.example.com", "source": "192.0.2.7"},
        307,
        "https://vpn.example.com/?from=office.example.com/x?y=1",
    ),
]


@pytest.mark.parametrize("style", ["faithful", "strict"])
def test_error_pages_of_snippets(style: str, tmp_path: Path) -> None:
    parts = []
    for name, (key, directives) in PAGES.items():
        notes = {f"nginx.ingress.kubernetes.io/{key}": directives}
        if name == "office":
            notes["nginx.ingress.kubernetes.io/whitelist-source-range"] = "10.0.0.0/8"
        parts.append(ingress(name, [("/", "web")], host=f"{name}.example.com", annotations=notes))
    result = convert_text("---\n".join([LIMITS, *parts]), strict=style == "strict")
    bodies = [*(one.body for one in result.namespaces), *(one.body for one in result.resources)]
    with live.target(bodies, tmp_path) as running:
        assert not live.problems(running, ("Overridden",))
        for request, status, location in ANSWERS:
            real = running.ask({"path": "/x?y=1", **request})
            assert (request, real["status"], real.get("location")) == (request, status, location)


def test_compression_of_one_route(tmp_path: Path) -> None:
    on = {
        "nginx.ingress.kubernetes.io/configuration-snippet": "gzip on; gzip_types application/json; gzip_min_length 100;"
    }
    text = [LIMITS, ingress("packed", [("/", "web")], host="packed.example.com", annotations=on)]
    result = convert_text("---\n".join([*text, ingress("open", [("/", "web")], host="open.example.com")]))
    bodies = [*(one.body for one in result.namespaces), *(one.body for one in result.resources)]
    given = {"shop/web:80": {"headers": {"content-type": "text/plain"}, "body": "x" * 5000}}
    with live.target(bodies, tmp_path) as running:
        for host, wanted in (("packed", "gzip"), ("open", None)):
            request = {
                "host": f"{host}.example.com",
                "path": "/",
                "headers": {"Accept-Encoding": "gzip"},
                "given": given,
            }
            headers = running.ask(request).get("response_headers") or {}
            assert {name.lower(): one for name, one in headers.items()}.get("content-encoding") == wanted
