"""Who owns an Ingress, and what is said of those that nobody owns."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model import Finding, ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.sources.ownership import assign
from tests.complete import convert_text

SPEC = """\
  rules:
  - host: a.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def ingress(name: str, annotations: dict[str, str] | None = None, spec_class: str | None = None) -> str:
    lines = ["apiVersion: networking.k8s.io/v1", "kind: Ingress", "metadata:", f"  name: {name}", "  annotations:"]
    lines += [f'    {key}: "{value}"' for key, value in ({"x.example.com/y": "z"} | (annotations or {})).items()]
    lines += ["spec:", *([f"  ingressClassName: {spec_class}"] if spec_class is not None else [])]
    return "\n".join(lines) + "\n" + SPEC


def ingress_class(name: str, controller: str, default: bool = False) -> str:
    note = '  annotations: {ingressclass.kubernetes.io/is-default-class: "true"}\n' if default else ""
    return (
        f"apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata:\n  name: {name}\n{note}"
        f"spec: {{controller: {controller}}}\n"
    )


def decide(
    tmp_path: Path, *documents: str, source: str = "auto"
) -> tuple[dict[str, list[str]], list[ObjectStatus], list[Finding]]:
    (tmp_path / "in.yaml").write_text("---\n".join(documents))
    ledger, options = Ledger(), Options(source=source)
    inventory, _ = read([str(tmp_path)], options, ledger)
    owned, statuses = assign(inventory, options, ledger)
    assert sum(map(len, owned.values())) + len(statuses) == len(inventory.ingresses)
    return {name: [one.name for one in found] for name, found in owned.items()}, statuses, ledger.findings()


CLASS = "kubernetes.io/ingress.class"


@pytest.mark.parametrize(
    ("documents", "owner"),
    [
        ([ingress("a", {CLASS: "nginx"})], "ingress-nginx"),
        ([ingress("a", {}, "nginx")], "ingress-nginx"),
        ([ingress("a", {}, "internal"), ingress_class("internal", "k8s.io/ingress-nginx")], "ingress-nginx"),
        ([ingress("a", {"nginx.ingress.kubernetes.io/rewrite-target": "/"})], "ingress-nginx"),
        ([ingress("a", {CLASS: "alb"})], "aws-alb"),
        ([ingress("a", {}, "house"), ingress_class("house", "ingress.k8s.aws/alb")], "aws-alb"),
        ([ingress("a"), ingress_class("house", "ingress.k8s.aws/alb", default=True)], "aws-alb"),
        ([ingress("a", {"alb.ingress.kubernetes.io/scheme": "internal"})], "aws-alb"),
        ([ingress("a", {}, "front"), ingress_class("front", "cpaas.io/alb2")], "alauda-alb"),
        ([ingress("a"), ingress_class("front", "cpaas.io/alb2", default=True)], "alauda-alb"),
        (
            [
                ingress(
                    "a",
                    {"alb.ingress.cpaas.io/rewrite-request": "{}", "nginx.ingress.kubernetes.io/rewrite-target": "/"},
                )
            ],
            "alauda-alb",
        ),
        (
            [
                ingress("a", {}, "my-alb"),
                "apiVersion: crd.alauda.io/v2beta1\nkind: ALB2\nmetadata: {name: my-alb, namespace: s}\nspec: {config: {projects: [ALL_ALL]}}\n",
            ],
            "alauda-alb",
        ),
    ],
)
def test_owners(tmp_path: Path, documents: list[str], owner: str) -> None:
    owned, statuses, _ = decide(tmp_path, *documents)
    assert owned == {owner: ["a"]}
    assert not statuses


