"""One kind of route for a hostname of a listener, where an implementation may refuse two."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from converter.pipeline.result import Result
from tests.targets_input import ingress, of, run

GRPC = {"nginx.ingress.kubernetes.io/backend-protocol": "GRPC"}
HOSTS = ("api.example.com", "*.example.com", "*.com", "other.org", "")
PATHS = (("/shop.Cart/Add", "Exact"), ("/shop.Cart/", "Prefix"), ("/", "Prefix"))
SERVICE = (
    "apiVersion: v1\nkind: Service\nmetadata: {name: cart, namespace: shop}\n"
    "spec: {ports: [{port: 80, appProtocol: kubernetes.io/h2c}]}"
)


def places(result: Result, kind: str) -> Iterator[tuple[str, str]]:
    """Section and hostname of each route."""
    for one in of(result, kind):
        for parent in one.body["spec"]["parentRefs"]:
            for host in one.body["spec"].get("hostnames") or [""]:
                yield parent["sectionName"], host


def intersect(one: str, other: str) -> bool:
    """Gateway API: a name is covered by `*.domain` at any depth, and a route without hostnames takes all."""
    if not one or not other or one == other:
        return True
    return any(a.startswith("*.") and b.removeprefix("*").endswith(a[1:]) for a, b in ((one, other), (other, one)))


def mixed(result: Result) -> list[tuple[str, str, str]]:
    return [
        (section, host, other)
        for section, host in places(result, "GRPCRoute")
        for where, other in places(result, "HTTPRoute")
        if section == where and intersect(host, other)
    ]


def estate(grpc: str, http: str, path: tuple[str, str], tls: str, **options: str) -> Result:
    return run(
        ingress("grpc", [(path[0], "cart")], host=grpc, annotations=GRPC, path_type=path[1], tls=tls),
        ingress("rest", [("/rest", "web")], host=http, tls=tls),
        **options,
    )


@pytest.mark.parametrize(("path", "tls"), list(itertools.product(PATHS[::2], ("", "cert"))))
def test_no_hostname_of_a_listener_has_two_kinds(path, tls):
    hosts = HOSTS[:-1] if tls else HOSTS
    for grpc, http in itertools.product(hosts, hosts):
        result = estate(grpc, http, path, tls, target="gateway-api")
        assert mixed(result) == [], (grpc, http)
        assert of(result, "GRPCRoute") + of(result, "HTTPRoute"), (grpc, http)
        assert not [one for one in result.findings if one.code == "grpc.two-route-kinds"]


def test_a_third_kind_of_host_follows_its_neighbours():
    """The HTTPRoute of *.example.com takes the GRPCRoute of its Ingress along, and that one the next."""
    first = ingress("a", [("/shop.Cart/Add", "cart")], host="a.example.com", annotations=GRPC, path_type="Exact")
    both = first.replace("name: a\n", "name: b\n").replace(
        "  - host: a.example.com",
        "  - host: b.example.com\n    http: {paths: [{path: /shop.Cart/Pay, pathType: Exact, backend: {service: "
        "{name: cart, port: {number: 80}}}}]}\n  - host: a.example.com",
    )
    result = run(first, both, ingress("c", [("/", "web")], host="b.example.com"), target="gateway-api")
    assert mixed(result) == []


def test_a_host_of_grpc_alone_keeps_its_grpc_route():
    result = estate("api.example.com", "other.org", PATHS[0], "", target="gateway-api")
    assert [one.name for one in of(result, "GRPCRoute")] == ["grpc"]


def test_envoy_gateway_takes_both_kinds():
    assert mixed(estate("api.example.com", "api.example.com", PATHS[0], ""))


@pytest.mark.parametrize(("service", "expected"), [((), ["manual"]), ((SERVICE,), [])])
def test_an_http_route_needs_the_protocol_of_the_service(service, expected):
    result = run(
        ingress("grpc", [("/shop.Cart/Add", "cart")], annotations=GRPC, path_type="Exact"),
        ingress("rest", [("/rest", "web")]),
        *service,
        target="gateway-api",
    )
    found = {one.code: one for one in result.findings if one.code == "backend.app-protocol"}
    assert [one.fidelity.value for one in found.values()] == expected
    assert all("appProtocol: kubernetes.io/h2c on port 80 of Service shop/cart" in one.hint for one in found.values())
