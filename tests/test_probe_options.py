"""Which requests `ing2gw probe` would send where, and what it refuses before it sends any."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from converter.probe.addresses import Addresses
from converter.routing.request_text import parse_request
from tests.command import Completed, invoke
from tests.probe_estate import CART, ROOT, SHOP, asked

CANARY = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-canary
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/canary: "true"
    nginx.ingress.kubernetes.io/canary-by-cookie: beta
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: beta, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: admin
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8
spec:
  ingressClassName: nginx
  rules:
  - host: admin.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: admin, port: {number: 80}}}}
"""


def plan(folder: Path, *options: object, text: str = SHOP, before: str = "192.0.2.1") -> Completed:
    (folder / "shop.yaml").write_text(text)
    address = ("--before", before, "--after", "192.0.2.2")
    return invoke(["probe", "shop.yaml", "--config", "", *address, "--dry-run", "--limit", "1000", *options], folder)


def test_a_dry_run_lists_what_would_be_sent(tmp_path: Path) -> None:
    done = plan(tmp_path, text=f"{SHOP}---{CANARY}")
    assert done.code == 0
    assert f"GET {CART}\n" in done.out
    assert "requests not sent: has credentials or cookies" in done.out
    assert "requests not sent: depends on the address of the client" in done.out
    assert re.search(r"\d+ requests to 2 addresses \(before 192.0.2.1, after 192.0.2.2\), methods GET, ", done.out)
    assert "beta=" not in done.out


def test_the_address_of_the_client_decides_what_is_computed(tmp_path: Path) -> None:
    text = f"{SHOP}---{CANARY}"
    inside, outside = (plan(tmp_path, "--source", one, text=text).out for one in ("10.1.2.3", "203.0.113.77"))
    assert "GET https://admin.example.com/ (from 10.1.2.3)" in inside
    assert "(from 203.0.113.77)" in outside


def test_clients_of_a_log_are_not_this_client(tmp_path: Path) -> None:
    """Witnesses of a replay name the client that sent them; who is asked sees the address of this one."""
    hosts = ("admin", "shop")
    lines = [{"request": {"host": f"{one}.example.com", "scheme": "https", "source": "10.1.2.3"}} for one in hosts]
    (tmp_path / "seen.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in lines))
    unknown, same = (
        plan(tmp_path, "--requests", "seen.jsonl", *more, text=f"{SHOP}---{CANARY}").out
        for more in ((), ("--source", "10.9.9.9"))
    )
    assert unknown.startswith("GET https://shop.example.com/\n")
    assert "(from 10.1.2.3)" not in unknown
    assert same.startswith(
        "GET https://admin.example.com/ (from 10.9.9.9)\nGET https://shop.example.com/ (from 10.9.9.9)\n"
    )


def test_other_methods_are_sent_where_they_are_allowed(tmp_path: Path) -> None:
    (tmp_path / "own.jsonl").write_text(asked(CART, method="POST") + asked(CART, method="PURGE"))
    safe = plan(tmp_path, "--requests", "own.jsonl").out
    assert "POST https" not in safe
    assert "1 request not sent: method POST (--allow-methods)" in safe
    allowed = plan(tmp_path, "--requests", "own.jsonl", "--allow-methods", "post").out
    assert allowed.startswith(f"POST {CART}\n")
    assert "PURGE https" not in allowed


def test_requests_that_http_cannot_write_are_left_out(tmp_path: Path) -> None:
    lines = [asked(CART, method="POST", headers={"Content-Length": "5"}), asked("https://shop.example.com/a b")]
    (tmp_path / "own.jsonl").write_text("".join(lines))
    done = plan(tmp_path, "--requests", "own.jsonl", "--allow-methods", "POST")
    assert "1 request not sent: has a body" in done.out
    assert "1 request not sent: has a path that HTTP cannot write" in done.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--before", "10.0.0.2"), "two addresses for all requests"),
        (("--entry", "other"), "there is nginx"),
        (("--report", "sarif"), "the format must be one of"),
        (("--source", "here"), "no IP address"),
        (("--cacert", "absent.pem"), "No such file"),
        (("--compare-header", "a b"), "no name of a header"),
        (("--allow-methods", "GET,"), "no method"),
    ],
)
def test_wrong_usage_is_said(tmp_path: Path, options: tuple[str, ...], words: str) -> None:
    done = plan(tmp_path, *options)
    assert done.code == 2
    assert words in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("10.0.0.1:80:90", "write HOST, HOST:PORT or [IPV6]:PORT"),
        ("10.0.0.1:99999", "write HOST, HOST:PORT or [IPV6]:PORT"),
        ("", "write HOST, HOST:PORT or [IPV6]:PORT"),
        ("https://10.0.0.1/", "write HOST, HOST:PORT or [IPV6]:PORT"),
        ("user@10.0.0.1", "write HOST, HOST:PORT or [IPV6]:PORT"),
        ("ftp=10.0.0.1", "the key must be http, https or the port of a listener"),
    ],
)
def test_what_is_no_address_is_refused(tmp_path: Path, address: str, words: str) -> None:
    done = plan(tmp_path, before=address)
    assert done.code == 2
    assert words in " ".join(done.err.split())