@pytest.mark.parametrize(
    ("documents", "controller"),
    [
        ([ingress("a", {CLASS: "traefik"})], "Traefik"),
        ([ingress("a", {}, "kong")], "Kong"),
        ([ingress("a", {CLASS: "nginx", "nginx.org/rewrites": "x"})], "NGINX Ingress Controller of F5 (nginx-inc)"),
        (
            [ingress("a", {}, "nginx"), ingress_class("nginx", "nginx.org/ingress-controller")],
            "NGINX Ingress Controller of F5 (nginx-inc)",
        ),
        ([ingress("a", {"haproxy.org/check": "true"})], "HAProxy Ingress"),
        ([ingress("a", {CLASS: "gce"})], "Google Cloud (GKE)"),
        ([ingress("a", {CLASS: "azure/application-gateway"})], "Azure Application Gateway"),
        ([ingress("a", {}, "alb"), ingress_class("alb", "ingress.k8s.alibabacloud/alb")], "Alibaba Cloud ALB"),
        ([ingress("a", {}, "x"), ingress_class("x", "example.org/own")], "example.org/own"),
        ([ingress("a"), ingress_class("t", "traefik.io/ingress-controller", default=True)], "Traefik"),
        (
            [
                ingress("a", {"nginx.ingress.kubernetes.io/app-root": "/x"}),
                ingress_class("t", "traefik.io/ingress-controller", default=True),
            ],
            "Traefik",
        ),
        ([ingress("a", {CLASS: "toto"})], ""),
        ([ingress("a")], ""),
    ],
)
def test_strangers_are_named_and_not_converted(tmp_path: Path, documents: list[str], controller: str) -> None:
    owned, statuses, findings = decide(tmp_path, *documents)
    assert not owned
    assert [(status.status, status.controller) for status in statuses] == [("skipped", controller)]
    assert controller in statuses[0].reason
    assert [(finding.code, finding.fidelity.value) for finding in findings] == [("class.unknown-controller", "unknown")]
    assert "--from" in findings[0].hint


def test_generic_takes_everything(tmp_path: Path) -> None:
    owned, statuses, _ = decide(tmp_path, ingress("a", {CLASS: "traefik"}), ingress("b"), source="generic")
    assert owned == {"generic": ["a", "b"]}
    assert not statuses


def test_from_takes_what_the_controller_would_serve(tmp_path: Path) -> None:
    documents = [
        ingress("a", {}, "own"),
        ingress("b"),
        ingress("c", {}, "other"),
        ingress_class("other", "kong.example/x"),
    ]
    owned, statuses, findings = decide(tmp_path, *documents, source="ingress-nginx")
    assert "c" not in owned["ingress-nginx"]
    assert "c" in [status.ref.name for status in statuses]
    assert all(status.reason.startswith("not served by ingress-nginx") for status in statuses)
    assert {finding.code for finding in findings} == {"class.not-served"}


def test_both_forms_of_class(tmp_path: Path) -> None:
    """nginx: spec wins; AWS: the annotation wins. So each pair has one owner, two, or none."""
    classes = [ingress_class("nginx", "k8s.io/ingress-nginx"), ingress_class("alb", "ingress.k8s.aws/alb")]
    owned, statuses, findings = decide(tmp_path, *classes, ingress("both", {CLASS: "alb"}, "nginx"))
    assert owned == {"ingress-nginx": ["both"]}
    assert [finding.code for finding in findings] == ["class.two-controllers"]
    owned, statuses, _ = decide(tmp_path, *classes, ingress("none", {CLASS: "nginx"}, "alb"))
    assert not owned
    assert statuses[0].status == "skipped"


def test_without_class_the_only_controller_of_the_input_is_assumed(tmp_path: Path) -> None:
    owned, _, findings = decide(tmp_path, ingress("a", {}, "nginx"), ingress("b"))
    assert owned == {"ingress-nginx": ["a", "b"]}
    assert [(finding.code, finding.fidelity.value) for finding in findings] == [("class.assumed", "approximate")]
    owned, statuses, _ = decide(tmp_path, ingress("a", {}, "nginx"), ingress("c", {}, "alb"), ingress("b"))
    assert owned == {"ingress-nginx": ["a"], "aws-alb": ["c"]}
    assert [status.ref.name for status in statuses] == ["b"]


