"""Objects that others refer to, or that configure a controller, are left out in turn: nothing is lost in silence."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.comparison.guard_witnesses import guard_witnesses
from converter.model import Fidelity
from converter.model.options import Options
from converter.pipeline.run import Result, convert
from converter.routing.exchange import Request
from tests.complete import broken_promises

FIXTURES = Path(__file__).parent.parent / "fixtures"
HELD_ELSEWHERE = frozenset({"Service", "Secret", "ConfigMap", "Ingress"})
"""The first three: tests/test_closed_world.py."""
GUARDS_THEMSELVES = frozenset({"Rule"})
"""Objects that are rules: without a rule that rejects, nothing rejects before either."""
MOST_OF_A_KIND, MOST_REQUESTS = 2, 100


def _documents(path: Path) -> list[dict[str, Any]]:
    try:
        found = [one for one in yaml.safe_load_all(path.read_text()) if isinstance(one, dict) and one.get("kind")]
    except yaml.YAMLError:  # (templates)
        return []
    return [item for one in found for item in (one["items"] if one["kind"] == "List" else [one])]


def _cases() -> Iterator[tuple[Path, int, str]]:
    """A file, the number of an object in it, and its kind."""
    seen: Counter[str] = Counter()
    for path in sorted(FIXTURES.glob("*/*/input.yaml")):
        if path.parent.name.startswith("every-"):
            continue
        for index, document in enumerate(_documents(path)):
            kind = document["kind"]
            if kind not in HELD_ELSEWHERE and seen[kind] < MOST_OF_A_KIND:
                seen[kind] += 1
                yield path, index, kind


CASES = list(_cases())


def _convert(documents: list[dict[str, Any]]) -> Result:
    return convert(["-"], Options(), io.BytesIO(yaml.safe_dump_all(documents).encode()))


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
    documents = _documents(path)
    kind, name = documents[index]["kind"], documents[index]["metadata"]["name"]
    result = _convert([*documents[:index], *documents[index + 1 :]])
    assert not broken_promises(result)
    assert not any(f"{kind} {name} does not exist" in one.message for one in result.findings)
    if kind in GUARDS_THEMSELVES:
        return
    by_entry = {one.before.entry: one for one in result.comparisons}
    opened = [
        request
        for entry, request in _refused(_convert(documents))
        if entry in by_entry and by_entry[entry].answers(request)[1].backends
    ]
    if opened:
        assert any(one.fidelity.rank >= Fidelity.MANUAL.rank for one in result.findings), opened[0]


def test_a_config_map_whose_controller_is_left_out_is_said() -> None:
    """Its address list is lost with the Deployment that names it."""
    documents = _documents(FIXTURES / "faults" / "nginx-17-two-controllers" / "input.yaml")
    left = [one for one in documents if (one["kind"], one["metadata"]["name"]) != ("Deployment", "external-controller")]
    assert "config.unread" not in {one.code for one in _convert(documents).findings}
    [found] = [one for one in _convert(left).findings if one.code == "config.unread"]
    assert found.fidelity is Fidelity.MANUAL
    assert "whitelist-source-range" in found.message


AROUND = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
    nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop-tls}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api
  namespace: shop
  annotations: {alb.ingress.kubernetes.io/inbound-cidrs: 10.0.0.0/8, alb.ingress.kubernetes.io/target-type: ip}
spec:
  ingressClassName: alb
  rules:
  - host: api.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
---
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
OPTIONAL = ("EndpointSlice", "TargetGroupBinding", "Certificate", "ClusterIssuer")


@pytest.mark.parametrize("kind", OPTIONAL)
def test_objects_around_the_ingresses_can_be_missing(kind: str) -> None:
    documents = list(yaml.safe_load_all(AROUND))
    names = [one["metadata"]["name"] for one in documents if one["kind"] == kind]
    result = _convert([one for one in documents if one["kind"] != kind])
    assert names
    assert not broken_promises(result)
    assert not any("does not exist" in one.message for one in result.findings)
    assert {one.ref.name for one in result.objects if one.status == "converted"} >= {"web", "api"}


@pytest.mark.parametrize("complete", [False, True])
def test_endpoints_of_a_service_without_selector_may_be_outside_of_the_input(complete: bool) -> None:
    documents = [one for one in yaml.safe_load_all(AROUND) if one["kind"] in ("Ingress", "Service")]
    text = yaml.safe_dump_all(documents)
    result = convert(["-"], Options(complete=complete), io.BytesIO(text.encode()))
    assert any("has no endpoint" in one.message for one in result.findings) is complete


@pytest.mark.parametrize(
    "metadata", [{"labels": None}, {"labels": []}, {"labels": {"kubernetes.io/service-name": None}}]
)
def test_slices_without_the_label_belong_to_no_service(metadata: dict[str, Any]) -> None:
    documents = [one for one in yaml.safe_load_all(AROUND) if one["kind"] in ("Ingress", "Service", "EndpointSlice")]
    for one in documents:
        if one["kind"] == "EndpointSlice":
            one["metadata"].update(metadata)
    result = convert(["-"], Options(complete=True), io.BytesIO(yaml.safe_dump_all(documents).encode()))
    assert any("has no endpoint" in one.message for one in result.findings)
