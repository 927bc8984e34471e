"""Estates whose hosts differ in certificates and TLS settings, and the connections that requests may come by."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.targets_input import ingress

PREFIX = "nginx.ingress.kubernetes.io/"
CA = {f"{PREFIX}auth-tls-secret": "shop/ca"}
LIST = {f"{PREFIX}whitelist-source-range": "10.0.0.0/8"}
CONTROLLER = """
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
  labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}
spec:
  template:
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.12.0
        args: [/nginx-ingress-controller, --default-ssl-certificate=shop/fallback]
"""


class Shape(NamedTuple):
    """Manifests, and the hosts that are asked for."""

    documents: tuple[str, ...]
    hosts: tuple[str, ...]


SECURE = ingress("s", [("/", "s")], host="secure.example.com", tls="w", annotations=CA)
WILD = ingress("w", [("/app", "w")], host="*.example.com", tls="w")
OPEN = ingress("o", [("/", "o")], host="open.example.com", tls="w")
SHAPES = {
    "default-certificate": Shape(
        (
            CONTROLLER,
            ingress("a", [("/", "a")], host="a.example.com", tls="a"),
            ingress("b", [("/", "b")], host="b.example.com"),
        ),
        ("a.example.com", "b.example.com", "x.example.org"),
    ),
    "one-secret": Shape(
        (
            ingress("a", [("/", "a")], host="a.example.com", tls="w"),
            ingress("b", [("/", "b")], host="b.example.com", tls="w"),
        ),
        ("a.example.com", "b.example.com", "x.example.com"),
    ),
    "wildcard-and-list": Shape(
        (WILD, ingress("a", [("/", "a")], host="a.example.com", tls="a", annotations=LIST)),
        ("a.example.com", "x.example.com", "example.com"),
    ),
    "mtls-wildcard": Shape(
        (WILD, SECURE, ingress("h", [("/any", "h")], host="")),
        ("secure.example.com", "SECURE.example.com", "secure.example.com.", "x.example.com", "y.example.org"),
    ),
    "mtls-alone": Shape((OPEN, SECURE), ("secure.example.com", "open.example.com", "y.example.org")),
    "mtls-of-the-wildcard": Shape(
        (
            ingress("o", [("/", "o")], host="open.example.com", tls="w", annotations=LIST),
            ingress("s", [("/", "s")], host="*.example.com", tls="w", annotations=CA),
        ),
        ("secure.example.com", "open.example.com", "y.example.org"),
    ),
    "mtls-of-any-host": Shape(
        (
            WILD,
            ingress("o", [("/", "o")], host="open.example.org", tls="w", annotations=LIST),
            ingress("s", [("/", "s")], host="", annotations=CA),
        ),
        ("x.example.com", "open.example.org", "y.example.net"),
    ),
    "mtls-optional": Shape(
        (
            OPEN,
            ingress(
                "s",
                [("/", "s")],
                host="secure.example.com",
                tls="w",
                annotations=CA | {f"{PREFIX}auth-tls-verify-client": "optional"},
            ),
        ),
        ("secure.example.com", "open.example.com"),
    ),
    "mtls-and-expressions": Shape(
        (
            ingress(
                "w",
                [("/app/v[0-9]+/.*", "w")],
                host="*.example.com",
                tls="w",
                annotations={f"{PREFIX}use-regex": "true"},
            ),
            SECURE,
        ),
        ("secure.example.com", "x.example.com"),
    ),
    "mtls-and-grpc": Shape(
        (
            ingress(
                "w", [("/", "w")], host="*.example.com", tls="w", annotations={f"{PREFIX}backend-protocol": "GRPC"}
            ),
            SECURE,
        ),
        ("secure.example.com", "x.example.com"),
    ),
}
"""By name."""
UNUSUAL_FORMS = (".:0", ":", ":abc", "..:80", ":80:80")
"""What clients may write after a name; a Host with two colons reaches what any Host reaches."""


def questions(shape: Shape) -> Iterator[dict[str, Any]]:
    """Every host by a connection with every server name, and with none."""
    names = dict.fromkeys(host.lower().rstrip(".") for host in shape.hosts)
    for host in shape.hosts:
        for sni in ("", *names, "unknown.invalid"):
            for path in ("/", "/app", "/app/v1/x", "/any"):
                yield {"scheme": "https", "host": host, "path": path, "sni": sni}
    for name, form in itertools.product(names, UNUSUAL_FORMS):
        yield {"scheme": "http", "host": f"{name}{form}", "path": "/"}
        yield from ({"scheme": "https", "host": f"{name}{form}", "path": "/", "sni": sni} for sni in names)


def traced(result: Any, request: dict[str, Any]) -> dict[str, Any]:
    """The answers to a request, before and after."""
    return trace(result, Request.from_json(request))
