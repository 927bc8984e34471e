"""Certificates, protocols, shared connections and addresses that `ing2gw probe` meets."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.command import invoke
from tests.probe_estate import FAST, estate, on
from tests.probe_servers import Asked, Authority, Reply


class Tls(NamedTuple):
    options: dict[str, Any]
    code: int
    words: str


@pytest.mark.parametrize(
    "case",
    [
        Tls({"names": ("shop.example.com",)}, 1, "names of the certificate: api.example.com, shop.example.com before"),
        Tls({"days": -5}, 1, "certificate has expired"),
        Tls({"days": 300}, 0, "another certificate of the same names: ends"),
        Tls({"h2": False}, 1, "protocol h2 before, http/1.1 after"),
    ],
)
def test_certificates_and_protocols(tmp_path: Path, authority: Authority, case: Tls) -> None:
    with estate(tmp_path, authority, **case.options) as running:
        done = running.probe("--cacert", authority.file, "-v")
    assert case.words in done.out
    assert done.code == case.code, done.err


def test_another_issuer_is_a_difference_and_refused_by_clients(tmp_path: Path, authority: Authority) -> None:
    with estate(tmp_path, authority, issuer=Authority(tmp_path, "Other CA")) as running:
        done = running.probe("--cacert", authority.file)
        careless = running.probe("--insecure")
    assert "issuer of the certificate: CN=Test CA before, CN=Other CA after" in done.out
    assert "clients that check certificates are refused after: unable to get local issuer" in done.out
    assert "are refused" not in careless.out
    assert (done.code, careless.code) == (1, 1)


def test_certificates_that_nobody_trusts_on_both_sides_are_reported_and_fail_nothing(
    tmp_path: Path, authority: Authority
) -> None:
    with estate(tmp_path, authority) as running:
        done = running.probe("-v")
    assert "refused by both: unable to get local issuer certificate" in done.out
    assert done.code == 0


def test_hosts_of_one_certificate_are_asked_by_one_connection(tmp_path: Path, authority: Authority) -> None:
    def strict(asked: Asked, usual: Reply) -> Reply:
        return usual if asked.sni is None or asked.host == asked.sni else Reply(421)

    with estate(tmp_path, authority, after=strict) as running:
        code, report = running.report("--insecure", "--limit", "80")
        done = running.probe("--insecure", "-v", "--limit", "80")
    shared = [one for one in report["requests"] if one.get("over")]
    assert {(one["over"], one["request"]["host"]) for one in shared} in (
        {("shop.example.com", "api.example.com")},
        {("api.example.com", "shop.example.com")},
    )
    assert {one["outcome"] for one in shared} <= {"failing", "unannounced"}
    assert shared[0]["after"][0]["status"] == 421
    assert " over a connection for " in done.out
    assert code == 1


def test_ipv6(tmp_path: Path, authority: Authority) -> None:
    if not socket.has_ipv6:
        pytest.skip("needs IPv6 on loopback")
    with estate(tmp_path, authority, host="::1") as running:
        code, report = running.report("--insecure")
    assert code == 0
    assert report["before"].startswith("http=[::1]:")


def test_an_address_where_nothing_listens(tmp_path: Path, authority: Authority) -> None:
    with socket.socket() as one, socket.socket() as other, estate(tmp_path, authority) as running:
        closed = {"http": one, "https": other}
        for socket_ in closed.values():
            socket_.bind(("127.0.0.1", 0))
        args = [
            word for one in running.old for word in ("--before", f"{'https' if one.contexts else 'http'}={one.address}")
        ]
        args += [
            word
            for scheme, socket_ in closed.items()
            for word in ("--after", f"{scheme}=127.0.0.1:{socket_.getsockname()[1]}")
        ]
        done = invoke(["probe", "shop.yaml", *args, *FAST, "--concurrency", "1", "--insecure"], tmp_path)
        sent = sum(len(one.asked) for one in running.old)
    assert done.code == 1
    assert "no request got a response from --after: connection refused" in done.err
    assert sent < 20


def test_the_limit_holds_for_everything_that_is_sent(tmp_path: Path, authority: Authority) -> None:
    broken = on("/cart", Reply(404))
    with estate(
        tmp_path, authority, after=lambda asked, usual: Reply(404) if asked.sni is None else broken(asked, usual)
    ) as running:
        code, report = running.report("--insecure", "--limit", "12", "--retries", "5")
        sent = [sum(len(one.asked) for one in side) for side in (running.old, running.new)]
    assert code == 1
    assert max(sent) <= 12
    assert [report["sent"]["before"], report["sent"]["after"]] == sent
    assert report["left_out"]["beyond --limit"] > 0
