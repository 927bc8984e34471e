"""Health checks: which codes of an ALB become `expectedStatuses`, and which cannot."""

from __future__ import annotations

import pytest

from tests.targets_input import codes, run

INPUT = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: alb}}
spec: {{controller: ingress.k8s.aws/alb}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{type: NodePort, selector: {{app: web}}, ports: [{{port: 80, nodePort: 30080}}]}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/healthcheck-path: /healthz
    alb.ingress.kubernetes.io/success-codes: "{codes}"
spec:
  ingressClassName: alb
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("200", [200]),
        ("200,301", [200, 301]),
        ("200-202,202", [200, 201, 202]),
        ("100-499", list(range(100, 500))),
    ],
)
def test_codes_become_statuses(text: str, statuses: list[int]) -> None:
    result = run(INPUT.format(codes=text))
    checks = [
        one.body["spec"]["healthCheck"]["active"]
        for one in result.resources
        if one.kind == "BackendTrafficPolicy" and "healthCheck" in one.body["spec"]
    ]
    assert [one["http"]["expectedStatuses"] for one in checks] == [statuses]
    assert "internal.invalid-output" not in codes(result)


@pytest.mark.parametrize(
    "text", ["100-500", "100-599", "99", "600", "200-700", "2xx", "0", "0-9999999999", f"200-{'9' * 5000}", "²"]
)
def test_more_than_400_statuses_or_other_codes_are_no_check(text: str) -> None:
    result = run(INPUT.format(codes=text))
    assert not any("healthCheck" in one.body.get("spec", {}) for one in result.resources)
    assert "internal.invalid-output" not in codes(result)
