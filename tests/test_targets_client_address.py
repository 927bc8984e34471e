"""Whose word counts for the client's address: a header of another name must not become believed from everybody."""

from __future__ import annotations

import pytest

from tests.complete import broken_promises, convert_text

BEHIND = """
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  enable-real-ip: "true"
  forwarded-for-header: HEADER
  proxy-real-ip-cidr: CIDR
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8}
spec:
  ingressClassName: nginx
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


@pytest.mark.parametrize(
    ("header", "cidr", "detection"),
    [
        ("X-Forwarded-For", "192.0.2.0/24", {"xForwardedFor": {"trustedCIDRs": ["192.0.2.0/24"]}}),
        ("CF-Connecting-IP", "0.0.0.0/0", {"customHeader": {"name": "CF-Connecting-IP"}}),
        ("CF-Connecting-IP", "192.0.2.0/24", None),
    ],
)
def test_client_address(header, cidr, detection):
    result = convert_text(BEHIND.replace("HEADER", header).replace("CIDR", cidr))
    policies = [one.body["spec"] for one in result.resources if one.kind == "ClientTrafficPolicy"]
    assert {str(spec.get("clientIPDetection")) for spec in policies} == {str(detection)}
    codes = {one.code for one in result.findings}
    assert ("forwarded-headers.header" in codes) == (detection is None)
    assert not broken_promises(result)
