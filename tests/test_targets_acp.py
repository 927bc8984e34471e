"""Settings of an ALB2 as fields of Gateway and EnvoyProxy, and Gateways of ALB's own that change hands."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from converter.model.options import Options
from converter.packs.presets import names, with_preset
from converter.pipeline.result import Result
from tests.complete import convert_checked, convert_text

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {config: CONFIG}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {nginx.ingress.kubernetes.io/backend-protocol: PROTOCOL}}
spec:
  ingressClassName: alb
  tls: [{hosts: [a.example.com], secretName: a}]
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {cpaas.io/project: retail}}
"""
GATEWAY = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: demo, labels: {alb.cpaas.io/alb-ref: gw.cpaas-system, team: a}}
spec:
  gatewayClassName: CLASS
  listeners:
  - {name: http, port: 8080, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
  - {name: gateway-metric, port: 11782, protocol: TCP}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: demo}
spec: {parentRefs: [{name: gw}], rules: [{backendRefs: [{name: web, port: 80}]}]}
"""
POLICY = """
---
apiVersion: gateway.crd.alauda.io/v1alpha1
kind: TimeoutPolicy
metadata: {name: NAME, namespace: demo}
spec:
  targetRef: {group: gateway.networking.k8s.io, kind: KIND, name: TARGET, namespace: demo}
  default: DEFAULT
  override: OVERRIDE
