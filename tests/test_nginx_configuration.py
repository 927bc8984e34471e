"""Every key of ingress-nginx' ConfigMap and every flag ends in one finding, alone and with a value of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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


OTEL = {"enable-opentelemetry": "true", "otlp-collector-host": "otel.sys"}
AUTH = {"global-auth-url": "http://auth.sso.svc.cluster.local/verify"}
EFFECTS: dict[str, tuple[str, dict[str, str]]] = {
    "hide-headers": ("X-Powered-By", {}),
    "error-log-level": ("error", {}),
    "log-format-upstream": ("$remote_addr $status $geoip2_city", {}),
    "gzip-min-length": ("1000", {"use-gzip": "true"}),
    "brotli-min-length": ("1000", {"enable-brotli": "true"}),
    "otlp-collector-port": ("9", OTEL),
    "otel-sampler": ("AlwaysOff", OTEL),
    "otel-sampler-ratio": ("0.5", OTEL | {"otel-sampler": "TraceIdRatioBased"}),
    "otel-service-name": ("edge", OTEL),
    "opentelemetry-operation-name": ("$request_method $request_uri", OTEL),
    "generate-request-id": ("false", {}),
    "proxy-read-timeout": ("300", {}),
    "proxy-send-timeout": ("300", {}),
    "proxy-real-ip-cidr": ("10.0.0.0/8", {"use-forwarded-headers": "true"}),
    "forwarded-for-header": ("X-Client", {"enable-real-ip": "true"}),
    "service-upstream": ("true", {}),
    "allow-backend-server-header": ("true", {"server-tokens": "true"}),
    "global-auth-response-headers": ("X-User", AUTH),
    "disable-ipv6-dns": ("true", {}),
    "upstream-keepalive-time": ("10m", {}),
    "worker-shutdown-timeout": ("60s", {}),
}
"""Keys whose value alone, or beside others, changes what is written."""
ALONE = (
    "ssl-redirect", "http-redirect-code", "proxy-connect-timeout", "proxy-next-upstream-tries", "load-balance",
    "upstream-keepalive-timeout", "upstream-keepalive-requests", "use-forwarded-headers", "enable-real-ip",
    "use-proxy-protocol", "proxy-add-original-uri-header", "keep-alive", "keep-alive-requests", "client-header-timeout",
    "use-http2", "http2-max-concurrent-streams", "use-gzip", "enable-brotli", "server-tokens",
    "enable-underscores-in-headers", "hsts", "hsts-include-subdomains", "hsts-max-age", "hsts-preload",
    "disable-access-log", "disable-http-access-log", "skip-access-log-urls", "whitelist-source-range",
    "denylist-source-range", "block-cidrs", "block-user-agents", "block-referers", "global-auth-url", "enable-modsecurity",
    "ssl-protocols", "ssl-ciphers", "ssl-ecdh-curve", "ssl-session-tickets",
)  # fmt: skip


def written(tmp_path: Path, data: dict[str, str]) -> list[tuple[str, str, Any]]:
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all([INGRESS, config_map(data)]))
    result = convert([str(tmp_path / "in.yaml")])
    return [(one.kind, one.name, one.body.get("spec")) for one in result.resources]


@pytest.mark.parametrize("key", [*EFFECTS, *ALONE])
def test_key_changes_what_is_written(key: str, tmp_path: Path) -> None:
    given, beside = EFFECTS.get(key, (value(KEYS[key]), {}))
    assert written(tmp_path, beside | {key: given}) != written(tmp_path, beside)


@pytest.mark.parametrize(
    ("key", "given", "same"),
    [
        ("hsts", "", "false"), ("ssl-redirect", "", "false"), ("use-gzip", "", "false"), ("use-gzip", "yes", "false"),
        ("proxy-read-timeout", "x", "60"), ("hsts", "maybe", "true"), ("proxy-next-upstream-tries", "", "0"),
    ],
)  # fmt: skip
def test_values_as_the_controller_reads_them(key: str, given: str, same: str, tmp_path: Path) -> None:
    assert written(tmp_path, {key: given}) == written(tmp_path, {key: same})


@pytest.mark.parametrize("key", ["keep-alive", "client-header-timeout", "upstream-keepalive-connections"])
def test_zero_is_not_nothing(key: str, tmp_path: Path) -> None:
    (own,) = [one for one in of_config_map(found(tmp_path, config_map({key: "0"}))) if one.origin.key == key]
    assert own.code == "config.zero"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("$remote_addr 100% $status", {"type": "Text", "text": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% 100%% %RESPONSE_CODE%\n"}),
        ("${http_x_user} $sent_http_etag", {"type": "Text", "text": "%REQ(x-user)% %RESP(etag)%\n"}),
        ('{"s": $status, "m": "$request_method x", "n": 1}', {"type": "JSON", "json": {"s": "%RESPONSE_CODE%", "m": "%REQ(:METHOD)% x", "n": "1"}}),
        ('{"a": {"b": "$status"}}', {"type": "Text", "text": '{"a": {"b": "%RESPONSE_CODE%"}}\n'}),
        ("$geoip2_city_name", {"type": "Text", "text": "-\n"}),
    ],
)  # fmt: skip
def test_log_format(text: str, wanted: dict[str, object], tmp_path: Path) -> None:
    data = {"log-format-upstream": text, "skip-access-log-urls": "/healthz"}
    (proxy,) = [spec for kind, _, spec in written(tmp_path, data) if kind == "EnvoyProxy"]
    (setting,) = proxy["telemetry"]["accessLog"]["settings"]
    assert setting["format"] == wanted
    assert setting["matches"] == ['!(request.path in ["/healthz"])']
    assert setting["sinks"]


@pytest.mark.parametrize(
    ("annotation", "given", "tracing"),
    [
        ("enable-opentelemetry", "false", {"overallSamplingFraction": {"numerator": 0, "denominator": 100}}),
        ("opentelemetry-operation-name", "checkout", {"spanName": {"server": "checkout", "client": "checkout"}}),
    ],
)  # fmt: skip
def test_traces_of_one_ingress(annotation: str, given: str, tracing: dict[str, object], tmp_path: Path) -> None:
    own: dict[str, Any] = dict(INGRESS)
    notes = {f"nginx.ingress.kubernetes.io/{annotation}": given}
    own["metadata"] = {"name": "web", "namespace": "shop", "annotations": notes}
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all([own, config_map(OTEL)]))
    result = convert([str(tmp_path / "in.yaml")])
    found = [one.body["spec"] for one in result.resources if one.kind == "BackendTrafficPolicy"]
    assert [one["telemetry"]["tracing"] for one in found if "telemetry" in one] == [tracing]
    (tmp_path / "in.yaml").write_text(yaml.safe_dump_all([own]))
    assert "telemetry" not in str([one.body for one in convert([str(tmp_path / "in.yaml")]).resources])
