"""Which Ingresses the ingress-nginx controllers of an input serve, and what becomes of their Services and scale."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.pipeline.run import Result, convert
from converter.sources.ingress_nginx.selectors import matches_selector

SELECTORS = [
    ("a=b", True), ("a==b", True), ("a!=b", False), ("x!=b", True), ("a in (b, c)", True), ("a notin (b,c)", False),
    ("x notin (b)", True), ("a", True), ("!a", False), ("!x", True), ("a=b,c=d", True), ("a=b,c=e", False),
    ("a in (b),c", True), ("x in (b)", False), ("a = ", False), ("=", False),
]  # fmt: skip


@pytest.mark.parametrize(("selector", "holds"), SELECTORS)
def test_selector(selector: str, holds: bool) -> None:
    assert matches_selector(selector, {"a": "b", "c": "d"}) is holds


def ingress(class_name: str | None = "nginx", host: str = "a.example.com", **metadata: Any) -> dict[str, Any]:
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "web", "port": {"number": 80}}}}
    spec: dict[str, Any] = {"rules": [{"host": host, "http": {"paths": [path]}}]}
    if class_name is not None:
        spec["ingressClassName"] = class_name
    meta = {"name": host.partition(".")[0], "namespace": "shop", **metadata}
    return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}


def workload(name: str = "c", namespace: str = "ingress", *flags: str, **spec: Any) -> dict[str, Any]:
    container = {"name": "controller", "image": "registry.k8s.io/ingress-nginx/controller:v1.15.1",
                 "args": ["/nginx-ingress-controller", *flags]}  # fmt: skip
    template = {"metadata": {"labels": {"app": name}}, "spec": {"containers": [container], **spec.pop("pod", {})}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace},
            "spec": {"template": template, **spec}}  # fmt: skip


def ingress_class(name: str, controller: str) -> dict[str, Any]:
    return {"apiVersion": "networking.k8s.io/v1", "kind": "IngressClass", "metadata": {"name": name},
            "spec": {"controller": controller}}  # fmt: skip


def service(annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    ports = [{"name": "http", "port": 80, "targetPort": "http"}, {"name": "https", "port": 443, "targetPort": "https"}]
    return {"apiVersion": "v1", "kind": "Service",
            "metadata": {"name": "lb", "namespace": "ingress", "annotations": annotations or {}},
            "spec": {"type": "LoadBalancer", "selector": {"app": "c"}, "ports": ports, **spec}}  # fmt: skip


def run(tmp_path: Path, *documents: object, reverse: bool = False) -> Result:
    listed = list(reversed(documents)) if reverse else list(documents)
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all(listed))
    result = convert([str(tmp_path / "in.yaml")])
    assert not [one for one in result.findings if one.code.startswith("internal.")]
    return result


def hosts(result: Result) -> set[str]:
    return {name for one in result.resources if one.kind == "HTTPRoute" for name in one.body["spec"]["hostnames"]}


def proxy(result: Result) -> dict[str, Any]:
    (found,) = [one.body["spec"] for one in result.resources if one.kind == "EnvoyProxy"]
    kubernetes: dict[str, Any] = found["provider"]["kubernetes"]
    return kubernetes


@pytest.mark.parametrize(("given", "served"), [
    (ingress("traefik", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"}), False),
    (ingress("kong", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"}), False),
    (ingress("own", annotations={"nginx.ingress.kubernetes.io/ssl-redirect": "false"}), True),
    (ingress("webapprouting.kubernetes.azure.com"), True),
])  # fmt: skip
def test_class_decides(given: dict[str, Any], served: bool, tmp_path: Path) -> None:
    assert hosts(run(tmp_path, given)) == ({"a.example.com"} if served else set())


@pytest.mark.parametrize("reverse", [False, True])
def test_two_controllers_keep_their_own_settings(reverse: bool, tmp_path: Path) -> None:
    texts = []
    for name in ("in", "out"):
        texts += [
            workload(name, f"ns-{name}", f"--controller-class=x/{name}", f"--configmap=ns-{name}/cm"),
            ingress_class(name, f"x/{name}"),
            ingress(name, f"{name}.example.com"),
        ]
    lists = {"whitelist-source-range": "10.0.0.0/8"}
    texts.append(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "cm", "namespace": "ns-out"}, "data": lists}
    )
    result = run(tmp_path, *texts, reverse=reverse)
    assert {one.name for one in result.resources if one.kind == "Gateway"} == {"in", "out"}
    policies = [one for one in result.resources if one.kind == "SecurityPolicy"]
    assert policies
    assert all("in.example.com" not in str(one.body) and "'name': 'in'" not in str(one.body) for one in policies)


@pytest.mark.parametrize(("flag", "document", "served"), [
    ("--watch-namespace=other", ingress(), False),
    ("--watch-namespace=shop", ingress(), True),
    ("--watch-namespace-selector=team=a", ingress(), False),
    ("--watch-namespace-selector=team!=a", ingress(), True),
    ("--disable-catch-all=true", ingress(), True),
    ("--v=2", ingress(None), False),
    ("--watch-ingress-without-class", ingress(None), True),
])  # fmt: skip
def test_flags_decide(flag: str, document: dict[str, Any], served: bool, tmp_path: Path) -> None:
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "shop", "labels": {"team": "b"}}}
    result = run(tmp_path, workload("c", "ingress", flag), namespace, document, ingress(host="b.example.com"),
                 ingress_class("nginx", "k8s.io/ingress-nginx"))  # fmt: skip
    assert ("a.example.com" in hosts(result)) is served


def test_catch_all_is_not_served(tmp_path: Path) -> None:
    document = ingress()
    document["spec"]["defaultBackend"] = {"service": {"name": "web", "port": {"number": 80}}}
    result = run(tmp_path, workload("c", "ingress", "--disable-catch-all"), document)
    assert not hosts(result)
    assert any("--disable-catch-all" in one.message for one in result.findings)


@pytest.mark.parametrize(("given", "field", "value"), [
    ({"loadBalancerIP": "10.0.0.4"}, "loadBalancerIP", "10.0.0.4"),
    ({"loadBalancerSourceRanges": ["10.0.0.0/8"]}, "loadBalancerSourceRanges", ["10.0.0.0/8"]),
    ({"loadBalancerClass": "x/y"}, "loadBalancerClass", "x/y"),
    ({"externalTrafficPolicy": "Local"}, "externalTrafficPolicy", "Local"),
    ({"allocateLoadBalancerNodePorts": False}, "allocateLoadBalancerNodePorts", False),
    ({"type": "NodePort"}, "type", "NodePort"),
])  # fmt: skip
def test_field_of_the_service(given: dict[str, Any], field: str, value: object, tmp_path: Path) -> None:
    result = run(tmp_path, workload(), service(**given), ingress())
    assert proxy(result)["envoyService"][field] == value
    assert [one for one in result.findings if one.origin.key == f"spec.{next(iter(given))}"]


def test_annotations_of_the_service(tmp_path: Path) -> None:
    notes = {"cloud/internal": "true", "x/health-probe-request-path": "/up", "meta.helm.sh/release-name": "r"}
    result = run(tmp_path, workload(), service(notes), ingress())
    assert proxy(result)["envoyService"]["annotations"] == {
        "cloud/internal": "true",
        "x/health-probe-request-path": "/up",
    }
    policies = [one.body["spec"] for one in result.resources if one.kind == "ClientTrafficPolicy"]
    assert all(one["healthCheck"] == {"path": "/up"} for one in policies)
    assert set(notes) <= {one.origin.key for one in result.findings}


def test_scale_and_pods(tmp_path: Path) -> None:
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
              "metadata": {"name": "h", "namespace": "ingress"},
              "spec": {"minReplicas": 2, "maxReplicas": 5, "scaleTargetRef": {"kind": "Deployment", "name": "c"}}}  # fmt: skip
    budget = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", "metadata": {"name": "b", "namespace": "ingress"},
              "spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "c"}}}}  # fmt: skip
    pod = {"nodeSelector": {"edge": "yes"}, "tolerations": [{"key": "edge", "operator": "Exists"}]}
    found = proxy(run(tmp_path, workload(replicas=3, pod=pod), scaler, budget, ingress()))
    assert found["envoyHpa"] == {"minReplicas": 2, "maxReplicas": 5}
    assert found["envoyPDB"] == {"minAvailable": 1}
    assert found["envoyDeployment"]["pod"] == pod
    assert "replicas" not in found["envoyDeployment"]
    assert proxy(run(tmp_path, workload(replicas=3), ingress()))["envoyDeployment"]["replicas"] == 3


def test_source_ranges_that_are_lost_close_the_gateway(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(
        yaml.safe_dump_all([workload(), service(loadBalancerSourceRanges=["10.0.0.0/8"]), ingress()])
    )
    from converter.model.options import Options

    result = convert([str(tmp_path / "in.yaml")], Options(target="gateway-api"))
    (own,) = [one for one in result.findings if one.origin.key == "spec.loadBalancerSourceRanges"]
    assert own.protects
    assert own.fidelity.value in ("manual", "unsupported")
    assert not [one for one in result.resources if one.kind == "HTTPRoute" and "backendRefs" in str(one.body)]


def test_daemon_set_with_host_ports(tmp_path: Path) -> None:
    document = workload()
    document["kind"] = "DaemonSet"
    (container,) = document["spec"]["template"]["spec"]["containers"]
    container["ports"] = [{"name": "http", "containerPort": 80, "hostPort": 80},
                          {"name": "https", "containerPort": 443, "hostPort": 8443}]  # fmt: skip
    found = proxy(run(tmp_path, document, ingress()))
    assert "envoyDeployment" not in found
    (envoy,) = found["envoyDaemonSet"]["patch"]["value"]["spec"]["template"]["spec"]["containers"]
    assert envoy == {"name": "envoy", "ports": [{"containerPort": 10080, "hostPort": 80},
                                                {"containerPort": 10443, "hostPort": 8443}]}  # fmt: skip
    assert found["envoyService"]["type"] == "ClusterIP"


def test_daemon_set_alone(tmp_path: Path) -> None:
    document = workload()
    document["kind"] = "DaemonSet"
    assert proxy(run(tmp_path, document, ingress())) == {"envoyDaemonSet": {"pod": {}}}


def test_fields_that_need_a_patch(tmp_path: Path) -> None:
    given = service(externalIPs=["192.0.2.1"], sessionAffinity="ClientIP", trafficDistribution="PreferClose")
    given["spec"]["ports"][0]["nodePort"] = 30080
    result = run(tmp_path, workload(), given, ingress())
    patch = proxy(result)["envoyService"]["patch"]
    assert patch == {
        "type": "StrategicMerge",
        "value": {
            "spec": {
                "externalIPs": ["192.0.2.1"],
                "sessionAffinity": "ClientIP",
                "trafficDistribution": "PreferClose",
                "ports": [{"port": 80, "nodePort": 30080}],
            }
        },
    }
    keys = {one.origin.key for one in result.findings}
    assert {"spec.externalIPs", "spec.sessionAffinity", "spec.trafficDistribution", "spec.ports[80].nodePort"} <= keys


def test_placement_means_the_pods_of_envoy(tmp_path: Path) -> None:
    own = {"labelSelector": {"matchLabels": {"app": "c"}}, "topologyKey": "kubernetes.io/hostname"}
    other = {"labelSelector": {"matchLabels": {"app": "noisy"}}, "topologyKey": "kubernetes.io/hostname"}
    nodes = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": []}]}}
    pod = {"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [own, other]},
                        "nodeAffinity": nodes},
           "topologySpreadConstraints": [{"maxSkew": 1, "whenUnsatisfiable": "ScheduleAnyway", **own}]}  # fmt: skip
    found = proxy(run(tmp_path, workload(pod=pod), ingress()))["envoyDeployment"]["pod"]
    labels = {"app.kubernetes.io/component": "proxy", "app.kubernetes.io/managed-by": "envoy-gateway"}
    first, second = found["affinity"]["podAntiAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    assert first["labelSelector"] == {"matchLabels": labels}
    assert second == other
    assert found["affinity"]["nodeAffinity"] == nodes
    assert found["topologySpreadConstraints"][0]["labelSelector"] == {"matchLabels": labels}


@pytest.mark.parametrize(("key", "text", "kept"), [
    ("service.beta.kubernetes.io/aws-load-balancer-healthcheck-port", "10254", False),
    ("service.beta.kubernetes.io/aws-load-balancer-healthcheck-port", "traffic-port", True),
    ("service.beta.kubernetes.io/aws-load-balancer-healthcheck-path", "/healthz", True),
    ("service.beta.kubernetes.io/port_80_health-probe_port", "10254", False),
])  # fmt: skip
def test_health_port_of_the_controller_is_not_probed(key: str, text: str, kept: bool, tmp_path: Path) -> None:
    result = run(tmp_path, workload(), service({key: text}), ingress())
    assert (key in proxy(result)["envoyService"].get("annotations", {})) is kept
    assert [one for one in result.findings if one.origin.key == key]


@pytest.mark.parametrize("key", [
    "service.beta.kubernetes.io/alibaba-cloud-loadbalancer-health-check-uri",
    "service.beta.kubernetes.io/do-loadbalancer-healthcheck-path",
    "service.beta.kubernetes.io/port_443_health-probe_request-path",
])  # fmt: skip
def test_path_of_a_probe_is_served(key: str, tmp_path: Path) -> None:
    result = run(tmp_path, workload(), service({key: "/up"}), ingress())
    policies = [one.body["spec"] for one in result.resources if one.kind == "ClientTrafficPolicy"]
    assert policies
    assert all(one["healthCheck"] == {"path": "/up"} for one in policies)


def test_second_service_is_named(tmp_path: Path) -> None:
    second = service({"cloud/internal": "true"})
    second["metadata"]["name"] = "lb-internal"
    result = run(tmp_path, workload(), service(), second, ingress())
    (own,) = [one for one in result.findings if one.code == "load-balancer.second-service"]
    assert own.origin.object is not None
    assert own.origin.object.name == "lb-internal"


def test_metric_of_one_container(tmp_path: Path) -> None:
    metric = {"type": "ContainerResource",
              "containerResource": {"name": "cpu", "container": "controller", "target": {"type": "Utilization"}}}  # fmt: skip
    scaler = {"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler",
              "metadata": {"name": "h", "namespace": "ingress"},
              "spec": {"maxReplicas": 5, "metrics": [metric], "scaleTargetRef": {"kind": "Deployment", "name": "c"}}}  # fmt: skip
    (written,) = proxy(run(tmp_path, workload(), scaler, ingress()))["envoyHpa"]["metrics"]
    assert written["containerResource"]["container"] == "envoy"