"""


def convert(config: dict[str, Any], protocol: str = "http", **options: Any) -> tuple[Result, dict[str, Any]]:
    said = {"projects": ["retail"], "networkMode": "container", "replicas": 1} | config
    text = ALB.replace("CONFIG", yaml.safe_dump(said, default_flow_style=True).strip()).replace("PROTOCOL", protocol)
    result = convert_checked(text, **options)
    return result, {one.kind: one.body["spec"] for one in result.resources}


@pytest.mark.parametrize(
    ("config", "path", "value"),
    [
        ({"replicas": 4}, "envoyDeployment.replicas", 4),
        ({"nodeSelector": {"zone": "edge"}}, "envoyDeployment.pod.nodeSelector", {"zone": "edge"}),
        (
            {"resources": {"limits": {"cpu": "4"}}},
            "envoyDeployment.container.resources",
            {"limits": {"cpu": "4", "memory": "2Gi"}, "requests": {"cpu": "50m", "memory": "128Mi"}},
        ),
        ({"networkMode": "host"}, "envoyDeployment.patch.value.spec.template.spec.hostNetwork", True),
        ({"vip": {"enableLbSvc": True}}, "envoyService.type", "LoadBalancer"),
        (
            {"vip": {"lbSvcAnnotations": {"metallb.universe.tf/address-pool": "p"}}},
            "envoyService.annotations",
            {"metallb.universe.tf/address-pool": "p"},
        ),
        ({"vip": {"allocateLoadBalancerNodePorts": False}}, "envoyService.allocateLoadBalancerNodePorts", False),
        (
            {"vip": {"lbSvcIpFamilyPolicy": "RequireDualStack"}},
            "envoyService.patch.value.spec.ipFamilyPolicy",
            "RequireDualStack",
        ),
    ],
    ids=str,
)
def test_settings_become_fields_of_the_proxy(config, path, value):
    _, made = convert(config)
    found = made["EnvoyProxy"]["provider"]["kubernetes"]
    for part in path.split("."):
        found = found[part]
    assert found == value
    assert made["Gateway"]["infrastructure"]["parametersRef"]["name"] == "alb"


def test_the_network_of_the_nodes_moves_low_ports():
    result, _ = convert({"networkMode": "host"})
    [finding] = [one for one in result.findings if one.origin.key == "spec.config.networkMode"]
    assert finding.fidelity.value == "approximate" and "10080" in finding.message


def test_ip_families_and_http2():
    _, made = convert({"enableIPV6": "true", "enableHTTP2": "false"})
    assert made["EnvoyProxy"]["ipFamily"] == "DualStack"
    assert made["ClientTrafficPolicy"]["tls"]["alpnProtocols"] == ["http/1.1"]


@pytest.mark.parametrize(
    ("projects", "allowed"),
    [
        (["ALL_ALL"], {"from": "All"}),
        (["retail"], {"from": "Selector", "selector": {"matchLabels": {"cpaas.io/project": "retail"}}}),
        (
            ["retail", "ops"],
            {
                "from": "Selector",
                "selector": {
                    "matchExpressions": [{"key": "cpaas.io/project", "operator": "In", "values": ["retail", "ops"]}]
                },
            },
        ),
    ],
    ids=str,
)
def test_projects_become_allowed_routes(projects, allowed):
    _, made = convert({"projects": projects})
    for listener in made["Gateway"]["listeners"]:
        if listener["protocol"] == "HTTPS":
            assert listener["allowedRoutes"]["namespaces"] == allowed


def test_the_preset_and_what_may_override_it():
    assert names() == ["acp"]
    settled = with_preset(Options(preset="acp"))
    assert (settled.target, settled.gateway_class) == ("envoy-gateway@1.7", "envoy-gateway-operator-cpaas-default")
    chosen = with_preset(Options(preset="acp", target="envoy-gateway@1.9", gateway_class="mine"))
    assert (chosen.target, chosen.gateway_class) == ("envoy-gateway@1.9", "mine")
    result, made = convert({}, preset="acp")
    assert "GatewayClass" not in made and made["Gateway"]["gatewayClassName"] == "envoy-gateway-operator-cpaas-default"
    assert {one.namespace for one in result.resources if one.kind in ("Gateway", "EnvoyProxy")} == {
        "envoy-gateway-operator"
    }


def test_switches_are_named_where_the_output_needs_them_only():
    without, _ = convert({}, preset="acp")
    needing, _ = convert({}, protocol="https", preset="acp")
    codes = [{one.code for one in result.findings} for result in (without, needing)]
    assert "preset.switch" not in codes[0] and "preset.switch" in codes[1]


def test_other_controllers_follow_the_preset_too():
    text = (
        ALB.partition("---")[2].replace("ingressClassName: alb", "ingressClassName: nginx").replace("PROTOCOL", "HTTP")
    )
    result = convert_checked(text, source="ingress-nginx", preset="acp")
    [gateway] = [one.body for one in result.resources if one.kind == "Gateway"]
    selector = gateway["spec"]["listeners"][0]["allowedRoutes"]["namespaces"]["selector"]
    assert selector == {"matchExpressions": [{"key": "cpaas.io/project", "operator": "Exists"}]}


def handover_of(
    policies: str = "", cls: str = "exclusive-gateway", **options: Any
) -> tuple[Result, list[dict[str, Any]]]:
    result = convert_checked(GATEWAY.replace("CLASS", cls) + policies, **options)
    return result, [one.body for one in result.resources]


def policy(name: str, target: tuple[str, str], default: str = "{}", override: str = "{}") -> str:
    text = POLICY.replace("NAME", name).replace("KIND", target[0]).replace("TARGET", target[1])
    return text.replace("DEFAULT", default).replace("OVERRIDE", override)


def test_a_gateway_of_alb_changes_its_class_and_loses_the_metrics_listener():
    result, bodies = handover_of()
    [gateway] = [one for one in bodies if one["kind"] == "Gateway"]
    assert gateway["spec"]["gatewayClassName"] == "envoy-gateway"
    assert gateway["metadata"]["labels"] == {"team": "a", "app.kubernetes.io/managed-by": "ing2gw"}
    assert [one["name"] for one in gateway["spec"]["listeners"]] == ["http"]
    assert not any(one["kind"] == "HTTPRoute" for one in bodies), "routes stay as they are"
    [defaults] = [one["spec"] for one in bodies if one["kind"] == "BackendTrafficPolicy"]
    assert defaults["timeout"] == {
        "tcp": {"connectTimeout": "5s"},
        "http": {"requestTimeout": "0s", "streamIdleTimeout": "120s"},
    }
    assert any(one.code == "gateway.moved" and "PathPrefix" in one.message for one in result.findings)


def test_gateways_of_others_are_left_alone():
    result = convert_text(GATEWAY.replace("CLASS", "istio").replace("alb.cpaas.io/alb-ref: gw.cpaas-system, ", ""))
    assert result.resources == []


def test_the_override_of_the_gateway_wins_over_that_of_the_route():
    both = policy(
        "route", ("HTTPRoute", "web"), "{proxy_connect_timeout_ms: 1000}", "{proxy_read_timeout_ms: 30000}"
    ) + policy(
        "gateway",
        ("Gateway", "gw"),
        "{proxy_connect_timeout_ms: 9000, proxy_send_timeout_ms: 7000}",
        "{proxy_read_timeout_ms: 40000}",
    )
    _, bodies = handover_of(both)
    times = {
        one["spec"]["targetRefs"][0]["kind"]: one["spec"]["timeout"]
        for one in bodies
        if one["kind"] == "BackendTrafficPolicy"
    }
    assert (
        times["HTTPRoute"]["tcp"]["connectTimeout"] == "1s" and times["HTTPRoute"]["http"]["streamIdleTimeout"] == "40s"
    )
    assert times["Gateway"]["tcp"]["connectTimeout"] == "9s" and times["Gateway"]["http"]["streamIdleTimeout"] == "40s"


def test_policies_without_a_gateway_or_for_a_section_had_no_effect():
    section = policy("part", ("Gateway", "gw")).replace(
        "namespace: demo}\n  default", "namespace: demo, sectionName: http}\n  default"
    )
    result, _ = handover_of(section + policy("lost", ("Gateway", "elsewhere")))
    said = {
        one.origin.object.name: one.fidelity.value
        for one in result.findings
        if one.origin.object and one.origin.object.kind == "TimeoutPolicy"
    }
    assert said == {"part": "obsolete", "lost": "obsolete"}


def test_an_alb_with_many_tls_hosts_keeps_its_gateway():
    one = ALB.partition("---\n")[2].partition("---")[0].replace("PROTOCOL", "http")
    many = "---\n".join(
        one.replace("name: web, namespace", f"name: web{number}, namespace")
        .replace("a.example.com", f"h{number}.example.com")
        .replace("secretName: a", f"secretName: a{number}")
        for number in range(70)
    )
    result = convert_checked(ALB.partition("---\n")[0].replace("CONFIG", "{projects: [ALL_ALL]}") + "---\n" + many)
    [gateway] = [one.body for one in result.resources if one.kind == "Gateway"]
    assert [one["name"] for one in gateway["spec"]["listeners"]][:1] == ["https"]
    assert len(gateway["spec"]["listeners"][0]["tls"]["certificateRefs"]) == 64
    assert len(gateway["spec"]["listeners"]) == 1 + 70 - 64
    assert sum(one.kind == "HTTPRoute" for one in result.resources) == 70 + 1  # the last one answers 421
    assert all(
        "matchLabels" not in repr(one.get("allowedRoutes")) or "metadata.name" not in repr(one["allowedRoutes"])
        for one in gateway["spec"]["listeners"]
    )


SHARED_ALB = """
---
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: NAME, namespace: cpaas-system}
spec:
  config:
    networkMode: NETWORK
    replicas: 2
    nodeSelector: {zone: edge}
    projects: [ALL_ALL]
    gateway: {enable: true, mode: MODE, name: GATEWAY}
    vip: {enableLbSvc: true, lbSvcAnnotations: {metallb.universe.tf/address-pool: prod, metallb.universe.tf/loadBalancerIPs: 192.0.2.7}}
