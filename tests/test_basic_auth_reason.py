"""Why basic authentication is not converted: the setting itself is wrong, or the input lacks the passwords."""

from __future__ import annotations

import pytest

from converter import Options, convert

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/auth-type: {kind}
    nginx.ingress.kubernetes.io/auth-secret: {secret}
    nginx.ingress.kubernetes.io/auth-secret-type: auth-file
spec:
  ingressClassName: alb
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""


@pytest.mark.parametrize(
    ("kind", "secret", "reason"),
    [
        ("basic", "users", "the controller rejects every request, as auth-secret is not namespace/name"),
        ("digest", "shop/users", "the controller rejects every request, as auth-type 'digest' is not basic"),
        ("basic", "shop/users", "the passwords of the users are not in the input"),
    ],
)
def test_the_reason_is_that_of_the_controller(kind: str, secret: str, reason: str) -> None:
    conversion = convert(text=INGRESS.format(kind=kind, secret=secret), options=Options(source="alauda-alb"))
    messages = {one["message"] for one in conversion.findings if one["code"] == "basic-auth.secret-missing"}
    assert messages == {reason}
