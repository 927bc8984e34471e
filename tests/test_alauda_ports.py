"""Ports of an ALB on nodes and in pods, protocols of Frontends, and where Services get their addresses."""

from __future__ import annotations

import itertools
import random
from typing import Any

import pytest
import yaml

from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.complete import convert_checked

ALB = """
---
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: NAME, namespace: cpaas-system}
spec: {type: nginx, config: CONFIG}
"""
FRONTEND = """
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: "NAME-PORT-PROTOCOL", namespace: cpaas-system, labels: {alb2.cpaas.io/name: NAME}}
spec:
  port: PORT
  protocol: PROTOCOL
  certificate_name: "CERTIFICATE"
  serviceGroup: {services: SERVICES}
"""
SERVICE = """
---
apiVersion: v1
kind: Service
metadata: {name: NAME, namespace: team}
spec: {selector: {app: NAME}, ports: [{name: a, port: 80, protocol: TCP}, {name: b, port: 80, protocol: UDP}]}
"""
SERVICES = "".join(SERVICE.replace("NAME", name) for name in ("one", "two"))
CERTIFICATE = """
---
apiVersion: v1
kind: Secret
metadata: {name: cert, namespace: cpaas-system}
type: kubernetes.io/tls
data: {tls.crt: Y3J0, tls.key: a2V5}
"""


def alb(network: str = "host", name: str = "alb", **config: Any) -> str:
    body = {"projects": ["ALL_ALL"], "networkMode": network} | config
    return ALB.replace("NAME", name).replace("CONFIG", yaml.safe_dump(body, default_flow_style=True, width=999).strip())


def frontend(port: int, protocol: str = "http", *, name: str = "alb", both: bool = True, certificate: str = "") -> str:
    group = [{"name": one, "namespace": "team", "port": 80, "weight": 50} for one in ("one", "two")[: 1 + both]]
    text = FRONTEND.replace("NAME", name).replace("PORT", str(port)).replace("PROTOCOL", protocol)
    return text.replace("SERVICES", str(group)).replace("CERTIFICATE", certificate)


def convert(*parts: str, **options: Any) -> Result:
    return convert_checked("".join((*parts, SERVICES)), provenance=False, **{"preset": "acp"} | options)


def made(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in result.resources if one.kind == kind]


def said(result: Result, code: str) -> list[Any]:
    return [one for one in result.findings if one.code == code]


def carrier(protocol: str) -> str:
    return "UDP" if protocol.lower() == "udp" else "TCP"


def _bound(gateway: dict[str, Any], proxy: dict[str, Any]) -> list[tuple[int, str]]:
    """What Envoy binds (envoy-gateway: internal/gatewayapi/listener.go, servicePortToContainerPort)."""
    direct = proxy["spec"]["provider"]["kubernetes"].get("useListenerPortAsContainerPort", False)
    ports = {(one["port"], carrier(one["protocol"])) for one in gateway["spec"]["listeners"]}
    return [(port + 10000 if port < 1024 and not direct else port, how) for port, how in ports]


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("network", ["host", "container"])
def test_listeners_stay_apart_and_ports_in_use_are_named(seed, network):
    """Random ports, many of them 10000 apart: no two fall together, and each one that the ALB has is named."""
    dice = random.Random(seed)  # noqa: S311
    numbers = [80, 443, 1023, 1024, 8080, 10080, 10443, 11023, 11024, 3306]
    chosen = dice.sample([*itertools.product(numbers, ("http", "tcp")), (80, "udp"), (10080, "udp")], 7)
    unique = {(port, carrier(protocol)): protocol for port, protocol in chosen}
    parts = [frontend(port, protocol) for (port, _), protocol in unique.items()]
    result = convert(alb(network), *parts)
    [gateway], [proxy] = made(result, "Gateway"), made(result, "EnvoyProxy")
    bound = _bound(gateway, proxy)
    assert len(set(bound)) == len(bound)
    named = " ".join(one.message for one in said(result, "listener.node-port-in-use"))
    for port, how in bound:
        assert (f"{how} port {port} of the node" in named) == (network == "host" and (port, how) in unique)


