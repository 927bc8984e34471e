"""Projects of Alauda Container Platform: which namespaces may attach routes to which listeners, and what is said of it."""

from __future__ import annotations

from typing import Any

import click
import pytest

from converter.cli.gateway_namespaces import gateway_namespaces
from converter.pipeline.result import Result
from tests.command import invoke
from tests.complete import convert_checked

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: edge, namespace: cpaas-system, labels: {LABELS}}
spec: {type: nginx, config: {networkMode: container, CONFIG}}
"""
FRONTEND = """
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: edge-NUMBER, namespace: cpaas-system, labels: {alb2.cpaas.io/name: edge, LABELS}}
spec: {port: PORT, protocol: PROTOCOL}
"""
NAMESPACE = """
---
apiVersion: v1
kind: Namespace
metadata: {name: NAME, labels: {cpaas.io/project: PROJECT}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: NAME}
spec:
  ingressClassName: edge
  tls: [{hosts: [secure-NAME.example.com], secretName: cert}]
  rules:
  - host: NAME.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
  - host: secure-NAME.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def alb(config: str, labels: str = "") -> str:
    return ALB.replace("CONFIG", config).replace("LABELS", labels)


def frontend(port: int, labels: str = "", protocol: str = "") -> str:
    text = FRONTEND.replace("NUMBER", f"{port:05d}").replace("PORT", str(port)).replace("LABELS", labels)
    return text.replace("PROTOCOL", protocol or ("https" if port == 443 else "http"))


def namespace(name: str, project: str) -> str:
    return NAMESPACE.replace("NAME", name).replace("PROJECT", project)


def converted(*documents: str, **options: Any) -> Result:
    return convert_checked("".join(documents), preset="acp", **options)


def admitted(result: Result) -> dict[int, Any]:
    """Port -> who may attach to its listeners."""
    [gateway] = [one.body for one in result.resources if one.kind == "Gateway"]
    return {one["port"]: one["allowedRoutes"]["namespaces"] for one in gateway["spec"]["listeners"]}


def told(result: Result, key: str) -> list[tuple[str, str]]:
    return [(one.fidelity.value, one.message) for one in result.findings if one.origin.key.endswith(key)]


ALL = {"from": "All"}


def only(*projects: str) -> dict[str, Any]:
    if len(projects) == 1:
        return {"from": "Selector", "selector": {"matchLabels": {"cpaas.io/project": projects[0]}}}
    expression = {"key": "cpaas.io/project", "operator": "In", "values": list(projects)}
    return {"from": "Selector", "selector": {"matchExpressions": [expression]}}


@pytest.mark.parametrize(
    ("projects", "scope", "words"),
    [
        ("[ALL_ALL]", ALL, "the listeners take routes of all namespaces"),
        ("[retail]", only("retail"), "the listeners take routes of namespaces with cpaas.io/project retail"),
        (
            "[retail, logistics]",
            only("retail", "logistics"),
            "the listeners take routes of namespaces with cpaas.io/project retail or logistics",
        ),
        ("[retail, ALL_ALL]", ALL, "the listeners take routes of all namespaces"),
    ],
)
def test_projects_of_the_alb_decide_for_all_listeners(projects, scope, words) -> None:
    result = converted(alb(f"projects: {projects}"), namespace("shop", "retail"))
    assert admitted(result) == {80: scope, 443: scope}
    assert told(result, "spec.config.projects") == [("exact", words)]


def test_in_port_mode_each_port_takes_routes_of_its_own_projects() -> None:
    shared = 'project.cpaas.io/retail: "true"'
    result = converted(
        alb("projects: [finance], enablePortProject: true", "cpaas.io/role: port"),
        frontend(80, shared),
        frontend(443, f'{shared}, project.cpaas.io/logistics: "true"'),
        frontend(8080, "project.cpaas.io/name: ALL_ALL"),
        namespace("shop", "retail"),
    )
    assert admitted(result) == {80: only("retail"), 443: only("retail", "logistics"), 8080: ALL}
    assert told(result, "config.projects") == [
        ("obsolete", "has no effect: the role of the ALB2 gives projects by port")
    ]
    assert told(result, "project.cpaas.io/retail")[0] == (
        "exact",
        "the listeners of port 80 take routes of namespaces with cpaas.io/project retail",
    )
    assert told(result, "/role") == [
        ("exact", "projects are given by port: each listener takes routes of the projects of its port")
    ]


def test_ranges_of_ports_count_where_the_frontends_have_no_labels_yet() -> None:
    ranges = (
        """portProjects: '[{"port":"80","projects":["retail"]},{"port":"400-500","projects":["retail","logistics"]}]'"""
    )
    result = converted(alb(ranges, "cpaas.io/role: port"), frontend(80), frontend(443), namespace("shop", "retail"))
    assert admitted(result) == {80: only("retail"), 443: only("retail", "logistics")}
    assert all(fidelity == "exact" for fidelity, _ in told(result, "portProjects"))


