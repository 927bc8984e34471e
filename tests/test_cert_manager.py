"""Certificates have exactly the spec that ingress-shim makes (cert-manager: pkg/controller/certificate-shim)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.model import Finding
from converter.packs.load import consumer_packs
from converter.pipeline.run import convert
from converter.targets.cert_manager.certificate import PREFIX, InvalidAnnotationError, spec_of

INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: shop
  labels: {{team: shop, app.kubernetes.io/instance: shop}}
  annotations: {annotations}
spec:
  ingressClassName: nginx
  tls: [{{hosts: [{host}, "*.{host}"], secretName: {secret}}}]
  rules:
  - host: {host}
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}]}}
"""
ISSUER = {f"{PREFIX}cluster-issuer": "letsencrypt"}
FIELDS: list[tuple[str, str, dict[str, Any]]] = [
    ("common-name", "a.example.com", {"commonName": "a.example.com"}),
    ("alt-names", "b.example.com,c.example.com", {"dnsNames": ["h.example.com", "b.example.com", "c.example.com"]}),
    ("ip-sans", "10.0.0.1, ::1", {"ipAddresses": ["10.0.0.1", "::1"]}),
    ("email-sans", "a@example.com, b@example.com", {"emailAddresses": ["a@example.com", "b@example.com"]}),
    ("subject-organizations", 'One,"Two, Inc"', {"subject": {"organizations": ["One", "Two, Inc"]}}),
    ("subject-organizationalunits", "Ops", {"subject": {"organizationalUnits": ["Ops"]}}),
    ("subject-countries", "DE,FR", {"subject": {"countries": ["DE", "FR"]}}),
    ("subject-provinces", "Hessen", {"subject": {"provinces": ["Hessen"]}}),
    ("subject-localities", "Kassel", {"subject": {"localities": ["Kassel"]}}),
    ("subject-postalcodes", "34117", {"subject": {"postalCodes": ["34117"]}}),
    ("subject-streetaddresses", "Am Weg 1", {"subject": {"streetAddresses": ["Am Weg 1"]}}),
    ("subject-serialnumber", "7", {"subject": {"serialNumber": "7"}}),
    ("duration", "2160h", {"duration": "2160h"}),
    ("renew-before", "1h30m", {"renewBefore": "1h30m"}),
    ("renew-before-percentage", "30", {"renewBeforePercentage": 30}),
    ("usages", "server auth, client auth", {"usages": ["server auth", "client auth"]}),
    ("revision-history-limit", "3", {"revisionHistoryLimit": 3}),
    ("private-key-algorithm", "Ed25519", {"privateKey": {"algorithm": "Ed25519"}}),
    ("private-key-encoding", "PKCS8", {"privateKey": {"encoding": "PKCS8"}}),
    ("private-key-size", "4096", {"privateKey": {"size": 4096}}),
    ("private-key-rotation-policy", "Always", {"privateKey": {"rotationPolicy": "Always"}}),
    ("secret-template", '{"labels": {"a": "b"}}', {"secretTemplate": {"labels": {"a": "b"}}}),
]
INVALID = [
    ("common-name", "a" * 65), ("ip-sans", "x"), ("email-sans", "Name <a@b.com>"), ("duration", "59m"),
    ("duration", "7d"), ("renew-before", "4m"), ("usages", "serving"), ("revision-history-limit", "0"),
    ("private-key-algorithm", "rsa"), ("private-key-encoding", "DER"), ("private-key-size", "1024"),
    ("private-key-rotation-policy", "Sometimes"), ("secret-template", '{"type": "x"}'),
]  # fmt: skip


def run(tmp_path: Path, *texts: str) -> tuple[dict[str, dict[str, Any]], list[Finding]]:
    (tmp_path / "in.yaml").write_text("\n---\n".join(texts))
    result = convert([str(tmp_path / "in.yaml")])
    assert not [one for one in result.findings if one.code.startswith("internal.")]
    return {one.name: one.body for one in result.resources if one.kind == "Certificate"}, result.findings


