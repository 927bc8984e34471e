"""Who answers where nobody does: an entry point that its controller refuses."""

from __future__ import annotations

import pytest

from converter.pipeline.trace import TraceError, trace
from converter.routing.exchange import Request
from tests.complete import convert_text

REFUSED_GROUP = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: broken
  namespace: shop
  annotations:
    alb.ingress.kubernetes.io/listen-ports: "not json"
spec:
  ingressClassName: alb
  rules:
  - http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


@pytest.mark.parametrize("entry", ["", "shop/broken"])
def test_a_refused_entry_answers_nothing(entry):
    line = trace(convert_text(REFUSED_GROUP), Request(host="a.example.com", entry=entry))
    assert line["before"]["status"] == line["after"]["status"] == 0
    assert line["same"]


def test_an_unknown_entry_is_said():
    result = convert_text(REFUSED_GROUP.replace('"not json"', "'[{\"HTTP\": 80}]'"))
    with pytest.raises(TraceError, match="no entry point is called 'nowhere'"):
        trace(result, Request(host="a.example.com", entry="nowhere"))