@pytest.mark.parametrize(
    ("given", "url", "place"),
    [
        (["10.0.0.1"], "http://a.example/", "10.0.0.1:80"),
        (["10.0.0.1"], "https://a.example/", "10.0.0.1:443"),
        (["10.0.0.1"], "https://a.example:8443/", "10.0.0.1:8443"),
        (["lb.example.com", "https=lb.example.com:8443"], "https://a.example/", "lb.example.com:8443"),
        (["https=[2001:db8::1]:8443"], "https://a.example/", "[2001:db8::1]:8443"),
        (["2001:db8::1"], "https://a.example/", "[2001:db8::1]:443"),
        (["10.0.0.1", "8443=10.0.0.1:18443"], "https://a.example:8443/", "10.0.0.1:18443"),
        (["http=10.0.0.1"], "https://a.example/", "None"),
    ],
)
def test_where_requests_go(given: list[str], url: str, place: str) -> None:
    assert str(Addresses(given).of(parse_request(url))) == place


def test_one_port_cannot_serve_both_schemes(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = invoke(["probe", "shop.yaml", "--before", "10.0.0.1:8080", "--after", "10.0.0.2", "--dry-run"], tmp_path)
    assert done.code == 2
    assert "names one port for HTTP and HTTPS" in done.err
    done = invoke(
        ["probe", "shop.yaml", "--before", "http=10.0.0.1:8080", "--after", "10.0.0.2", "--dry-run"], tmp_path
    )
    assert done.code == 0
    assert "requests not sent: https has no address in --before" in done.out


def test_entries_have_addresses_of_their_own(tmp_path: Path) -> None:
    args = [
        "probe",
        ROOT / "fixtures/acp",
        "--config",
        "",
        "--before",
        "192.0.2.1",
        "--after",
        "192.0.2.2",
        "--dry-run",
    ]
    done = invoke(args, tmp_path)
    assert done.code == 2
    assert "--entry: name one of global-alb2, retail, store" in " ".join(done.err.split())
    assert invoke([*args, "--entry", "store"], tmp_path).code == 0


def test_a_missing_library_is_named_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib import util

    find = util.find_spec
    monkeypatch.setattr(util, "find_spec", lambda name, package=None: None if name == "h2" else find(name, package))
    (tmp_path / "shop.yaml").write_text(SHOP)
    done = invoke(["probe", "shop.yaml", "--before", "192.0.2.1", "--after", "192.0.2.2"], tmp_path)
    assert done.code == 2
    assert "probe needs h2: run `pip install 'ing2gw[probe]'`" in done.err