def test_annotations_of_other_tools_and_other_controllers(tmp_path: Path) -> None:
    from converter.sources.common_annotations import common_features

    (tmp_path / "in.yaml").write_text(
        ingress(
            "a",
            {
                CLASS: "nginx",
                "cert-manager.io/cluster-issuer": "le",
                "kubernetes.io/tls-acme": "true",
                "external-dns.alpha.kubernetes.io/hostname": "a.example.com",
                "meta.helm.sh/release-name": "r",
                "traefik.ingress.kubernetes.io/router.tls": "true",
                "nginx.ingress.kubernetes.io/app-root": "/x",
                "gethomepage.dev/name": "A",
            },
        )
    )
    ledger = Ledger()
    inventory, _ = read([str(tmp_path)], Options(), ledger)
    features = common_features(
        inventory.ingresses[0], ledger, "ingress-nginx", (CLASS,), ("nginx.ingress.kubernetes.io/",)
    )
    assert {feature.name: feature.value for feature in features} == {
        "certificate-issuer": {"cert-manager.io/cluster-issuer": "le", "kubernetes.io/tls-acme": "true"},
        "dns": {"external-dns.alpha.kubernetes.io/hostname": "a.example.com"},
    }
    assert {finding.origin.key: (finding.code, finding.fidelity.value) for finding in ledger.findings()} == {
        "x.example.com/y": ("annotation.foreign", "obsolete"),
        "meta.helm.sh/release-name": ("metadata.note", "obsolete"),
        "traefik.ingress.kubernetes.io/router.tls": ("annotation.other-controller", "obsolete"),
        "gethomepage.dev/name": ("metadata.note", "approximate"),
    }


def test_one_annotation_that_only_alauda_reads_is_enough_on_its_platform_and_without():
    text = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    alb.ingress.cpaas.io/rewrite-response: '{"headers": {"X-Frame-Options": "DENY"}}'
    nginx.ingress.kubernetes.io/enable-cors: "false"
    nginx.ingress.kubernetes.io/rewrite-target: /x
    nginx.ingress.kubernetes.io/proxy-body-size: 8m
spec:
  rules: [{http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
"""
    assert [one.controller for one in convert_text(text).objects] == ["alauda-alb"]
    assert [one.controller for one in convert_text(text, preset="acp").objects] == ["alauda-alb"]


ALB_KEYS = {
    "alb.networking.cpaas.io/tls": "web.example.com=certs/web",
    "alb.ingress.cpaas.io/proxy-read-timeout": "5s",
    "index.0-0.alb.ingress.cpaas.io/redirect-host": "b.example.com",
    "alb.modsecurity.cpaas.io/use-recommend": "true",
    "alb.cpaas.io/ingress-rule-priority-0-0": "2",
}
NGINX_KEYS = ("enable-cors", "ssl-redirect", "rewrite-target", "proxy-body-size", "proxy-read-timeout")


@pytest.mark.parametrize("key", ALB_KEYS)
@pytest.mark.parametrize("count", range(len(NGINX_KEYS) + 1))
@pytest.mark.parametrize("name", [None, "cpaas-system"])
def test_one_annotation_that_only_alauda_reads_tells_whose_it_is(key, count, name) -> None:
    """However many keys of ingress-nginx are beside it: ALB reads those too."""
    notes = {key: ALB_KEYS[key]} | {f"nginx.ingress.kubernetes.io/{one}": "true" for one in NGINX_KEYS[:count]}
    result = convert_text(ingress("web", notes, name))
    [status] = [one for one in result.objects if one.ref.kind == "Ingress"]
    assert (status.status, status.controller) == ("converted", "alauda-alb")
    assert any(one.code == "class.by-annotation" for one in result.findings) == (count > 0)


def test_ingresses_of_one_class_have_one_controller():
    """An annotation that only ALB reads tells whose the class is, for all its Ingresses."""
    text = "---\n".join(
        f"""\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {name}, namespace: shop, annotations: {{{note}}}}}
spec:
  ingressClassName: edge
  rules: [{{host: {name}.example.com, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}}}]
"""
        for name, note in (
            ("one", 'nginx.ingress.kubernetes.io/enable-cors: "true"'),
            ("two", "index.0-0.alb.ingress.cpaas.io/auth-secret-type: x"),
        )
    )
    result = convert_text(text)
    assert [table.controller for table in result.tables] == ["alauda-alb"]