def test_labels_of_ports_have_no_effect_beside_the_projects_of_an_instance() -> None:
    result = converted(
        alb("projects: [retail], enablePortProject: true", "cpaas.io/role: instance"),
        frontend(80, 'project.cpaas.io/logistics: "true"'),
        namespace("shop", "retail"),
    )
    assert set(map(str, admitted(result).values())) == {str(only("retail"))}
    assert [fidelity for fidelity, _ in told(result, "project.cpaas.io/logistics")] == ["obsolete"]
    assert [fidelity for fidelity, _ in told(result, "enablePortProject")] == ["obsolete"]


def test_no_sentence_says_all_namespaces_beside_a_selector() -> None:
    for labels in ("cpaas.io/role: port", "cpaas.io/role: instance", ""):
        result = converted(
            alb("projects: [retail], enablePortProject: true", labels),
            frontend(80, 'project.cpaas.io/retail: "true"'),
            frontend(443, 'project.cpaas.io/retail: "true"'),
            namespace("shop", "retail"),
        )
        assert ALL not in admitted(result).values()
        assert not [one for one in result.findings if "all namespaces" in f"{one.message} {one.hint}"]


OWN = """
---
apiVersion: v1
kind: Namespace
metadata: {name: shop-gateway, labels: {cpaas.io/project: retail}}
"""


def gateways(result: Result) -> dict[str, str]:
    return {one.name: one.namespace for one in result.resources if one.kind == "Gateway"}


def access(result: Result) -> list[str]:
    return [f"{one.message}; {one.hint}" for one in result.findings if one.code == "preset.gateway-access"]


def test_a_gateway_of_one_project_is_offered_its_namespace() -> None:
    documents = alb("projects: [retail]"), namespace("shop", "retail")
    [words] = access(converted(*documents))
    assert "users of project retail" in words
    assert "--gateway-namespace retail=NAMESPACE" in words
    for spaces in ((("retail", "shop-gateway"),), (("edge", "shop-gateway"),)):
        own = converted(*documents, OWN, gateway_namespaces=spaces)
        assert gateways(own) == {"edge": "shop-gateway"}
        assert access(own) == []
        assert admitted(own) == {80: only("retail"), 443: only("retail")}
        grants = [one.body["spec"] for one in own.resources if one.kind == "ReferenceGrant"]
        assert {one["namespace"] for spec in grants for one in spec["from"]} == {"shop-gateway"}


@pytest.mark.parametrize(
    ("projects", "words"),
    [("[retail, logistics]", "users of projects retail and logistics"), ("[ALL_ALL]", "users of the projects")],
)
def test_a_shared_gateway_is_for_administrators(projects, words) -> None:
    documents = alb(f"projects: {projects}"), namespace("shop", "retail")
    [text] = access(converted(*documents))
    assert words in text
    assert "--gateway-namespace edge=NAMESPACE" in text
    assert gateways(converted(*documents, gateway_namespaces=(("retail", "shop-gateway"),))) == {
        "edge": "envoy-gateway-operator"
    }


@pytest.mark.parametrize(
    ("given", "found"),
    [
        (["gw"], ("gw", ())),
        (["retail=shop-gw", "logistics=trucks"], ("", (("retail", "shop-gw"), ("logistics", "trucks")))),
        (["retail=shop-gw,gw"], ("gw", (("retail", "shop-gw"),))),
        ("retail=shop-gw, gw", ("gw", (("retail", "shop-gw"),))),
    ],
)
def test_namespaces_are_given_for_all_and_for_single_gateways(given, found) -> None:
    assert gateway_namespaces(given, lambda key, words: click.UsageError(f"{key} {words}")) == found


@pytest.mark.parametrize("given", [["A_b"], ["retail="], ["=gw"], ["retail=a", "retail=b"], ["a", "b"]])
def test_what_is_no_namespace_is_refused(given, tmp_path) -> None:
    (tmp_path / "input.yaml").write_text(alb("projects: [retail]"))
    done = invoke(["convert", "input.yaml", *(f"--gateway-namespace={one}" for one in given)], tmp_path)
    assert done.code == 2
    assert "--gateway-namespace " in done.err


PROXY = """
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: demo, namespace: demo}
spec: {provider: {type: Kubernetes, kubernetes: {envoyDeployment: {container: {imageRepository: IMAGE}}}}}
"""


def images(result: Result) -> list[Any]:
    specs = [one.body["spec"] for one in result.resources if one.kind == "EnvoyProxy"]
    deployments = [spec.get("provider", {}).get("kubernetes", {}).get("envoyDeployment", {}) for spec in specs]
    return [one.get("container", {}).get("imageRepository") for one in deployments]


def test_the_image_of_the_platform_is_kept_or_asked_for() -> None:
    documents = alb("projects: [retail]"), namespace("shop", "retail")
    first, second = (PROXY.replace("IMAGE", f"registry.example.com/{name}/envoy") for name in ("a", "b"))
    for more, image, fidelity in (
        ("", None, "approximate"),
        (first, "registry.example.com/a/envoy", "exact"),
        (first + second.replace("name: demo", "name: other"), None, "approximate"),
    ):
        result = converted(*documents, more)
        assert images(result) == [image]
        assert [one.fidelity.value for one in result.findings if one.code == "preset.image"] == [fidelity]
