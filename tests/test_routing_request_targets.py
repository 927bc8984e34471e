"""Absolute-form request targets and methods, as nginx reads them and as a real Envoy was measured to."""

from __future__ import annotations

import pytest

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.routing.situation import Situation
from tests.targets_input import ingress, run

TLS = ingress("web", [("/", "web")], tls="t", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"})
SERVICE = "{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}, spec: {selector: {a: b}, ports: [{port: 80}]}}"


@pytest.mark.parametrize(
    ("scheme", "host", "target", "before", "after"),
    [
        ("http", "shop.example.com", "http://shop.example.com/x?y=1", (200, "/x?y=1"), (200, "/x?y=1")),
        ("http", "other.example.com", "http://shop.example.com/x", (200, "/x"), (200, "/x")),
        ("http", "shop.example.com", "http://other.example.com/x", (404, None), (404, None)),
        ("http", "shop.example.com", "HTTP://SHOP.example.com/x", (200, "/x"), (200, "/x")),
        ("http", "shop.example.com", "http://shop.example.com", (200, "/"), (200, "/")),
        ("http", "shop.example.com", "http://shop.example.com?y=1", (200, "/?y=1"), (404, None)),
        ("http", "shop.example.com", "http://shop.example.com:8080/x", (200, "/x"), (200, "/x")),
        ("http", "shop.example.com", "https://shop.example.com/x", (200, "/x"), (403, None)),
        ("https", "shop.example.com", "https://shop.example.com/x", (200, "/x"), (200, "/x")),
        ("https", "shop.example.com", "http://shop.example.com/x", (200, "/x"), (200, "/x")),
        ("http", "shop.example.com", "http://u:p@shop.example.com/x", (400, None), (200, "/x")),
        ("http", "shop.example.com", "ftp://shop.example.com/x", (200, "/x"), (400, None)),
        ("http", "shop.example.com", "shop.example.com/x", (400, None), (400, None)),
        ("http", "shop.example.com", "http:///x", (400, None), (400, None)),
        ("http", "shop.example.com", "http://shop.example.com/a//b/../c", (200, "/a//b/../c"), (200, "/a/c")),
    ],
)
def test_absolute_form_targets(
    scheme: str, host: str, target: str, before: tuple[int, str | None], after: tuple[int, str | None]
):
    answer = trace(run(TLS, SERVICE), Request("GET", scheme, host, target))
    for side, right in (("before", before), ("after", after)):
        found = answer[side]
        assert (found["status"], (found.get("upstream") or {}).get("path")) == right, side
    assert answer["same"] or answer["findings"]


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [("TRACE", 405, 200), ("CONNECT", 405, 400), ("get", 400, 400), ("FOO", 200, 400), ("PROPFIND", 200, 200)],
)
def test_methods(method: str, before: int, after: int):
    answer = trace(run(TLS, SERVICE), Request(method, "http", "shop.example.com", "/"))

    assert (answer["before"]["status"], answer["after"]["status"]) == (before, after)
    assert answer["same"] or answer["findings"]


@pytest.mark.parametrize(
    ("host", "connection", "upgrade", "after"),
    [
        ("shop.example.com", "Upgrade", "SPDY/3.1", 403),
        ("shop.example.com", "keep-alive, upgrade", "Example/1", 403),
        ("shop.example.com", "Upgrade", "websocket, other", 403),
        ("shop.example.com", "Upgrade", "WebSocket", 200),
        ("shop.example.com", "Upgrade", "h2c", 200),
        ("shop.example.com", "keep-alive", "SPDY/3.1", 200),
        ("nobody.example.com", "Upgrade", "SPDY/3.1", 404),
    ],
)
def test_upgrades(host: str, connection: str, upgrade: str, after: int) -> None:
    """As a real Envoy was measured to respond; nginx forwards every upgrade."""
    headers = (("Connection", connection), ("Upgrade", upgrade))
    answer = trace(run(TLS, SERVICE), Request("GET", "http", host, "/", headers=headers))
    assert (answer["before"]["status"], answer["after"]["status"]) == (404 if after == 404 else 200, after)
    assert answer["same"] or "upgrades.unknown" in str(answer["findings"])


def test_nginx_removes_the_server_header_of_the_backend() -> None:
    """server-tokens is off: more_clear_headers Server (nginx.tmpl:340); Via passes on both sides."""
    situation = Situation({"given": {"shop/web:80": {"headers": {"Server": "app", "Via": "1.1 inner"}}}})
    answer = trace(run(TLS, SERVICE), Request("GET", "http", "shop.example.com", "/", situation=situation))
    for side in ("before", "after"):
        assert answer[side]["response_headers"]["server"] is None
        assert answer[side]["response_headers"]["via"] == "1.1 inner"
    assert answer["same"]
