"""TCP and UDP ports: Services of type LoadBalancer, or routes where a Service cannot do it."""

from __future__ import annotations

import pytest
import yaml

from tests.complete import convert_checked

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec:
  config:
    projects: [ALL_ALL]
    networkMode: container
    vip:
      lbSvcAnnotations: {metallb.universe.tf/address-pool: blue, metallb.universe.tf/loadBalancerIPs: 192.0.2.1, other: x}
---
apiVersion: v1
kind: Service
metadata: {name: redis, namespace: data}
spec: {selector: {app: redis}, ports: [{name: redis, port: 6379, targetPort: main}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: data}
spec: {ports: [{port: 6379}]}
"""
FRONTEND = """
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-07000, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec: {port: 7000, protocol: PROTOCOL, serviceGroup: {session_affinity_policy: "POLICY", services: SERVICES}}
"""


def convert(*names: str, protocol: str = "tcp", policy: str = "", **options: object):
    services = [
        {"name": name, "namespace": "other" if name == "elsewhere" else "data", "port": 6379, "weight": 50}
        for name in names
    ]
    text = ALB + FRONTEND.replace("PROTOCOL", protocol).replace("POLICY", policy).replace("SERVICES", str(services))
    result = convert_checked(text, **options)
    return result, {one.kind: one.body for one in result.resources}


def test_a_service_of_its_own_with_selector_target_port_and_pool():
    result, made = convert("redis", policy="sip-hash")
    assert made["Service"] == yaml.safe_load(
        """
apiVersion: v1
kind: Service
metadata:
  name: alb-07000-lb
  namespace: data
  labels: {app.kubernetes.io/managed-by: ing2gw}
  annotations:
    metallb.universe.tf/address-pool: blue
    ing2gw/source: Frontend cpaas-system/alb-07000 (-)
spec:
  type: LoadBalancer
  sessionAffinity: ClientIP
  selector: {app: redis}
  ports: [{name: tcp-7000, protocol: TCP, port: 7000, targetPort: main}]
"""
    )
    assert "TCPRoute" not in made
    [finding] = [one for one in result.findings if one.code == "stream.service"]
    assert "address of its own" in finding.message and "three hours" in finding.message and "--l4 route" in finding.hint


@pytest.mark.parametrize(
    ("names", "options", "why"),
    [
        (("redis", "bare"), {}, "several Services"),
        (("bare",), {}, "no selector"),
        (("elsewhere",), {}, "not in the input"),
        (("redis",), {"l4": "route"}, "--l4 route"),
        (("elsewhere",), {"protocol": "udp"}, "not in the input"),
    ],
    ids=str,
)
def test_a_route_where_a_service_cannot_do_it(names, options, why):
    result, made = convert(*names, **options)
    kind = f"{options.get('protocol', 'tcp').upper()}Route"
    assert "Service" not in made
    [listener] = [one for one in made["Gateway"]["spec"]["listeners"] if one["port"] == 7000]
    assert listener["protocol"] == kind.removesuffix("Route")
    [rule] = made[kind]["spec"]["rules"]
    assert [ref["name"] for ref in rule["backendRefs"]] == list(names)
    assert any(one.code == "stream.route" and why in one.message for one in result.findings)


def test_routes_keep_clients_by_their_address():
    result, _ = convert("redis", policy="sip-hash", l4="route")
    [spec] = [
        one.body["spec"]
        for one in result.resources
        if one.kind == "BackendTrafficPolicy" and one.body["spec"]["targetRefs"][0]["kind"] == "TCPRoute"
    ]
    assert spec["loadBalancer"] == {"type": "ConsistentHash", "consistentHash": {"type": "SourceIP"}}


def test_of_several_rules_on_one_port_none_is_taken():
    rule = """
---
apiVersion: crd.alauda.io/v1
kind: Rule
metadata: {name: NAME, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-07000}}
spec:
  dslx: [{type: URL, values: [[STARTS_WITH, /]]}]
  serviceGroup: {services: [{name: redis, namespace: data, port: 6379, weight: 100}]}
"""
    frontend = FRONTEND.replace("PROTOCOL", "tcp").replace("POLICY", "").replace("SERVICES", "[]")
    result = convert_checked(ALB + frontend + rule.replace("NAME", "one") + rule.replace("NAME", "two"))
    assert not {one.kind for one in result.resources} & {"Service", "TCPRoute"}
    assert any(one.code in ("stream.several-rules", "rule.several-on-stream") for one in result.findings)
