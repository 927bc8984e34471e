"""Absolute-form request targets and methods, as nginx reads them and as a real Envoy was measured to."""

from __future__ import annotations

import pytest

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
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