"""
POOL, FIXED = "metallb.universe.tf/address-pool", "metallb.universe.tf/loadBalancerIPs"


def _alb_of(mode: str, gateway: str, name: str = "mixed", network: str = "container") -> str:
    text = SHARED_ALB.replace("NAME", name).replace("MODE", mode).replace("GATEWAY", gateway)
    return text.replace("NETWORK", network)


def _own_proxy(bodies: list[dict[str, Any]]) -> Any:
    [found] = [one["spec"] for one in bodies if one["kind"] == "EnvoyProxy" and one["metadata"]["namespace"] == "demo"]
    return found


@pytest.mark.parametrize(
    ("mode", "gateway", "cls", "shared"),
    [
        ("standalone", "gw/demo", "exclusive-gateway", False),
        ("shared", "mixed", "mixed", True),
        ("shared", "other", "other", True),
    ],
    ids=str,
)
@pytest.mark.parametrize("preset", ["acp", ""])
def test_a_gateway_keeps_the_pods_and_the_pool_of_its_alb(mode, gateway, cls, shared, preset):
    result, bodies = handover_of(_alb_of(mode, gateway), cls, preset=preset)
    made = _own_proxy(bodies)["provider"]["kubernetes"]
    assert made["envoyDeployment"]["replicas"] == 2
    assert made["envoyDeployment"]["pod"]["nodeSelector"] == {"zone": "edge"}
    assert made["envoyService"]["type"] == "LoadBalancer"
    notes = made["envoyService"]["annotations"]
    assert notes[POOL] == "prod" and (FIXED in notes) == (not shared), "one address is not given to two Services"
    [said] = [one for one in result.findings if one.code == "gateway.address"]
    assert said.fidelity.value == "approximate" and ("shares the address" in said.message) == shared


def test_a_gateway_whose_alb_is_not_in_the_input_loses_its_address_with_a_word():
    result, bodies = handover_of(cls="exclusive-gateway", preset="acp")
    assert _own_proxy(bodies) == {}
    [said] = [one for one in result.findings if one.code == "gateway.address"]
    assert "not carried over" in said.message and "put the settings" in said.hint


def test_settings_of_an_alb_of_one_gateway_are_not_called_lost():
    result, _ = handover_of(_alb_of("standalone", "gw/demo"), preset="acp")
    lost = [one for one in result.findings if one.code == "load-balancer.no-proxy"]
    assert not lost
    [nodes] = [one for one in result.findings if one.origin.key == "spec.config.nodeSelector"]
    assert nodes.fields[0][:3] == ("EnvoyProxy", "demo", "gw")


def test_ports_of_a_gateway_that_changes_hands():
    """Port 8080 is not shifted, so the ALB has it on the same nodes."""
    result, _ = handover_of(_alb_of("shared", "mixed", network="host"), "mixed", preset="acp")
    [taken] = [one for one in result.findings if one.code == "listener.node-port-in-use"]
    assert "8080" in taken.message and taken.origin.object.kind == "Gateway"
    clashing = GATEWAY.replace("port: 8080", "port: 80").replace("gateway-metric, port: 11782", "x, port: 10080")
    result = convert_checked(clashing.replace("CLASS", "exclusive-gateway"), preset="acp")
    made = _own_proxy([one.body for one in result.resources])
    assert made["provider"]["kubernetes"]["useListenerPortAsContainerPort"] is True
