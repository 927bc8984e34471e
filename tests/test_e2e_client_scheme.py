"""Rules on X-Forwarded-Proto as clients send it: before, computed and real are the same, and nobody is sent in a loop."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.pipeline.run import Result
from converter.pipeline.trace import comparison_for
from converter.routing.decide import consult
from converter.routing.exchange import Request
from tests import live
from tests.complete import broken_promises, convert_text

INPUT = (
    Path(__file__).parent.parent / "fixtures/faults/nginx-121-http-redirect-behind-cloud-lb/input.yaml"
).read_text()
CONDITIONS = {
    '= "http"': (301, 200, 200, 200),
    '!= "https"': (301, 200, 301, 301),
    '= ""': (200, 200, 301, 301),
    "!~* ^HTTPS$": (301, 200, 301, 301),
}
SENT: tuple[dict[str, str], ...] = (
    {"X-Forwarded-Proto": "http"},
    {"X-Forwarded-Proto": "https"},
    {},
    {"X-Original-Forwarded-Proto": "http"},
)


def lines() -> list[dict[str, Any]]:
    return [{"scheme": "http", "host": "a.example.com", "path": "/a?b=c", "headers": headers} for headers in SENT]


def converted(condition: str, **options: object) -> Result:
    return convert_text(INPUT.replace('= "http"', condition), **options)


def statuses(result: Result, line: dict[str, Any]) -> tuple[int, int]:
    request = Request.from_json(line)
    sides = comparison_for(result, request)
    return consult(sides.before, request)[0].status, consult(sides.after, request)[0].status


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_both_sides_redirect_the_same_requests(condition: str, strict: bool) -> None:
    result = converted(condition, strict=strict)
    assert [statuses(result, line) for line in lines()] == [(one, one) for one in CONDITIONS[condition]]
    assert not broken_promises(result)
    assert not any(one.fidelity.name == "MANUAL" for one in result.findings)


def test_a_foreign_gateway_may_send_clients_in_a_loop() -> None:
    found = [
        one for one in converted('= "http"', gateway="infra/gw").findings if one.code == "condition.forwarded-proto"
    ]
    assert found
    assert all(one.fidelity.name == "MANUAL" and "without end" in one.message for one in found)


def test_a_trusted_load_balancer_keeps_the_header() -> None:
    text = INPUT.replace("data:\n", "data:\n  use-forwarded-headers: 'true'\n")
    result = convert_text(text)
    assert "x-original-forwarded-proto" not in str([one.body for one in result.resources])
    assert "condition.forwarded-proto" not in {one.code for one in result.findings}


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_real_target_redirects_the_same_requests(condition: str, tmp_path: Path) -> None:
    result = converted(condition)
    with live.target([one.body for one in result.resources], tmp_path) as running:
        assert [running.ask(live.askable(line))["status"] for line in lines()] == [*CONDITIONS[condition]]