@pytest.mark.parametrize("pair", [(80, 10080), (443, 10443), (22, 10022), (1023, 11023)], ids=str)
@pytest.mark.parametrize("preset", ["acp", ""])
@pytest.mark.parametrize("network", ["host", "container"])
def test_two_listeners_on_one_port_of_the_pod(pair, preset, network):
    result = convert(alb(network), *(frontend(port) for port in pair), preset=preset)
    kubernetes = made(result, "EnvoyProxy")[0]["spec"]["provider"]["kubernetes"]
    assert kubernetes["useListenerPortAsContainerPort"] is True
    findings = said(result, "listener.container-port")
    assert len(findings) == 2 and all(str(port) in one.message for port, one in zip(pair, findings, strict=True))
    sysctls = kubernetes["envoyDeployment"]["pod"].get("securityContext", {}).get("sysctls")
    if network == "container":
        assert sysctls == [{"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}]
    else:  # pods with the network of the node must not have this sysctl
        assert sysctls is None
        patch = kubernetes["envoyDeployment"]["patch"]["value"]["spec"]["template"]["spec"]
        assert ("containers" in patch) == bool(preset)
        assert {one.fidelity.value for one in findings} == {"approximate" if preset else "manual"}


def test_ports_of_other_protocols_do_not_meet():
    result = convert(alb("container"), frontend(80, "udp"), frontend(10080, "tcp"))
    assert "useListenerPortAsContainerPort" not in made(result, "EnvoyProxy")[0]["spec"]["provider"]["kubernetes"]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ({}, {}, True),
        ({"role": "edge"}, {}, True),
        ({"role": "edge"}, {"zone": "b"}, True),
        ({"role": "edge"}, {"role": "edge", "zone": "b"}, True),
        ({"role": "edge"}, {"role": "inner"}, False),
    ],
    ids=str,
)
def test_two_proxies_cannot_share_nodes(first, second, shared):
    """Every Envoy binds 19001 and 19003 of its node."""
    parts = [alb(name="a", nodeSelector=first), alb(name="b", nodeSelector=second)]
    result = convert(*parts, frontend(80, name="a"), frontend(81, name="b"))
    assert bool(said(result, "load-balancer.shared-nodes")) == shared
    behind = convert(*parts[:1], alb("container", name="b"), frontend(80, name="a"), frontend(81, name="b"))
    assert not said(behind, "load-balancer.shared-nodes")


@pytest.mark.parametrize("protocol", ["grpcs", "grpc"])
def test_tls_of_grpc_ports(protocol):
    text = frontend(9000, protocol, both=False, certificate="cpaas-system/cert")
    rule = """
---
apiVersion: crd.alauda.io/v1
kind: Rule
metadata:
  name: orders
  namespace: cpaas-system
  labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-9000-PROTOCOL}
spec:
  domain: rpc.example.com
  certificate_name: cpaas-system/cert
  dslx: [{type: HOST, values: [[EQ, rpc.example.com]]}, {type: URL, values: [[STARTS_WITH, /]]}]
  serviceGroup: {services: [{name: two, namespace: team, port: 80, weight: 100}]}
""".replace("PROTOCOL", protocol)
    result = convert(alb("container"), text, rule, CERTIFICATE)
    [listener] = [one for one in made(result, "Gateway")[0]["spec"]["listeners"] if one["port"] == 9000]
    assert listener["protocol"] == "HTTPS" and listener["tls"]["certificateRefs"][0]["name"] == "cert"
    assert made(result, "GRPCRoute") and not made(result, "HTTPRoute") and not made(result, "TCPRoute")
    assert bool(said(result, "listener.grpcs")) == (protocol == "grpcs")


def test_grpcs_without_a_certificate_is_not_served_in_the_clear():
    result = convert(alb("container"), frontend(9000, "grpcs"))
    assert not [one for one in made(result, "Gateway") if any(two["port"] == 9000 for two in one["spec"]["listeners"])]
    assert not made(result, "Service") and not made(result, "TCPRoute")


@pytest.mark.parametrize("protocol", ["tls", "http2", "ws"])
def test_unknown_protocols_are_for_a_person(protocol):
    [finding] = said(convert(alb("container"), frontend(9000, protocol)), "listener.protocol")
    assert finding.fidelity.value == "manual" and protocol in finding.message


POOL = "\n---\napiVersion: metallb.io/v1beta1\nkind: IPAddressPool\nmetadata: {name: p, namespace: metallb-system}\n"
GIVEN = "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: x, namespace: y}\nspec: {type: LoadBalancer}\n"
HAS, HAS_NOT = ("status: {loadBalancer: {ingress: [{ip: 192.0.2.9}]}}\n", "status: {loadBalancer: {}}\n")


