"""Switches of Envoy Gateway, as the EnvoyGatewayCtl of the chosen class has them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.complete import convert_checked

INPUT = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [ALL_ALL], networkMode: container}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {nginx.ingress.kubernetes.io/backend-protocol: HTTPS}}
spec:
  ingressClassName: alb
  tls: [{hosts: [a.example.com, b.example.com], secretName: a}]
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 443}}}}]}
  - host: b.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 443}}}}]}
"""
CONTROL = """
---
apiVersion: envoy-gateway.alauda.io/v1
kind: EnvoyGatewayCtl
metadata: {name: NAME, namespace: SPACE}
spec: {config: {envoyGateway: CONFIG}, deployment: {replicas: 1}}
"""
DEFAULT = ("envoy-gateway-operator", "cpaas-default")
SHOP = ("gateways", "shop")
ON = {"extensionApis": {"enableBackend": True}}


def control(where: tuple[str, str], config: Any) -> str:
    return CONTROL.replace("SPACE", where[0]).replace("NAME", where[1]).replace("CONFIG", json.dumps(config))


def switches(*controls: str, **options: Any) -> dict[str, Any]:
    result = convert_checked("".join((INPUT, *controls)), preset="acp", **options)
    return {one.origin.key: one for one in result.findings if one.code.startswith("preset.switch")}


@pytest.mark.parametrize(
    ("controls", "cls", "on", "place"),
    [
        ((), "", False, "EnvoyGatewayCtl cpaas-default (namespace envoy-gateway-operator)"),
        ((control(DEFAULT, ON),), "", True, "cpaas-default"),
        ((control(DEFAULT, {}),), "", False, "EnvoyGatewayCtl cpaas-default (namespace envoy-gateway-operator)"),
        ((control(SHOP, ON),), "", False, "EnvoyGatewayCtl cpaas-default (namespace envoy-gateway-operator)"),
        ((control(SHOP, ON), control(DEFAULT, {})), "gateways-shop", True, "shop"),
        (
            (control(SHOP, {}), control(DEFAULT, ON)),
            "gateways-shop",
            False,
            "EnvoyGatewayCtl shop (namespace gateways)",
        ),
        ((control(DEFAULT, ON),), "gateways-shop", False, "EnvoyGatewayCtl that made GatewayClass gateways-shop"),
        ((control(SHOP, {"extensionApis": None}),), "gateways-shop", False, "EnvoyGatewayCtl shop"),
        ((control(SHOP, []),), "gateways-shop", False, "EnvoyGatewayCtl shop"),
        (
            (control(SHOP, {"extensionApis": {"enableBackend": "true"}}),),
            "gateways-shop",
            False,
            "EnvoyGatewayCtl shop",
        ),
    ],
)
def test_the_switch_is_that_of_the_class(controls, cls, on, place):
    finding = switches(*controls, gateway_class=cls)["extensionApis.enableBackend"]
    assert finding.fidelity.value == ("exact" if on else "manual")
    assert place in (finding.message if on else finding.hint)


@pytest.mark.parametrize("on", [True, False])
def test_sets_of_listeners_need_a_switch_of_their_own(on):
    config = ON | ({"gatewayAPI": {"enabled": ["XListenerSet"]}} if on else {})
    finding = switches(control(DEFAULT, config), listeners="namespace")["gatewayAPI.enabled"]
    assert finding.fidelity.value == ("exact" if on else "manual")
    assert on or "add XListenerSet to gatewayAPI.enabled" in finding.hint


def test_sets_of_listeners_are_standard_in_later_versions():
    assert set(switches(listeners="namespace", target="envoy-gateway@1.9")) == {"extensionApis.enableBackend"}
