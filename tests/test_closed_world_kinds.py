"""Objects that others refer to, or that configure a controller, are left out in turn: nothing is lost in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.comparison.guard_witnesses import guard_witnesses
from converter.model import Fidelity
from converter.pipeline.run import Result
from converter.routing.exchange import Request
from tests.complete import broken_promises, convert_documents, documents
from tests.targets_input import ingress

FIXTURES = Path(__file__).parent.parent / "fixtures"
HELD_ELSEWHERE = frozenset({"Service", "Secret", "ConfigMap", "Ingress"})
"""The first three: tests/test_closed_world.py."""
GUARDS_THEMSELVES = frozenset({"Rule"})
"""Objects that are rules: without a rule that rejects, nothing rejects before either."""
MOST_OF_A_KIND, MOST_REQUESTS = 2, 100


def _parsed(path: Path) -> list[dict[str, Any]]:
    try:
        return documents(path)
    except yaml.YAMLError:  # (templates)
        return []


def _cases() -> Iterator[tuple[Path, int, str]]:
    """A file, the number of an object in it, and its kind."""
    seen: Counter[str] = Counter()
    for path in sorted(FIXTURES.glob("*/*/input.yaml")):
        if path.parent.name.startswith("every-"):
            continue
        for index, document in enumerate(_parsed(path)):
            kind = document["kind"]
            if kind not in HELD_ELSEWHERE and seen[kind] < MOST_OF_A_KIND:
                seen[kind] += 1
                yield path, index, kind


CASES = list(_cases())


def _refused(result: Result) -> Iterator[tuple[str, Request]]:
    """Requests of strangers that a guard of the input refuses."""
    for comparison in result.comparisons:
        for port in comparison.before.ports:
            for vhost in port.hosts:
                for request in islice(guard_witnesses(port, vhost), MOST_REQUESTS):
                    before, after = comparison.answers(request)
                    if not before.backends and not after.backends:
                        yield comparison.before.entry, request


@pytest.mark.parametrize(
    ("path", "index"),
    [(path, index) for path, index, _ in CASES],
    ids=[f"{path.parent.parent.name}/{path.parent.name}-{kind}-{index}" for path, index, kind in CASES],
)
def test_an_object_that_is_left_out_is_said_where_it_protected(path: Path, index: int) -> None:
    given = documents(path)
    kind, name = given[index]["kind"], given[index]["metadata"]["name"]
    result = convert_documents([*given[:index], *given[index + 1 :]])
    assert not broken_promises(result)
    assert not any(f"{kind} {name} does not exist" in one.message for one in result.findings)
    if kind in GUARDS_THEMSELVES:
        return
    by_entry = {one.before.entry: one for one in result.comparisons}
    opened = [
        request
        for entry, request in _refused(convert_documents(given))
        if entry in by_entry and by_entry[entry].answers(request)[1].backends
    ]
    if opened:
        assert any(one.fidelity.rank >= Fidelity.MANUAL.rank for one in result.findings), opened[0]


def test_a_config_map_whose_controller_is_left_out_is_said() -> None:
    """Its address list is lost with the Deployment that names it."""
    given = documents(FIXTURES / "faults" / "nginx-17-two-controllers" / "input.yaml")
    left = [one for one in given if (one["kind"], one["metadata"]["name"]) != ("Deployment", "external-controller")]
    assert "config.unread" not in {one.code for one in convert_documents(given).findings}
    [found] = [one for one in convert_documents(left).findings if one.code == "config.unread"]
    assert found.fidelity is Fidelity.MANUAL
    assert "whitelist-source-range" in found.message


WEB = ingress(
    "web",
    [("/", "web")],
    tls="shop-tls",
    annotations={
        "cert-manager.io/cluster-issuer": "letsencrypt",
        "nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8",
    },
)
API = ingress(
    "api",
    [("/", "web")],
    host="api.example.com",
    cls="alb",
    annotations={
        "alb.ingress.kubernetes.io/inbound-cidrs": "10.0.0.0/8",
        "alb.ingress.kubernetes.io/target-type": "ip",
    },
)
AROUND = """
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, port: 8080}]
endpoints: [{addresses: [10.1.0.7], conditions: {ready: true}}]
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: k8s-shop-web, namespace: shop, labels: {ingress.k8s.aws/stack-name: api}}
spec: {serviceRef: {name: web, port: 80}, targetType: ip}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: shop-tls, namespace: shop}
spec: {secretName: shop-tls, dnsNames: [shop.example.com], issuerRef: {name: letsencrypt, kind: ClusterIssuer}}
---
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt}
spec: {acme: {server: https://acme.example.com/, privateKeySecretRef: {name: key}, solvers: [{http01: {ingress: {ingressClassName: nginx}}}]}}
"""
GIVEN = list(yaml.safe_load_all("---\n".join((WEB, API, AROUND))))
OPTIONAL = ("EndpointSlice", "TargetGroupBinding", "Certificate", "ClusterIssuer")


@pytest.mark.parametrize("kind", OPTIONAL)
def test_objects_around_the_ingresses_can_be_missing(kind: str) -> None:
    left = [one for one in GIVEN if one["kind"] != kind]
    assert len(left) < len(GIVEN)
    result = convert_documents(left)
    assert not broken_promises(result)
    assert not any("does not exist" in one.message for one in result.findings)
    assert {one.ref.name for one in result.objects if one.status == "converted"} >= {"web", "api"}


@pytest.mark.parametrize("complete", [False, True])
def test_endpoints_of_a_service_without_selector_may_be_outside_of_the_input(complete: bool) -> None:
    some = [one for one in GIVEN if one["kind"] in ("Ingress", "Service")]
    result = convert_documents(some, complete=complete)
    assert any("has no endpoint" in one.message for one in result.findings) is complete


@pytest.mark.parametrize(
    "metadata", [{"labels": None}, {"labels": []}, {"labels": {"kubernetes.io/service-name": None}}]
)
def test_slices_without_the_label_belong_to_no_service(metadata: dict[str, Any]) -> None:
    some = [one for one in deepcopy(GIVEN) if one["kind"] in ("Ingress", "Service", "EndpointSlice")]
    for one in some:
        if one["kind"] == "EndpointSlice":
            one["metadata"].update(metadata)
    result = convert_documents(some, complete=True)
    assert any("has no endpoint" in one.message for one in result.findings)
