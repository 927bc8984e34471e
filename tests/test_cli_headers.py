"""`trace` and `verify` show the headers that differ side by side, and all of them with -v."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.command import invoke
from tests.targets_input import ingress

WEB = ingress("web", [("/", "web")], annotations={"nginx.ingress.kubernetes.io/custom-headers": "shop/headers"})
CONFIG_MAPS = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: headers, namespace: shop}
data: {X-Served-By: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {global-allowed-response-headers: X-Served-By}
"""
BY_HAND = """apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: web, namespace: shop}
spec:
  gatewayClassName: envoy
  listeners: [{name: http, port: 80, protocol: HTTP}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: shop}
spec:
  parentRefs: [{name: web}]
  hostnames: [shop.example.com]
  rules:
  - backendRefs: [{name: web, port: 80}]
    filters:
    - type: ResponseHeaderModifier
      responseHeaderModifier: {set: [{name: X-Served-By, value: "somebody else, and a line that is longer than sixty characters"}]}
"""
QUESTION = "GET http://shop.example.com/"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """What a command prints, in a folder with both files."""
    (tmp_path / "web.yaml").write_text(f"{WEB}---\n{CONFIG_MAPS}")
    (tmp_path / "hand.yaml").write_text(BY_HAND)
    return lambda *args: invoke(args, tmp_path).out


def test_trace_shows_all_headers_with_v(run: Run) -> None:
    short = run("trace", "web.yaml", "--request", QUESTION)
    assert "same response" in short
    assert "header" not in short
    rows = [line.split() for line in run("trace", "web.yaml", "--request", QUESTION, "-v").splitlines()]
    assert ["response", "header", "x-served-by", "shop", "shop"] in rows
    assert ["request", "header", "x-real-ip", "192.0.2.1", "192.0.2.1"] in rows


def test_trace_of_gateway_resources_alone_has_an_after_only(run: Run) -> None:
    text = run("trace", "hand.yaml", "--request", QUESTION, "-v")
    assert "response header x-served-by" in text
    assert "longer than sixty characters" in text


def test_verify_prints_what_differs(run: Run) -> None:
    lines = run("verify", "web.yaml", "--against", "hand.yaml").splitlines()
    row = next(line for line in lines if "x-served-by" in line and "somebody" in line)
    heading = lines[max(number for number in range(lines.index(row)) if "before  " in lines[number])]
    assert row[heading.index("before") :].startswith("shop ")
    assert row[heading.index("after") :] == "somebody else, and a line that is longer than sixty charact…"
    assert not any("x-real-ip" in line and line.split()[-1] == line.split()[-2] for line in lines)


def test_verify_shows_all_headers_with_v(run: Run) -> None:
    text = run("verify", "web.yaml", "--against", "hand.yaml", "-v")
    assert "longer than sixty characters" in text
