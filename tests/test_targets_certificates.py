"""Certificates with names in common, TLS settings of single hosts, and what is said of HTTP/2."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.reading.certificate_names import certificate_names
from tests.targets_input import codes, finding, ingress, of, run

FOLDER = Path(__file__).parent / "data" / "certificates"
NGINX = "nginx.ingress.kubernetes.io/"
NAMES = {
    "a-and-b": ("a.example.com", "b.example.com"),
    "b": ("b.example.com",),
    "wildcard": ("*.example.com",),
    "no-names": (),
}


def pem(name: str) -> str:
    """A certificate; no key was kept."""
    return (FOLDER / f"{name}.crt").read_text()


def secret(name: str, certificate: str) -> str:
    """A Secret as `kubectl get -o yaml` shows it, but for its key."""
    data = base64.b64encode(pem(certificate).encode()).decode()
    head = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\ntype: kubernetes.io/tls\n"
    return f"{head}data: {{tls.crt: {data}, tls.key: c2VjcmV0LWtleQ==}}\n"


@pytest.mark.parametrize("name", sorted(NAMES))
def test_names_of_a_certificate(name):
    text = pem(name)
    assert certificate_names(text) == NAMES[name]
    assert certificate_names(base64.b64encode(text.encode()).decode()) == NAMES[name]
    assert certificate_names(text + pem("b")) == NAMES[name]


@given(st.binary(max_size=300), st.integers(0, 600))
def test_what_is_no_certificate_has_no_names(noise, length):
    whole = base64.b64decode("".join(pem("a-and-b").splitlines()[1:-1]))
    for der in (noise, whole[:length], whole[:length] + noise):
        text = f"-----BEGIN CERTIFICATE-----\n{base64.b64encode(der).decode()}\n-----END CERTIFICATE-----\n"
        found = certificate_names(text)
        assert found is None or all(isinstance(name, str) for name in found)


def aged(document: str, year: int) -> str:
    """The Ingress, made in a year."""
    return document.replace("metadata:", f"metadata:\n  creationTimestamp: '{year}-01-01T00:00:00Z'")


def two(one: str, other: str, **options):
    """Hosts a and b with a Secret each; the Ingress of a is older."""
    return run(
        aged(ingress("a", [("/", "a")], host="a.example.com", tls="one"), 2023),
        aged(ingress("b", [("/", "b")], host="b.example.com", tls="two"), 2024),
        *(secret(name, certificate) for name, certificate in (("one", one), ("two", other)) if certificate),
        **options,
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("a-and-b", "b", "b.example.com gets the certificate of Secret shop/one, not of shop/two"),
        ("b", "a-and-b", "b.example.com gets the certificate of Secret shop/one, not of shop/two"),
        ("wildcard", "b", ""),
        ("wildcard", "wildcard", "b.example.com gets the certificate of Secret shop/one, not of shop/two"),
        ("no-names", "b", ""),
    ],
)
def test_another_certificate_than_that_of_the_controller_is_said(one, other, expected):
    result = two(one, other)
    if not expected:
        assert "tls.other-certificate" not in codes(result)
    else:
        assert expected in finding(result, "tls.other-certificate").message
    assert "tls.certificate-names-unknown" not in codes(result)


def test_certificates_that_the_input_lacks_are_said():
    result = two("a-and-b", "")
    assert "1 of 2 Secrets are not in the input" in finding(result, "tls.certificate-names-unknown").message
    assert "secret-key" not in repr([one.message for one in result.ledger.findings()])


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api"])
@pytest.mark.parametrize(("one", "other", "lost"), [("a-and-b", "b", True), ("wildcard", "b", True), ("", "", False)])
def test_http2_is_lost_where_certificates_of_listeners_overlap(target, one, other, lost):
    result = two(one, other, listeners="host", target=target)
    assert ("tls.http2-lost" in codes(result)) == lost
    assert "tls.http2-lost" not in codes(two(one, other, listeners="shared"))


def test_one_secret_for_all_hosts_loses_http2_and_grpc_with_listeners_for_each():
    documents = [
        ingress("a", [("/", "a")], host="a.example.com", tls="one"),
        ingress(
            "b",
            [("/", "b")],
            host="b.example.com",
            tls="one",
            annotations={f"{NGINX}backend-protocol": "GRPC"},
        ),
    ]
    one = finding(run(*documents, listeners="host"), "tls.http2-lost")
    assert one.fidelity.value == "manual"
    assert "gRPC fails for b.example.com" in one.message
    assert "tls.http2-lost" not in codes(run(*documents))


CIPHERS = {f"{NGINX}ssl-ciphers": "ECDHE-RSA-AES256-GCM-SHA384:!aNULL", f"{NGINX}ssl-prefer-server-ciphers": "true"}


def test_ciphers_of_a_host_are_those_of_a_listener_of_its_own():
    result = run(
        ingress("pay", [("/", "pay")], host="pay.example.com", tls="wild", annotations=CIPHERS),
        ingress("web", [("/", "web")], host="*.example.com", tls="wild"),
    )
    [gateway] = of(result, "Gateway")
    assert {"https", "https-pay-example-com"} <= {one["name"] for one in gateway.body["spec"]["listeners"]}
    [policy] = [one for one in of(result, "ClientTrafficPolicy") if "ciphers" in one.body["spec"].get("tls", {})]
    assert policy.body["spec"]["tls"]["ciphers"] == ["ECDHE-RSA-AES256-GCM-SHA384"]
    assert [one["sectionName"] for one in policy.body["spec"]["targetRefs"]] == ["https-pay-example-com"]
    assert [one.name for one in of(result, "HTTPRouteFilter")] == ["web-response"]  # 421 on the wildcard's listener
    assert "tls-options.ciphers" in codes(result)


def test_the_oldest_ingress_of_a_host_chooses_its_ciphers():
    other = {f"{NGINX}ssl-ciphers": "AES128-SHA"}
    result = run(
        aged(ingress("new", [("/b", "pay")], host="pay.example.com", tls="t", annotations=other), 2024),
        aged(ingress("old", [("/", "pay")], host="pay.example.com", tls="t", annotations=CIPHERS), 2023),
    )
    [policy] = [one for one in of(result, "ClientTrafficPolicy") if "ciphers" in one.body["spec"].get("tls", {})]
    assert policy.body["spec"]["tls"]["ciphers"] == ["ECDHE-RSA-AES256-GCM-SHA384"]
    assert any("an older Ingress sets the ciphers" in one.message for one in result.ledger.findings())


def test_ciphers_stand_beside_client_certificates():
    both = {**CIPHERS, f"{NGINX}auth-tls-secret": "shop/ca"}
    result = run(ingress("pay", [("/", "pay")], host="pay.example.com", tls="t", annotations=both))
    [tls] = [
        one.body["spec"]["tls"]
        for one in of(result, "ClientTrafficPolicy")
        if "ciphers" in one.body["spec"].get("tls", {})
    ]
    assert tls["clientValidation"]["caCertificateRefs"] == [{"kind": "Secret", "name": "ca", "namespace": "shop"}]


@pytest.mark.parametrize("value", ["HIGH:!aNULL:!MD5", "ALL", "NO-SUCH-CIPHER"])
def test_groups_of_ciphers_need_no_listener(value):
    result = run(ingress("pay", [("/", "pay")], tls="t", annotations={f"{NGINX}ssl-ciphers": value}))
    [gateway] = of(result, "Gateway")
    assert [one["name"] for one in gateway.body["spec"]["listeners"]] == ["http", "https"]
    assert "tls-options.ciphers" in codes(result) or "tls-options.approximate" in codes(result)
