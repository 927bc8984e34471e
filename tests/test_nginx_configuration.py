"""Every key of ingress-nginx' ConfigMap and every flag ends in one finding, alone and with a value of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from converter.model import Finding
from converter.packs.controllers import SettingRow, settings_of
from converter.pipeline.run import convert

INGRESS = {
    "apiVersion": "networking.k8s.io/v1",
    "kind": "Ingress",
    "metadata": {"name": "web", "namespace": "shop"},
    "spec": {
        "ingressClassName": "nginx",
        "tls": [{"hosts": ["a.example.com"], "secretName": "web-tls"}],
        "rules": [
            {
                "host": "a.example.com",
                "http": {
                    "paths": [
                        {
                            "path": "/",
                            "pathType": "Prefix",
                            "backend": {"service": {"name": "web", "port": {"number": 80}}},
                        }
                    ]
                },
            }
        ],
    },
}
VALUES = {
    "forwarded-for-header": "X-Client",
    "global-auth-response-headers": "X-User",
    "ssl-protocols": "TLSv1.3",
    "ssl-ciphers": "ECDHE-RSA-AES128-GCM-SHA256",
    "ssl-ecdh-curve": "secp384r1",
    "http-redirect-code": "301",
    "block-cidrs": "10.0.0.0/8",
    "whitelist-source-range": "10.0.0.0/8",
    "denylist-source-range": "10.0.0.0/8",
    "proxy-real-ip-cidr": "10.0.0.0/8",
    "annotations-risk-level": "Critical",
    "ingress-class": "nginx",
    "global-auth-url": "http://auth.sso.svc/verify",
}
KEYS, FLAGS = settings_of("ingress-nginx")


def value(row: SettingRow) -> str:
    """Some value that is not the controller's default."""
    if row.key.lstrip("-") in VALUES:
        return VALUES[row.key.lstrip("-")]
    if row.default in ("true", "false"):
        return "false" if row.default == "true" else "true"
    if row.type in ("seconds", "count") or (row.default or "").isdigit():
        return "17"
    return "17s" if row.type == "duration" else "/x"


def found(tmp_path: Path, *documents: object) -> list[Finding]:
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all([INGRESS, *documents]))
    return convert([str(tmp_path / "in.yaml")]).findings


def of_config_map(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.origin.object and one.origin.object.kind == "ConfigMap"]


def config_map(data: dict[str, str]) -> dict[str, object]:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "data": data,
        "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
    }


def workload(*flags: str) -> dict[str, object]:
    image = "registry.k8s.io/ingress-nginx/controller:v1.15.1"
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "c", "namespace": "ingress-nginx"},
        "spec": {
            "template": {
                "spec": {
                    "containers": [
                        {"name": "controller", "image": image, "args": ["/nginx-ingress-controller", *flags]}
                    ]
                }
            }
        },
    }


@pytest.mark.parametrize("key", KEYS)
def test_key_alone(key: str, tmp_path: Path) -> None:
    findings = found(tmp_path, config_map({key: value(KEYS[key])}))
    own = [one for one in of_config_map(findings) if one.origin.key == key]
    assert len(own) == 1
    assert own[0].message
    assert not [one for one in findings if one.code.startswith("internal.")]
    assert own[0].fidelity.value != "unknown"


def test_all_keys_at_once(tmp_path: Path) -> None:
    findings = found(tmp_path, config_map({key: value(row) for key, row in KEYS.items()}))
    assert {one.origin.key for one in of_config_map(findings)} >= set(KEYS)
    assert not [one for one in findings if one.code.startswith("internal.")]


@pytest.mark.parametrize("name", FLAGS)
def test_flag_alone(name: str, tmp_path: Path) -> None:
    findings = found(tmp_path, workload(f"--{name}={value(FLAGS[name])}"))
    own = [one for one in findings if one.origin.key == f"--{name}"]
    assert len(own) == 1
    assert own[0].message


def test_unknown_key_and_flag(tmp_path: Path) -> None:
    findings = found(tmp_path, config_map({"ssl-protocol": "x"}), workload("--watch-namespaces=x"))
    known = {one.origin.key: one for one in findings}
    assert known["ssl-protocol"].hint == "did you mean ssl-protocols?"
    assert known["--watch-namespaces"].hint == "did you mean watch-namespace?"
    assert {known[key].fidelity.value for key in ("ssl-protocol", "--watch-namespaces")} == {"unknown"}


def test_referred_config_map_is_missing(tmp_path: Path) -> None:
    findings = found(tmp_path, workload("--configmap=$(POD_NAMESPACE)/other"))
    (own,) = [one for one in findings if one.origin.key == "--configmap"]
    assert own.code == "config.reference-missing"
    assert "ingress-nginx/other" in own.message


@pytest.mark.parametrize(
    ("protocols", "fields"),
    [
        ("TLSv1.3", {"minVersion": "1.3"}),
        ("TLSv1.2", {"maxVersion": "1.2"}),
        ("TLSv1.2 TLSv1.3", {}),
        ("TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", {}),
    ],
)
def test_tls_versions(protocols: str, fields: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all([INGRESS, config_map({"ssl-protocols": protocols})]))
    policies = [
        one.body["spec"] for one in convert([str(tmp_path / "in.yaml")]).resources if one.kind == "ClientTrafficPolicy"
    ]
    tls = [one["tls"] for one in policies if "tls" in one]
    assert (tls[0] if tls else {}) == fields
