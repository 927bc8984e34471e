"""TLS to backends: the CA, the name and the certificate that the proxy shows."""

from __future__ import annotations

from typing import Any

import pytest

from tests.targets_input import codes, ingress, of, run

PREFIX = "nginx.ingress.kubernetes.io/"
OBJECT = """apiVersion: v1
kind: Secret
metadata: {{name: up, namespace: shop}}
data: {{{keys}}}
"""


def _web(**notes: str) -> str:
    given = {"backend-protocol": "HTTPS", "proxy-ssl-secret": "shop/up"} | {
        key.replace("_", "-"): value for key, value in notes.items()
    }
    return ingress("web", [("/", "web")], annotations={PREFIX + key: value for key, value in given.items()})


def _tls(result) -> Any:
    [backend] = of(result, "Backend")
    return backend.body["spec"]["tls"]


def test_a_name_is_checked_by_the_ca_of_the_secret():
    result = run(
        OBJECT.format(keys="ca.crt: eA==, tls.crt: eA==, tls.key: eA=="),
        _web(proxy_ssl_verify="on", proxy_ssl_name="web.internal"),
    )

    assert _tls(result) == {
        "caCertificateRefs": [{"group": "", "kind": "Secret", "name": "up"}],
        "sni": "web.internal",
        "clientCertificateRef": {"name": "up"},
    }
    assert "backend-tls.backend" in codes(result)


def test_without_a_check_the_certificate_is_only_shown():
    result = run(_web())

    assert _tls(result) == {"insecureSkipVerify": True, "clientCertificateRef": {"name": "up"}}


def test_a_secret_without_a_pair_shows_none():
    assert _tls(run(OBJECT.format(keys="ca.crt: eA=="), _web())) == {"insecureSkipVerify": True}


@pytest.mark.parametrize(
    ("keys", "notes"),
    [
        ("ca.crt: eA==", {"proxy_ssl_verify": "on"}),
        ("tls.crt: eA==", {"proxy_ssl_verify": "on", "proxy_ssl_name": "a.b"}),
    ],
)
def test_a_check_that_cannot_be_kept_withholds_the_route(keys: str, notes: dict):
    result = run(OBJECT.format(keys=keys), _web(**notes))

    assert of(result, "HTTPRoute") == []


def test_plain_backends_are_not_concerned():
    result = run(_web(backend_protocol="HTTP"))

    assert "backend-tls.plain" in codes(result)
    assert of(result, "Backend") == []