def ingress(name: str = "web", tls: str = "web-tls", host: str = "h.example.com", **annotations: str) -> str:
    given = {f"{PREFIX}{key.replace('_', '-')}": value for key, value in annotations.items()}
    return INGRESS.format(name=name, secret=tls, host=host, annotations=yaml.safe_dump(given, default_flow_style=True))


@pytest.mark.parametrize(("key", "value", "fields"), FIELDS)
def test_field_of_an_annotation(key: str, value: str, fields: dict[str, Any]) -> None:
    spec = spec_of("s", ["h.example.com"], {**ISSUER, PREFIX + key: value})
    assert fields.items() <= spec.items()
    assert spec["secretName"] == "s"


def test_every_annotation_of_the_pack_is_tried() -> None:
    (pack,) = [one for one in consumer_packs() if one.source == "cert-manager"]
    keys = {row.annotation.partition("/")[2] for row in pack.features["certificate-issuer"].fields.values()}
    assert keys - {"cluster-issuer", "issuer", "issuer-kind", "issuer-group", "tls-acme"} == {
        key for key, _, _ in FIELDS
    }


@pytest.mark.parametrize(("key", "value"), INVALID)
def test_value_that_ingress_shim_refuses(key: str, value: str) -> None:
    with pytest.raises(InvalidAnnotationError) as caught:
        spec_of("s", ["h.example.com"], {**ISSUER, PREFIX + key: value})
    assert caught.value.key == PREFIX + key


def test_whole_certificate(tmp_path: Path) -> None:
    made, findings = run(tmp_path, ingress(issuer="corp", issuer_kind="Vault", issuer_group="example.com"))
    assert made["web-tls"]["spec"] == {
        "secretName": "web-tls",
        "issuerRef": {"name": "corp", "kind": "Vault", "group": "example.com"},
        "dnsNames": ["h.example.com", "*.h.example.com"],
        "usages": ["digital signature", "key encipherment"],
    }
    assert made["web-tls"]["metadata"]["labels"] == {"team": "shop", "app.kubernetes.io/managed-by": "ing2gw"}
    (own,) = [one for one in findings if one.origin.key == f"{PREFIX}issuer"]
    assert "deleted" in own.message
    assert "ownerReferences" in own.hint


def test_one_certificate_for_a_secret(tmp_path: Path) -> None:
    made, findings = run(
        tmp_path, ingress("a", cluster_issuer="x"), ingress("b", host="b.example.com", cluster_issuer="x")
    )
    assert list(made) == ["web-tls"]
    assert {one.code for one in findings if one.origin.key == f"{PREFIX}cluster-issuer"} == {
        "certificate-issuer.certificate",
        "certificate-issuer.other",
    }


def test_certificate_of_the_input_stands(tmp_path: Path) -> None:
    own = "apiVersion: cert-manager.io/v1\nkind: Certificate\nmetadata: {name: x, namespace: shop}\nspec: {secretName: web-tls}"
    made, _ = run(tmp_path, ingress(cluster_issuer="x"), own)
    assert not made


def test_refused_value_issues_nothing(tmp_path: Path) -> None:
    made, findings = run(tmp_path, ingress(cluster_issuer="x", duration="1m"))
    assert not made
    (own,) = [one for one in findings if one.origin.key == f"{PREFIX}duration"]
    assert own.fidelity.value == "manual"


def test_certificates_have_a_folder_of_their_own(tmp_path: Path) -> None:
    from converter.writing.layout import assign

    (tmp_path / "in.yaml").write_text(ingress(cluster_issuer="x"))
    result = convert([str(tmp_path / "in.yaml")])
    for layout in ("roles", "mirror", "single"):
        assign(result.resources, result.objects, layout)
        files = {one.file for one in result.resources if one.kind == "Certificate"}
        assert files.isdisjoint({one.file for one in result.resources if one.kind != "Certificate"})
