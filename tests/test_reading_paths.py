"""Paths and backends: ports end where Kubernetes ends them."""

from __future__ import annotations

import pytest

from tests.complete import convert_text

INPUT = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: NUMBER}}}}
"""


@pytest.mark.parametrize(("number", "taken"), [(0, False), (1, True), (65535, True), (65536, False)])
def test_ports_from_1_to_65535_are_taken(number: int, taken: bool) -> None:
    result = convert_text(INPUT.replace("NUMBER", str(number)))
    ports = [
        ref["port"]
        for one in result.resources
        if one.kind == "HTTPRoute"
        for rule in one.body["spec"]["rules"]
        for ref in rule["backendRefs"]
    ]
    assert ports == ([number] if taken else [])
    refused = [one for one in result.findings if "from 1 to 65535" in one.message]
    assert [one.origin.location.line for one in refused] == ([] if taken else [11])
