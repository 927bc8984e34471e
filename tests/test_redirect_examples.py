"""Requests that findings on Locations name are requests that the rule takes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import invoke

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {annotations}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: {path}, pathType: {kind}, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""
REDIRECT = "{nginx.ingress.kubernetes.io/app-root: /start}"
FORCED = '{nginx.ingress.kubernetes.io/force-ssl-redirect: "true"}'


@pytest.mark.parametrize(
    ("annotations", "path", "kind", "shown"),
    [
        (REDIRECT, "/shop", "Prefix", "http://HOST/?x=1 redirects to http://HOST/start?x=1 (was: http://HOST/start)"),
        (FORCED, "/", "Exact", "http://HOST/ redirects to https://HOST/ (was: https://HOST)"),
    ],
)
def test_an_exact_path_is_the_one_that_is_shown(
    annotations: str, path: str, kind: str, shown: str, tmp_path: Path
) -> None:
    (tmp_path / "web.yaml").write_text(INGRESS.format(annotations=annotations, path=path, kind=kind))
    found = invoke(["convert", "web.yaml", "-v", "--show", "standard", "--config", ""], tmp_path)
    assert shown in found.err, found.err
    assert "sample.example.com" not in found.err
