"""Inputs with objects of other tools and controllers: each is read, or named with what to do."""

from __future__ import annotations

import pytest

from tests.complete import convert_text

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {ANNOTATIONS}}
spec:
  CLASS
  tls: [{hosts: [a.example.com], secretName: a-tls}]
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
PORTS = """
---
apiVersion: v1
kind: ConfigMap
metadata: {name: NAME-services, namespace: ingress-nginx}
data: {"53": "dns/coredns:53"}
"""


def _ingress(annotations: str = "", name: str = "nginx", more: str = "") -> str:
    written = f"ingressClassName: {name}" if name else ""
    return INGRESS.replace("ANNOTATIONS", annotations).replace("CLASS", written) + more


SITUATIONS = {
    "haproxy": (_ingress(name="haproxy"), "skipped", {"class.unknown-controller"}),
    "application-gateway": (
        _ingress("kubernetes.io/ingress.class: azure/application-gateway", ""),
        "skipped",
        {"class.unknown-controller"},
    ),
    "gce": (_ingress("kubernetes.io/ingress.class: gce", ""), "skipped", {"class.unknown-controller"}),
    "cert-manager": (
        _ingress("cert-manager.io/cluster-issuer: le, acme.cert-manager.io/http01-edit-in-place: 'true'"),
        "converted",
        {"certificate-issuer.certificate", "metadata.note"},
    ),
    "external-dns": (_ingress("external-dns.alpha.kubernetes.io/target: 192.0.2.7"), "converted", {"dns.target"}),
    "helm-release": (
        "{apiVersion: helm.toolkit.fluxcd.io/v2, kind: HelmRelease, metadata: {name: g, namespace: shop},"
        " spec: {chart: {spec: {chart: grafana}}, values: {ingress: {enabled: true, hosts: [g.example.com]}}}}",
        "skipped",
        {"helm.not-rendered"},
    ),
    "argo-cd": (
        "{apiVersion: argoproj.io/v1alpha1, kind: Application, metadata: {name: g, namespace: argocd},"
        ' spec: {source: {chart: grafana, helm: {values: "ingress:\\n  enabled: true\\n"}}}}',
        "skipped",
        {"helm.not-rendered"},
    ),
    "traefik": (
        "{apiVersion: traefik.io/v1alpha1, kind: IngressRoute, metadata: {name: r, namespace: shop},"
        ' spec: {routes: [{match: "Host(`x`)", kind: Rule}]}}',
        "skipped",
        {"route.foreign-kind"},
    ),
    "dns-on-tcp-and-udp": (
        _ingress(more=PORTS.replace("NAME", "tcp") + PORTS.replace("NAME", "udp")),
        "converted",
        {"stream.unread"},
    ),
}


@pytest.mark.parametrize(("text", "status", "codes"), SITUATIONS.values(), ids=SITUATIONS)
def test_nothing_of_other_tools_is_passed_over(text: str, status: str, codes: set[str]) -> None:
    result = convert_text(text)
    assert {one.status for one in result.objects} == {status}
    assert codes <= {one.code for one in result.findings}


def test_marks_of_owners_are_not_copied() -> None:
    """Argo CD, Flux and Helm would prune or adopt what carries them."""
    marks = "argocd.argoproj.io/tracking-id: 'x:networking.k8s.io/Ingress:shop/web', meta.helm.sh/release-name: web"
    result = convert_text(_ingress(marks))
    written = [one.body["metadata"] for one in result.resources]
    assert not any("tracking-id" in repr(one) or "meta.helm.sh" in repr(one) for one in written)