@pytest.mark.parametrize(
    ("parts", "preset", "doubt"),
    [
        ((alb(),), "acp", True),
        ((alb(),), "", True),
        ((alb("container"),), "acp", True),
        ((alb("container"),), "", False),
        ((alb(), POOL), "acp", False),
        ((alb(), GIVEN), "acp", False),
        ((alb(), GIVEN + HAS), "acp", False),
        ((alb(), GIVEN + HAS_NOT), "acp", True),
        ((alb("container", vip={"enableLbSvc": True}),), "acp", False),
        ((alb("container", vip={"lbSvcAnnotations": {"metallb.universe.tf/address-pool": "p"}}),), "acp", False),
    ],
)
def test_who_gives_addresses(parts, preset, doubt):
    result = convert(*parts, frontend(6379, "tcp", both=False), preset=preset)
    assert [one["spec"]["type"] for one in made(result, "Service")] == ["LoadBalancer"]
    found = said(result, "stream.address-provider")
    assert bool(found) == doubt
    assert all("kubectl get ipaddresspools" in one.hint and one.origin.object.kind == "Frontend" for one in found)


def test_ports_that_become_services_need_no_proxy():
    result = convert(alb(), frontend(6379, "tcp", both=False))
    assert not made(result, "EnvoyProxy") and not said(result, "load-balancer.health-check")
    assert {one.message for one in result.findings if "EnvoyProxy" in str(one.fields)} == set()


@pytest.mark.parametrize(
    ("nodes", "network", "named"),
    [({}, "host", True), ({"zone": "a"}, "host", True), ({"zone": "b"}, "host", False), ({}, "container", False)],
    ids=str,
)
def test_the_ports_of_another_alb_on_the_same_nodes(nodes, network, named):
    """Port 80 is shifted to 10080, where another ALB listens."""
    parts = [alb(name="a", nodeSelector={"zone": "a"}), alb(network, name="b", nodeSelector=nodes)]
    found = said(convert(*parts, frontend(80, name="a"), frontend(10080, name="b")), "listener.node-port-in-use")
    words = [one.message for one in found if "10080 of the node for listener 80" in one.message]
    assert len(words) == named and all("ALB b listens on 10080" in one for one in words)


def test_ports_of_ingresses_without_a_frontend():
    text = """
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: team}
spec:
  ingressClassName: alb
  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}]}}]
"""
    [finding] = said(convert(alb(ingressHTTPPort=11780), text), "listener.node-port-in-use")
    assert "11780" in finding.message and finding.origin.object.kind == "ALB2"


INGRESS = """
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: NAME, namespace: team}
spec:
  ingressClassName: alb
  tls: [{hosts: [TLS], secretName: SECRET}]
  rules:
  - host: "HOST"
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}]}
"""


def served(name: str, host: str, secret: str, tls: str = "") -> str:
    text = INGRESS.replace("NAME", name).replace("HOST", host).replace("SECRET", secret).replace("TLS", tls or host)
    return text + CERTIFICATE.replace("name: cert, namespace: cpaas-system", f"name: {secret}, namespace: team")


def test_a_host_with_a_certificate_of_its_own_has_a_listener_and_others_share_one():
    hosts = [served("a", "a.example.com", "own"), served("b", "b.example.com", "both")]
    result = convert(alb("container"), frontend(443, "https"), *hosts, served("c", "c.example.com", "both"))
    listeners = [one for one in made(result, "Gateway")[0]["spec"]["listeners"] if one["protocol"] == "HTTPS"]
    found = {one.get("hostname"): [ref["name"] for ref in one["tls"]["certificateRefs"]] for one in listeners}
    assert found == {None: ["both"], "a.example.com": ["own"]}


def test_a_wildcard_still_serves_a_host_with_a_listener_by_plain_http():
    ports = [frontend(80), frontend(443, "https"), served("b", "b.example.com", "own")]
    path = "http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: one, port: {number: 80}}}}]}"
    both = served("a", "a.example.com", "second").replace(path, f'{path}\n  - host: "*.example.com"\n    {path}')
    result = convert(alb("container"), *ports, both)
    assert [one["hostname"] for one in made(result, "Gateway")[0]["spec"]["listeners"] if "hostname" in one]
    answer = trace(result, Request.from_json({"scheme": "http", "host": "b.example.com", "path": "/"}))
    assert answer["before"]["status"] == answer["after"]["status"] == 200
