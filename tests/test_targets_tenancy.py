"""Namespaces: which may attach routes or listeners, and what is said where several claim one host."""

from __future__ import annotations

import pytest

from tests.targets_input import codes, finding, ingress, of, run

CONTROLLER = """
apiVersion: apps/v1
kind: Deployment
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
spec:
  selector: {{matchLabels: {{a: b}}}}
  template:
    metadata: {{labels: {{a: b}}}}
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args: [/nginx-ingress-controller, "{flag}"]
"""
NAME = "kubernetes.io/metadata.name"


def allowed(result) -> list:
    """What the listeners of the Gateway say of namespaces, each answer once."""
    [gateway] = of(result, "Gateway")
    found = [one.get("allowedRoutes", {}).get("namespaces") for one in gateway.body["spec"]["listeners"]]
    return [one for index, one in enumerate(found) if one not in found[:index]]


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
def test_listeners_for_every_namespace_are_said_with_the_narrow_form(target):
    result = run(ingress("web", [("/", "web")], tls="t"), target=target, gateway_namespace="infra")
    assert allowed(result) == [{"from": "All"}]
    one = finding(result, "gateway.every-namespace")
    assert "values: [shop]" in one.hint
    assert "host.claimed-by-age" not in codes(result)


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
def test_listeners_name_the_namespaces_where_that_is_asked_for(target):
    result = run(
        ingress("web", [("/", "web")], tls="t"),
        ingress("api", [("/", "api")], host="api.example.com", namespace="ops", tls="t"),
        target=target,
        allowed_namespaces="named",
    )
    expression = {"key": NAME, "operator": "In", "values": ["ops", "shop"]}
    if target == "gateway-api":  # a listener for each host
        assert {"from": "Selector", "selector": {"matchLabels": {NAME: "ops"}}} in allowed(result)
    else:
        assert allowed(result) == [{"from": "Selector", "selector": {"matchExpressions": [expression]}}]
    assert "gateway.every-namespace" not in codes(result)


@pytest.mark.parametrize(
    ("flag", "selector"),
    [
        ("--watch-namespace=shop", {"matchLabels": {NAME: "shop"}}),
        ("--watch-namespace-selector=team=a", {"matchLabels": {"team": "a"}}),
        (
            "--watch-namespace-selector=team in (a, b),!legacy,stage!=dev,ingress",
            {
                "matchExpressions": [
                    {"key": "team", "operator": "In", "values": ["a", "b"]},
                    {"key": "legacy", "operator": "DoesNotExist"},
                    {"key": "stage", "operator": "NotIn", "values": ["dev"]},
                    {"key": "ingress", "operator": "Exists"},
                ]
            },
        ),
    ],
)
@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
def test_a_controller_that_serves_some_namespaces_becomes_listeners_that_do(flag, selector, target):
    web = ingress("web", [("/", "web")], tls="t")
    result = run(CONTROLLER.format(flag=flag), web, target=target, gateway_namespace="infra")
    assert allowed(result) == [{"from": "Selector", "selector": selector}]
    assert "allowed-namespaces.kept" in codes(result)


def test_a_listed_namespace_without_the_label_is_named():
    space = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: a}}\n"
    flag = CONTROLLER.format(flag="--watch-namespace-selector=team=a")
    result = run(flag, space, ingress("web", [("/", "web")], tls="t"))
    assert allowed(result) == [{"from": "Selector", "selector": {"matchLabels": {"team": "a"}}}]


def test_hosts_of_several_namespaces_are_named():
    result = run(
        ingress("web", [("/", "web")]),
        ingress("api", [("/api", "api")], namespace="ops"),
        ingress("other", [("/", "other")], host="other.example.com"),
    )
    one = finding(result, "host.claimed-by-age")
    assert "shop.example.com (ops, shop)" in one.message
    assert "other.example.com" not in one.message


@pytest.mark.parametrize(("mode", "expected"), [("namespace", ["ops", "shop"]), ("host", [])])
def test_only_written_listener_sets_may_add_listeners(mode, expected):
    result = run(
        ingress("web", [("/", "web")], tls="t"),
        ingress("api", [("/", "api")], host="api.example.com", namespace="ops", tls="t"),
        listeners=mode,
    )
    [gateway] = of(result, "Gateway")
    assert sorted(one.namespace for one in of(result, "ListenerSet")) == expected
    found = gateway.body["spec"].get("allowedListeners")
    assert found == (
        {
            "namespaces": {
                "from": "Selector",
                "selector": {"matchExpressions": [{"key": NAME, "operator": "In", "values": expected}]},
            }
        }
        if expected
        else None
    )
