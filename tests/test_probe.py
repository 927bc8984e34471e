"""`ing2gw probe` against real servers on loopback, which answer as computed and then misbehave."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from converter.probe.pace import Pace
from tests.probe_estate import CART, FEW, HOSTS, SHOP, Change, asked, estate, of, on
from tests.probe_servers import Asked, Authority, Reply, server, serving


def test_servers_that_answer_as_computed_pass(tmp_path: Path, authority: Authority) -> None:
    with estate(tmp_path, authority) as running:
        code, report = running.report("--cacert", authority.file, "--limit", "300")
        assert report["failed"] == []
        assert code == 0
        outcomes = {one["outcome"] for one in report["requests"]}
        assert outcomes <= {"same", "announced"}
        assert "announced" in outcomes
        assert [one["request"] for one in report["requests"] if one["before_disagrees"] or one["after_disagrees"]] == []
        assert len(report["requests"]) > 20
        assert {one["host"] for one in report["connections"]} >= set(HOSTS)
        assert all(not one["before"]["trust"] for one in report["connections"] if one["host"] in HOSTS)
        seen = running.old[1].asked
        assert {one.protocol for one in seen} == {"h2"}
        assert all((one.header("user-agent") or "").startswith("ing2gw/") for one in seen)
        assert {one.method for one in seen} <= {"GET", "HEAD", "OPTIONS"}


def test_an_unannounced_difference_fails(tmp_path: Path, authority: Authority) -> None:
    with estate(tmp_path, authority, after=on("/cart", Reply(204))) as running:
        code, report = running.report("--insecure")
        found = of(report, CART)
    assert code == 1
    assert (found["outcome"], found["differs"]) == ("unannounced", ["status"])
    assert found["after_disagrees"] == []
    assert len(found["after"]) == 2
    assert any("no finding announces" in one for one in report["failed"])


def test_a_request_that_fails_after_fails_the_run(tmp_path: Path, authority: Authority) -> None:
    with estate(tmp_path, authority, after=on("/cart", Reply(503))) as running:
        done = running.probe("--insecure")
    assert done.code == 1
    section = done.out.partition("Served before, failing after")[2].partition("\n\n")[0]
    assert f"GET {CART}\n" in section
    assert "2 times, the same responses" in section
    assert "served before and failing after" in done.err


UNENCRYPTED = SHOP.replace("  tls:\n  - {hosts: [shop.example.com, api.example.com], secretName: shop-tls}\n", "")


@pytest.mark.parametrize("accepted", [False, True])
def test_failing_requests_pass_once_their_findings_are_accepted(
    tmp_path: Path, authority: Authority, accepted: bool
) -> None:
    accept = "    ing2gw/accept: 'tls.no-certificate: no HTTPS yet'\n"
    text = UNENCRYPTED.replace("annotations:\n", f"annotations:\n{accept}")
    with estate(tmp_path, authority, text=text if accepted else UNENCRYPTED) as running:
        code, report = running.report("--insecure")
        found = of(report, CART)
    assert found["outcome"] == "failing"
    assert found["after"][0]["error"].startswith("connection ")
    assert found["accepted"] is accepted
    assert "tls.no-certificate" in found["findings"]
    assert code == (0 if accepted else 1)


def test_an_old_side_that_is_not_as_computed_is_a_matter_of_its_own(tmp_path: Path, authority: Authority) -> None:
    change = on("/cart", Reply(503))
    with estate(tmp_path, authority, before=change, after=change) as running:
        done = running.probe("--insecure")
        _, report = running.report("--insecure")
    assert done.code == 0
    assert "The old side differs from what was computed for it" in done.out
    assert of(report, CART)["outcome"] == "same"
    assert of(report, CART)["before_disagrees"] == ["status 503 from a backend that is not available"]


FAULTS = {
    "reset": "connection closed without a response",
    "silent": "no complete response within 1.5 s",
    "garbage": "the response is not HTTP/1.1|closed without",
    "truncated": "cut off|closed without",
    "endless-headers": "too long|closed without",
}


@pytest.mark.parametrize("version", ["1.1", "auto"])
@pytest.mark.parametrize("fault", FAULTS)
def test_faults_of_the_new_side(tmp_path: Path, authority: Authority, fault: str, version: str) -> None:
    with estate(tmp_path, authority, after=on("/cart", Reply(fault=fault))) as running:
        timeout = "1.5" if fault == "silent" else "20"  # the other side must keep it on a busy machine, too
        code, report = running.report("--insecure", "--timeout", timeout, "--http", version, *FEW)
    found = of(report, CART)
    assert code == 1
    assert (found["outcome"], found["differs"]) == ("failing", ["connection"])
    assert re.search(FAULTS[fault], found["after"][0]["error"])
    assert "secret-of-the-server" not in json.dumps(report)


def test_flaky_responses_are_repeated_and_fail_nothing(tmp_path: Path, authority: Authority) -> None:
    seen: list[str] = []

    def once(asked: Asked, usual: Reply) -> Reply:
        first = asked.path == "/cart?once" and not seen
        seen.extend([asked.path] if first else [])
        return Reply(503) if first else usual

    (tmp_path / "one.jsonl").write_text(asked(f"{CART}?once"))
    with estate(tmp_path, authority, after=once) as running:
        code, report = running.report("--insecure", "--requests", "one.jsonl", *FEW)
    found = of(report, f"{CART}?once")
    assert code == 0
    assert found["outcome"] == "flaky"
    assert [one["status"] for one in found["after"]] == [503, 200]


def test_locations_that_differ_each_time_are_no_difference_of_the_sides(tmp_path: Path, authority: Authority) -> None:
    numbers = iter(range(10_000))

    def login(asked: Asked, usual: Reply) -> Reply:
        target = f"https://sso.example.com/?state={next(numbers)}"
        return Reply(302, (("location", target),)) if asked.path == "/cart" and asked.sni is not None else usual

    with estate(tmp_path, authority, before=login, after=login) as running:
        code, report = running.report("--insecure")
    assert of(report, CART)["outcome"] == "flaky"
    assert of(report, CART)["after"][0]["stopped"] == "redirect to another host"
    assert code == 0


def test_a_redirect_loop_fails(tmp_path: Path, authority: Authority) -> None:
    loop = Reply(302, (("location", "/cart"),))
    with estate(tmp_path, authority, after=on("/cart", loop)) as running:
        code, report = running.report("--insecure")
    assert code == 1
    assert of(report, CART)["after"][0]["stopped"] == "redirect loop"
    assert of(report, CART)["outcome"] == "failing"
    with estate(tmp_path, authority, before=on("/cart", loop), after=on("/cart", loop)) as running:
        assert of(running.report("--insecure")[1], CART)["outcome"] == "same"


def test_redirects_to_other_ports_and_hosts_are_not_followed(tmp_path: Path, authority: Authority) -> None:
    other = server(lambda _: Reply())
    with serving(other):
        for target in (f"http://127.0.0.1:{other.port}/", f"http://shop.example.com:{other.port}/"):
            change = on("/cart", Reply(302, (("location", target),)))
            with estate(tmp_path, authority, before=change, after=change) as running:
                _, report = running.report("--insecure")
            assert of(report, CART)["after"][0]["stopped"].startswith("redirect to ")
        assert other.asked == []


def test_redirects_are_compared_to_their_end(tmp_path: Path, authority: Authority) -> None:
    step = on("/cart", Reply(302, (("location", "/step"),)))
    ends = {False: Reply(200), True: Reply(404)}

    def chain(is_after: bool) -> Change:
        return lambda asked, usual: ends[is_after] if asked.path == "/step" else step(asked, usual)

    with estate(tmp_path, authority, before=chain(False), after=chain(True)) as running:
        code, report = running.report("--insecure")
    assert (of(report, CART)["outcome"], of(report, CART)["differs"]) == ("failing", ["redirects"])
    assert code == 1


@pytest.mark.parametrize("report", ["text", "json", "markdown", "html", "junit"])
def test_no_report_shows_credentials_or_cookies(tmp_path: Path, authority: Authority, report: str) -> None:
    planted = "secret-0815"

    def session(asked_: Asked, usual: Reply) -> Reply:
        cookie = ("set-cookie", f"sid={planted}; Path=/; HttpOnly")
        if asked_.path == path:
            return Reply(302, (cookie, ("location", f"https://sso.example.com/?state={planted}#id_token={planted}")))
        return usual._replace(headers=(*usual.headers, cookie))

    path = f"/cart?own&access_token={planted}"
    headers = {"Authorization": f"Bearer {planted}", "Cookie": f"sid={planted}", "X-Api-Key": planted}
    (tmp_path / "own.jsonl").write_text(asked(CART.replace("/cart", path), headers=headers))
    with estate(tmp_path, authority, after=session) as running:
        done = running.probe("--insecure", "--requests", "own.jsonl", *FEW, "--report", report, "-v")
        plan = running.probe("--requests", "own.jsonl", "--dry-run")
        (sent,) = {one for one in running.new[1].asked if one.path == path}
        others = [one for one in running.new[1].asked if one.path != path]
    assert sent.header("authorization") == f"Bearer {planted}"
    assert sent.header("cookie") == f"sid={planted}"
    assert planted not in done.out + done.err + plan.out + plan.err
    assert "sid=(redacted); Path=/; HttpOnly" in done.out or report in ("markdown", "html", "junit")
    assert [one for one in others if one.header("cookie") or one.header("authorization")] == []


def test_reports_are_well_formed_and_escape_what_servers_send(tmp_path: Path, authority: Authority) -> None:
    hostile = Reply(302, (("location", "https://shop.example.com/<script>alert(1)</script>]]>&`|\x1b[31m"),))
    formats = ("junit", "html", "markdown", "json", "text")
    options = [word for name in formats for word in ("--report", f"{name}:out.{name}")]
    with estate(tmp_path, authority, after=on("/cart", hostile)) as running:
        done = running.probe("--insecure", *FEW, *options)
    texts = {name: (tmp_path / f"out.{name}").read_text() for name in formats}
    assert done.code == 1
    assert "<script>alert" not in texts["html"] + texts["junit"]
    assert not any("\x1b" in text for text in texts.values())
    suites = ElementTree.fromstring(texts["junit"])
    assert suites.get("failures") != "0"
    assert {one.get("name") for one in suites} == {"requests", "connections"}
    assert json.loads(texts["json"])["failed"]


def test_redirects_and_headers_of_http1_only_requests(tmp_path: Path, authority: Authority) -> None:
    (tmp_path / "own.jsonl").write_text(asked(CART, headers={"Connection": "upgrade", "Upgrade": "websocket"}))
    with estate(tmp_path, authority) as running:
        running.report("--insecure", "--requests", "own.jsonl", *FEW)
        seen = [one for one in running.old[1].asked if one.header("upgrade")]
    assert {one.protocol for one in seen} == {"http/1.1"}


def test_the_rate_holds() -> None:
    async def starts(number: int) -> list[float]:
        pace, loop, out = Pace(200, number), asyncio.get_running_loop(), []
        for _ in range(number):
            assert await pace.turn(extra=True)
            out.append(loop.time())
        assert not await pace.turn(extra=True)
        return out

    found = asyncio.run(starts(11))
    assert found[-1] - found[0] >= 10 / 200 - 0.001
