"""Client certificates on the real Envoy: who gets through, and what backends learn of the certificate."""

from __future__ import annotations

import json
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live import absent, target
from tests.targets_input import ingress, run

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
    pytest.mark.e2e,
    pytest.mark.skipif(bool(absent()), reason=absent()),
    pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl, to make certificates"),
]
HEAD = "nginx.ingress.kubernetes.io"
FORGED = ("ssl-client-cert", "ssl-client-subject-dn", "ssl-client-issuer-dn", "ssl-client-verify")


def estate(mode: str) -> list[dict[str, Any]]:
    """What one Ingress becomes that asks for certificates in this mode."""
    annotations = {
        f"{HEAD}/auth-tls-secret": "shop/ca",
        f"{HEAD}/auth-tls-verify-client": mode,
        f"{HEAD}/auth-tls-pass-certificate-to-upstream": "true",
    }
    result = run(ingress("web", [("/", "web")], tls="shop-tls", annotations=annotations))
    return [one.body for one in result.resources]


@pytest.fixture(scope="module", params=["on", "optional"])
def envoy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    with target(estate(request.param), tmp_path_factory.mktemp("mtls")) as running:
        yield request.param, running


def certificate(folder: Path, authority: Path, subject: str) -> Path:
    """A certificate with its key, of the authority that ask.py gives to listeners."""
    key, request, made = folder / "client.key", folder / "client.csr", folder / "client.crt"
    new = ["openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", request, "-subj", subject]
    sign = ["openssl", "x509", "-req", "-in", request, "-CA", authority / "oracle.crt", "-CAkey"]
    sign += [authority / "oracle.key", "-CAcreateserial", "-out", made, "-days", "2"]
    for command in (new, sign):
        subprocess.run([str(one) for one in command], check=True, capture_output=True)
    return made


def asked(running: Any, client: Path | None) -> dict[str, str] | None:
    """The headers of a request as the backend gets them, from a client who forges them; None: no connection."""
    text = response(running, client)
    if not text:
        return None
    found: dict[str, str] = json.loads(text.partition("\r\n\r\n")[2])["headers"]
    return found


def response(running: Any, client: Path | None) -> str:
    """What a client gets who forges headers; "": no connection."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if client is not None:
        context.load_cert_chain(client, client.with_suffix(".key"))
    lines = ["GET / HTTP/1.1", "Host: shop.example.com", "Connection: close", *(f"{name}: forged" for name in FORGED)]
    plain = socket.create_connection(("127.0.0.1", running.envoys[0].ports[443]))
    plain.sendall(b"PROXY TCP4 192.0.2.9 192.0.2.1 4444 443\r\n")
    with context.wrap_socket(plain, server_hostname="shop.example.com", do_handshake_on_connect=False) as secure:
        try:
            secure.do_handshake()
            secure.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            return b"".join(iter(lambda: secure.recv(65536), b"")).decode()
        except (ssl.SSLError, ConnectionError):
            return ""


def certified(headers: dict[str, str] | None) -> dict[str, str] | None:
    """Those that say something of the certificate."""
    return headers and {name: text[:20] for name, text in headers.items() if name in FORGED}


def test_clients_without_a_certificate(envoy: tuple[str, Any]) -> None:
    mode, running = envoy
    assert certified(asked(running, None)) == (None if mode == "on" else {})


@pytest.mark.parametrize("subject", ["/C=DE/O=Shop/CN=bob", "/"])
def test_backends_learn_of_the_certificate(envoy: tuple[str, Any], subject: str, tmp_path: Path) -> None:
    mode, running = envoy
    expected = {"ssl-client-cert": "-----BEGIN%20CERTIFI", "ssl-client-issuer-dn": "CN=oracle"}
    if subject != "/":
        expected["ssl-client-subject-dn"] = "CN=bob,O=Shop,C=DE"
    if mode == "on":
        expected["ssl-client-verify"] = "SUCCESS"
    assert certified(asked(running, certificate(tmp_path, running.tmp, subject))) == expected


SUBJECTS = {"/C=DE/O=Shop/CN=bob": 200, "/C=DE/O=Shop/CN=bobby": 403, "/O=bob": 403, "/": 403}


@pytest.mark.parametrize("mode", ["on", "optional"])
def test_subjects_of_certificates(mode: str, tmp_path: Path) -> None:
    """A rule of the SecurityPolicy refuses all others, whatever headers they send."""
    annotations = {
        f"{HEAD}/auth-tls-secret": "shop/ca",
        f"{HEAD}/auth-tls-verify-client": mode,
        f"{HEAD}/auth-tls-match-cn": "CN=(alice|bob)(,|$)",
        f"{HEAD}/denylist-source-range": "198.51.100.0/24",
    }
    result = run(ingress("web", [("/", "web")], tls="shop-tls", annotations=annotations))
    with target([one.body for one in result.resources], tmp_path) as running:
        for subject, status in SUBJECTS.items():
            client = certificate(tmp_path, running.tmp, subject)
            assert (subject, status_of(running, client)) == (subject, status)
        assert status_of(running, None) == (0 if mode == "on" else 403)


def status_of(running: Any, client: Path | None) -> int:
    """0 where no connection comes about."""
    text = response(running, client)
    return int(text.split()[1]) if text else 0
