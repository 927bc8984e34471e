"""Which endpoint a client gets, by Frontend, Rule and the annotations that newer documents name."""

from __future__ import annotations

from typing import Any

import pytest

from converter.pipeline.result import Result
from tests.complete import convert_checked

BASE = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {networkMode: container, projects: [ALL_ALL]}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: team}
spec: {selector: {app: w}, ports: [{port: 80}]}
"""
INGRESS = """
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: team
  annotations: {alb.ingress.cpaas.io/session-affinity-policy: "POLICY", alb.ingress.cpaas.io/session-affinity-attribute: "NAME"}
spec:
  ingressClassName: alb
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
GROUP = """serviceGroup:
    session_affinity_policy: "POLICY"
    session_affinity_attribute: "NAME"
    services: [{name: web, namespace: team, port: 80, weight: 100}]
"""
FRONTEND = (
    """
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-PORT, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec:
  port: PORT
  protocol: PROTOCOL
  """
    + GROUP
)
RULE = (
    FRONTEND.partition("serviceGroup")[0].replace("PORT", "8080").replace("PROTOCOL", "http")
    + """
---
apiVersion: crd.alauda.io/v1
kind: Rule
metadata: {name: web, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-8080}}
spec:
  dslx: [{type: URL, values: [[STARTS_WITH, /]]}]
  """
    + GROUP
)
PORT = FRONTEND.replace("PORT", "8080").replace("PROTOCOL", "http")
STREAM = FRONTEND.replace("PORT", "9000").replace("PROTOCOL", "tcp")
EXPECTED: dict[str, Any] = {
    "rr": None,
    "": None,
    "sip-hash": {"type": "ConsistentHash", "consistentHash": {"type": "SourceIP"}},
    "header": {"type": "ConsistentHash", "consistentHash": {"type": "Headers", "headers": [{"name": "X-User"}]}},
    "cookie": "X-User",
    "ewma": {"type": "LeastRequest"},
    "fastest": None,
}


def convert(part: str, policy: str, **options: Any) -> Result:
    text = (BASE + part).replace("POLICY", policy).replace("NAME", "X-User")
    return convert_checked(text, preset="acp", **options)


def balancer(result: Result) -> Any:
    """What a policy of the route says."""
    found = [
        one.body["spec"].get("loadBalancer")
        for one in result.resources
        if one.kind == "BackendTrafficPolicy" and one.body["spec"]["targetRefs"][0]["kind"] != "Gateway"
    ]
    return next(filter(None, found), None)


@pytest.mark.parametrize("policy", EXPECTED)
@pytest.mark.parametrize("part", [INGRESS, PORT, RULE], ids=["Ingress", "Frontend", "Rule"])
def test_each_policy(policy, part):
    found, expected = balancer(convert(part, policy)), EXPECTED[policy]
    if policy == "cookie":
        assert found["consistentHash"]["cookie"]["name"] == expected
    else:
        assert found == expected


@pytest.mark.parametrize("policy", EXPECTED)
def test_what_only_documents_know_is_shown_to_somebody(policy):
    result = convert(INGRESS, policy)
    said = [one for one in result.findings if "session-affinity-policy" in one.origin.key]
    words = {"rr": "exact", "": "obsolete", "fastest": "manual"}
    assert [one.fidelity.value for one in said] == [words.get(policy, "approximate")]
    assert ("X-Forwarded-For" in said[0].message) == (policy == "sip-hash")


@pytest.mark.parametrize(("policy", "kind"), [("ewma", "LeastRequest"), ("sip-hash", "ConsistentHash")])
def test_tcp_ports(policy, kind):
    assert balancer(convert(STREAM, policy, l4="route"))["type"] == kind
