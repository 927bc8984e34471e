"""JSON in annotations of an ALB2 that is nested too deeply costs the setting alone."""

from __future__ import annotations

import pytest

from tests.complete import convert_text

INPUT = """\
apiVersion: crd.alauda.io/{version}
kind: ALB2
metadata:
  name: alb
  namespace: cpaas-system
  annotations: {{"{key}": "{text}"}}
spec: {spec}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {{name: alb-00080, namespace: cpaas-system, labels: {{alb2.cpaas.io/name: alb}}}}
spec: {{port: 80, protocol: http}}
---
apiVersion: crd.alauda.io/v1
kind: Rule
metadata:
  name: r
  namespace: cpaas-system
  labels: {{alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-00080}}
spec:
  priority: 5
  dslx: [{{type: HOST, values: [[EQ, a.example.com]]}}, {{type: URL, values: [[STARTS_WITH, /]]}}]
  serviceGroup: {{services: [{{name: web, namespace: shop, port: 80, weight: 100}}]}}
"""
SETTINGS = {
    "alb.cpaas.io/nginx-env": ("v2beta1", "{config: {loadbalancerName: alb}}"),
    "alb.cpaas.io/migrate-backup": ("v1", "{}"),
    "alb.cpaas.io/pod-annotations": ("v2beta1", "{config: {loadbalancerName: alb}}"),
    "alb.cpaas.io/toleration": ("v2beta1", "{config: {loadbalancerName: alb}}"),
}


@pytest.mark.parametrize("key", SETTINGS)
def test_deep_json_of_an_annotation(key: str) -> None:
    version, spec = SETTINGS[key]
    result = convert_text(INPUT.format(version=version, key=key, text="[" * 100_000, spec=spec))
    assert "HTTPRoute" in {one.kind for one in result.resources}
