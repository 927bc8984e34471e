"""Connections of clients, as a port of an Alauda ALB keeps them: ClientTrafficPolicies of its listeners."""

from __future__ import annotations

from tests.complete import convert_checked

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {config: {projects: [ALL_ALL], networkMode: container, enableCrossClusters: "CLUSTERS"}}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: data}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-07000, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec:
  port: 7000
  protocol: PROTOCOL
  config: CONFIG
  serviceGroup: {services: [{name: web, namespace: data, port: 80, weight: 100}]}
STATUS
"""


def convert(protocol: str, config: str, clusters: str = "false", status: str = "", **options: object):
    text = (
        ALB.replace("PROTOCOL", protocol)
        .replace("CONFIG", config)
        .replace("CLUSTERS", clusters)
        .replace("STATUS", status)
    )
    result = convert_checked(text, **options)
    policies = [one.body["spec"] for one in result.resources if one.kind == "ClientTrafficPolicy"]
    return policies, {one.code: one for one in result.findings}


def test_a_port_says_how_long_clients_may_be_idle_and_how_they_are_probed():
    config = "{keepalive: {tcp: {idle: 30m, interval: 10s, count: 3}, http: {timeout: 20s, requests: 100}}}"
    [policy], findings = convert("http", config)
    assert policy["tcpKeepalive"] == {"idleTime": "30m", "interval": "10s", "probes": 3}
    assert policy["timeout"]["http"]["idleTimeout"] == "20s"
    assert "connection.keepalive" in findings


def test_an_empty_tcp_keepalive_is_that_of_the_kernel():
    [policy], _ = convert("http", "{keepalive: {tcp: {}}}")
    assert policy["tcpKeepalive"] == {}
    assert policy["timeout"]["http"]["idleTimeout"] == "65s"


def test_a_time_without_a_unit_is_not_written():
    [policy], findings = convert("http", "{keepalive: {http: {timeout: soon}}}")
    assert policy["timeout"]["http"]["idleTimeout"] == "65s"
    assert "connection.keepalive" not in findings


def test_a_tcp_port_behind_the_gateway_keeps_probes_and_idle_time():
    config = "{keepalive: {tcp: {idle: 60s}}, timeout: {proxy_connect_timeout_ms: 2000, proxy_read_timeout_ms: 90000}}"
    policies, findings = convert("tcp", config, l4="route")
    [policy] = [one for one in policies if one["targetRefs"][0].get("sectionName") == "tcp-7000"]
    assert policy["tcpKeepalive"] == {"idleTime": "60s"}
    assert policy["timeout"] == {"tcp": {"idleTimeout": "90s"}}
    assert findings["connection.keepalive"].fidelity.value == "exact"
    assert "after the same time" in findings["stream.timeouts"].message


def test_pods_of_other_clusters_are_a_step_by_hand():
    _, findings = convert("http", "{}", clusters="true")
    assert findings["load-balancing.cross-clusters"].fidelity.value == "manual"
    assert "load-balancing.cross-clusters" not in convert("http", "{}")[1]


def test_nodes_whose_port_was_taken_are_named():
    _, findings = convert(
        "http", "{}", status="status: {instances: {node-1: {conflict: true}, node-2: {conflict: false}}}"
    )
    assert findings["frontend.conflict"].origin.value == "node-1"
