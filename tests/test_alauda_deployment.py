"""What the operator of Alauda ALB does beyond the written fields: versions, defaults, nodes, pods and Service."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from converter.packs.differences import standard_differences
from converter.pipeline.result import Result
from converter.sources.alauda_alb.fields import field_rows
from tests.complete import convert_checked
from tests.targets_input import codes

INPUT = """
apiVersion: VERSION
kind: ALB2
metadata: {name: alb, namespace: cpaas-system, annotations: NOTES}
spec: SPEC
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: alb
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {cpaas.io/project: retail}}
"""
OWN = ("master", "control-plane", "cpaas-system")
CONFIG: dict[str, Any] = {
    "loadbalancerName": "alb",
    "vip": {"enableLbSvc": True, "lbSvcAnnotations": {"metallb.universe.tf/address-pool": "p"}},
    "networkMode": "container",
    "nodeSelector": {"zone": "a"},
    "loadbalancerType": "nginx",
    "replicas": 2,
    "enableALb": True,
    "enablePrometheus": "true",
    "metricsPort": 11782,
    "enablePortprobe": "true",
    "enableIPV6": "false",
    "enableHTTP2": "false",
    "enableIngress": "true",
    "defaultIngressClass": True,
    "enableCrossClusters": "true",
    "enableGzip": "false",
    "defaultSSLCert": "cpaas-system/cert",
    "defaultSSLStrategy": "Both",
    "ingressHTTPPort": 11780,
    "ingressHTTPSPort": 11781,
    "ingressSSLRedirect": True,
    "ingressController": "alb2",
    "enableGoMonitor": False,
    "enableProfile": False,
    "goMonitorPort": 1937,
    "workerLimit": 8,
    "resyncPeriod": 300,
    "syncPolicyInterval": 1,
    "cleanMetricsInterval": 2592000,
    "backlog": 2048,
    "maxTermSeconds": 30,
    "interval": 5,
    "reloadtimeout": 600,
    "policyZip": False,
    "gateway": {"enable": True, "mode": "shared", "name": "alb"},
    "resources": {"alb": {"limits": {"cpu": "1", "memory": "1Gi"}}, "limits": {"cpu": "4"}},
    "projects": ["retail"],
    "enablePortProject": True,
    "portProjects": '[{"port":"113-333","projects":["retail"]}]',
    "antiAffinityKey": "system",
    "bindNIC": '{"nic":["eth0"]}',
    "overwrite": {"image": [{"alb": "a", "nginx": "b"}], "configmap": [{"name": "a/b"}]},
    "readonlyFS": True,
    "otel": {"enable": True, "otel": {"exporter": {"collector": {"address": "http://jaeger:4318"}}}},
    "modsecurity": {"enable": True, "useRecommend": True},
    "auth": {"basic": {"realm": "r", "secret": "shop/users", "secret_type": "auth-file", "auth_type": "basic"}},
    "timeout": {"proxy_read_timeout_ms": 1000},
    # values of the platform's chart
    "address": "192.0.2.1",
    "defaultAlb": True,
    "displayName": "",
    "operator": {"albImagePullPolicy": "Always"},
    "operatorDeployMode": "deployment",
    "operatorReplicas": 1,
}
"""Every field of `spec.config` (alb: pkg/apis/alauda/v2beta1/alb2_types.go, ExternalAlbConfig), set to something."""


DEFAULTS: dict[str, Any] = {
    "loadbalancerType": "nginx",
    "networkMode": "host",
    "replicas": 3,
    "enableGC": "false",
    "enableALb": True,
    "enableGCAppRule": "false",
    "enablePrometheus": "true",
    "enablePortprobe": "true",
    "enablePortProject": False,
    "nodeSelector": {},
    "enableIPV6": "true",
    "enableHTTP2": "true",
    "enableIngress": "true",
    "defaultIngressClass": False,
    "enableCrossClusters": "false",
    "enableGzip": "true",
    "defaultSSLCert": "",
    "defaultSSLStrategy": "Never",
    "ingressHTTPPort": 80,
    "ingressHTTPSPort": 443,
    "ingressController": "alb2",
    "metricsPort": 1936,
    "enableGoMonitor": False,
    "enableProfile": False,
    "goMonitorPort": 1937,
    "workerLimit": 8,
    "resyncPeriod": 300,
    "syncPolicyInterval": 1,
    "cleanMetricsInterval": 2592000,
    "backlog": 2048,
    "reloadtimeout": 600,
    "maxTermSeconds": 30,
    "policyZip": False,
    "gateway": {},
    "resources": {
        "limits": {"cpu": "2", "memory": "2Gi"},
        "requests": {"cpu": "50m", "memory": "128Mi"},
        "alb": {"limits": {"cpu": "200m", "memory": "2Gi"}, "requests": {"cpu": "50m", "memory": "128Mi"}},
    },
    "projects": ["retail"],
    "portProjects": "[]",
    "antiAffinityKey": "local",
    "bindNIC": "{}",
}
"""Every default of the operator (alb: pkg/operator/config/external.go, DefaultConfig), but for `projects`, which are []."""


def convert(
    config: Any, version: str = "v2beta1", notes: dict[str, str] | None = None, spec: dict[str, Any] | None = None
) -> Result:
    body = (spec or {}) | ({"type": "nginx"} if config is None else {"type": "nginx", "config": config})
    text = INPUT.replace("VERSION", f"crd.alauda.io/{version}").replace("NOTES", json.dumps(notes or {}))
    return convert_checked(text.replace("SPEC", json.dumps(body)), preset="acp", provenance=False)


def proxy(result: Result) -> Any:
    [found] = [one.body["spec"] for one in result.resources if one.kind == "EnvoyProxy"]
    return found


def pods(result: Result) -> Any:
    return proxy(result)["provider"]["kubernetes"]["envoyDeployment"]


def bodies(result: Result) -> list[str]:
    return [yaml.safe_dump(one.body) for one in result.resources]


@pytest.mark.parametrize(
    "path", [path for path, row in field_rows()["ALB2"].items() if row.default is not None], ids=lambda path: path[12:]
)
@pytest.mark.parametrize("version", ["v2beta1", "v2"])
@pytest.mark.parametrize("network", ["host", "container"])
def test_a_default_is_the_same_written_or_not(path, version, network):
    key, default = path.removeprefix("spec.config."), field_rows()["ALB2"][path].default
    rest = {"projects": ["retail"]} | ({} if key == "networkMode" else {"networkMode": network})
    written = convert(rest | {key: default}, version)
    assert bodies(convert(rest, version)) == bodies(written)
    assert "field.unknown" not in codes(written)


@pytest.fixture(scope="module")
def unwritten() -> Result:
    return convert({"projects": ["retail"]})


@pytest.mark.parametrize("key", DEFAULTS)
def test_a_default_of_the_operator_says_nothing_where_it_is_written(key, unwritten):
    written = convert({"projects": ["retail"], key: DEFAULTS[key]})
    assert bodies(written) == bodies(unwritten)
    lossy = [
        sorted((f.code, f.message) for f in one.findings if not f.fidelity.lossless) for one in (written, unwritten)
    ]
    assert lossy[0] == lossy[1]


def test_all_defaults_at_once(unwritten):
    assert bodies(convert(DEFAULTS)) == bodies(unwritten)


def test_logs_are_a_standard_difference(unwritten):
    [found] = [one for one in unwritten.findings if one.code == "logs.format"]
    [row] = [one for one in standard_differences("alauda-alb") if "logs.format" in one.codes]
    assert row.covers(found)


@pytest.mark.parametrize("key", CONFIG)
@pytest.mark.parametrize("version", ["v2beta1", "v2"])
def test_every_field_is_known(key, version):
    result = convert({"projects": ["ALL_ALL"]} | {key: CONFIG[key]}, version)
    assert not [one for one in result.findings if one.fidelity.value == "unknown"], key


def test_old_fields_and_words_of_the_chart_are_known():
    notes = {
        "alb.cpaas.io/migrate-backup": '{"projects": ["retail"], "networkMode": "container", "replicas": 5}',
        "helm.sh/waitResources": "[]",
        "update-mode": "put",
    }
    result = convert(None, "v1", notes, {"bind_address": "*", "domains": ["a"], "iaas_id": "x", "address": "192.0.2.1"})
    assert not [one for one in result.findings if one.fidelity.value == "unknown"]
    assert "alb2.config-missing" not in codes(result)
    assert pods(result)["replicas"] == 5 and "patch" not in pods(result), "settings stand in the annotation"


@pytest.mark.parametrize("version", ["v1", "v2beta1", "v2"])
def test_settings_that_nobody_sees_are_not_taken_for_absent(version):
    result = convert(None, version)
    [missing] = [one for one in result.findings if one.code == "alb2.config-missing"]
    assert missing.fidelity.value == "manual" and "v2beta1" in missing.hint
    assert any(one.kind == "HTTPRoute" for one in result.resources)


def test_the_network_of_the_nodes_is_the_default():
    made = pods(convert({"projects": ["retail"]}))
    assert made["patch"]["value"]["spec"]["template"]["spec"]["hostNetwork"] is True
    assert made["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}}
    assert made["replicas"] == 3
    assert [one["key"].rpartition("/")[2] for one in made["pod"]["tolerations"]] == [*OWN, "not-ready"]
    assert "requiredDuringSchedulingIgnoredDuringExecution" in made["pod"]["affinity"]["podAntiAffinity"]
    container = pods(convert({"projects": ["retail"], "networkMode": "container"}))
    assert "strategy" not in container and "patch" not in container
    assert "preferredDuringSchedulingIgnoredDuringExecution" in container["pod"]["affinity"]["podAntiAffinity"]


def test_pods_with_the_network_of_nodes_keep_apart_by_a_label_of_their_own():
    """The label of the ALB would keep its own pods off the nodes of Envoy while both run."""
    made = pods(convert({"projects": ["retail"], "antiAffinityKey": "system"}))["pod"]
    [term] = made["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert term["labelSelector"]["matchLabels"] == made["labels"] == {"ing2gw/anti-affinity": "system"}


@pytest.mark.parametrize(
    ("config", "family", "policy"),
    [
        ({}, "DualStack", "PreferDualStack"),
        ({"enableIPV6": "true"}, "DualStack", "PreferDualStack"),
        ({"enableIPV6": "false"}, "IPv4", None),
        ({"vip": {"enableLbSvc": True}}, "DualStack", "PreferDualStack"),
        ({"vip": {"lbSvcIpFamilyPolicy": "SingleStack"}}, "DualStack", "SingleStack"),
        ({"vip": {"lbSvcIpFamilyPolicy": "RequireDualStack"}}, "DualStack", "RequireDualStack"),
    ],
    ids=str,
)
@pytest.mark.parametrize("network", ["host", "container"])
def test_ip_families(config, family, policy, network):
    """Envoy Gateway makes the Service RequireDualStack, which a cluster of one family refuses: a patch undoes that."""
    made = proxy(convert({"projects": ["retail"], "networkMode": network} | config))
    assert made["ipFamily"] == family
    patch = made["provider"]["kubernetes"].get("envoyService", {}).get("patch")
    if policy is None:
        assert patch is None
    else:
        assert patch["value"]["spec"] == {"ipFamilyPolicy": policy, "ipFamilies": []}


INFRA = {"key": "node-role.kubernetes.io/infra", "operator": "Equal", "value": "reserved", "effect": "NoSchedule"}


@pytest.mark.parametrize(
    ("notes", "expected", "fidelity"),
    [
        ({"alb.cpaas.io/toleration": json.dumps([INFRA])}, [*OWN, "not-ready", "infra"], "approximate"),
        ({"alb.cpaas.io/toleration": "yes"}, [*OWN, "not-ready"], "manual"),
        ({"alb.cpaas.io/toleration": "{}"}, [*OWN, "not-ready"], "manual"),
        ({"tolerate-all": ""}, [""], "exact"),
        ({"tolerate-all": "true"}, [""], "exact"),
    ],
    ids=str,
)
def test_tolerations(notes, expected, fidelity):
    result = convert({"projects": ["retail"]}, notes=notes)
    made = pods(result)["pod"]["tolerations"]
    assert [one.get("key", "").rpartition("/")[2] for one in made] == expected
    about = [one.fidelity.value for one in result.findings if next(iter(notes)) in one.origin.key]
    assert about in ([fidelity], []) and (about or not next(iter(notes.values())))


def test_annotations_of_pods():
    result = convert({"projects": ["retail"]}, notes={"alb.cpaas.io/pod-annotations": '{"a.b/enabled": "true"}'})
    assert pods(result)["pod"]["annotations"] == {"a.b/enabled": "true"}
    wrong = convert({"projects": ["retail"]}, notes={"alb.cpaas.io/pod-annotations": "[]"})
    assert "annotations" not in pods(wrong)["pod"]
    assert any(one.fidelity.value == "manual" and "pod-annotations" in one.origin.key for one in wrong.findings)


@pytest.mark.parametrize("port", [None, 1936, 11782])
def test_health_checks_of_a_balancer_in_front_are_named(port):
    result = convert({"projects": ["retail"]} | ({"metricsPort": port} if port else {}))
    [check] = [one for one in result.findings if one.code == "load-balancer.health-check"]
    assert str(port or 1936) in check.message and "19003" in check.hint
    inside = convert({"projects": ["retail"], "networkMode": "container"})
    assert "load-balancer.health-check" not in codes(inside)


@pytest.mark.parametrize("clusters", [None, "true", "false"])
def test_endpoints_take_turns_whatever_is_written(clusters):
    result = convert({"projects": ["retail"]} | ({"enableCrossClusters": clusters} if clusters else {}))
    [policy] = [one.body["spec"] for one in result.resources if one.kind == "BackendTrafficPolicy"]
    assert policy["loadBalancer"] == {"type": "RoundRobin"}


@pytest.mark.parametrize("nothing", [0, "0", "", None], ids=repr)
def test_a_resource_of_nothing_is_the_default(nothing):
    result = convert({"projects": ["retail"], "resources": {"limits": {"cpu": nothing, "memory": "4Gi"}}})
    assert pods(result)["container"]["resources"]["limits"] == {"cpu": "2", "memory": "4Gi"}


CLUSTER = """
---
apiVersion: GROUP
kind: Cluster
metadata: {name: main, annotations: {cpaas.io/alb-bind-nic: '{"nic":["eth0"]}', cpaas.io/alb-enable-ipv6: '"false"'}}
spec: {anything: true}
"""


@pytest.mark.parametrize("group", ["platform.tkestack.io/v1", "clusterregistry.k8s.io/v1alpha1", "cluster.x-k8s.io/v1"])
def test_annotations_of_the_cluster(group):
    """The platform takes them over into its own ALBs; a Cluster of another project has none."""
    text = INPUT.replace("VERSION", "crd.alauda.io/v2").replace("NOTES", "{}").replace("SPEC", "{config: {}}")
    result = convert_checked(text + CLUSTER.replace("GROUP", group), preset="acp")
    said = {one.origin.key: one.fidelity.value for one in result.findings if "cpaas.io/alb-" in one.origin.key}
    expected = {"cpaas.io/alb-bind-nic": "manual", "cpaas.io/alb-enable-ipv6": "approximate"}
    known = {f"metadata.annotations.{key}": word for key, word in expected.items()}
    assert said == ({} if group.startswith("cluster.x") else known)
