"""A folder of fixtures/ is a test: input as users write it, what becomes of it, and what is said about it.

    fixtures/<source>/<case>/input.yaml             what is converted
                             options.yaml           options of the run (keys of converter.model.options.Options), if any
                             requests.jsonl         requests with the answers that the real controller gave, if any
                             expected/<target>.yaml, expected/<target>.report

`pytest tests/test_fixtures.py --update-golden` renews the expected files.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.pipeline.trace import trace
from converter.reporting import Look, render, report_of
from converter.routing.exchange import Request
from converter.writing.resource_order import ordered
from converter.writing.yaml import dump_all
from tests.complete import broken_promises

FIXTURES = Path(__file__).parent.parent / "fixtures"
SOURCES = ("ingress-nginx", "alauda-alb", "aws-alb", "generic")
CASES = sorted(
    path.parent.relative_to(FIXTURES) for source in SOURCES for path in (FIXTURES / source).glob("*/input.yaml")
)
TARGET = "envoy-gateway"
ALSO = {"aws-alb": ("aws",)}
"""Further targets whose output is expected, by source."""


@contextmanager
def inside(folder: Path) -> Iterator[None]:
    """Paths in reports are relative to the case."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@lru_cache
def run(case: Path, target: str = TARGET) -> Result:
    folder = FIXTURES / case
    given = folder / "options.yaml"
    options: dict[str, Any] = {"provenance": False, "target": target} | (
        yaml.safe_load(given.read_text()) if given.is_file() else {}
    )
    with inside(folder):
        return convert(["input.yaml"], Options(**options))


def of_case(function: Any) -> Any:
    return pytest.mark.parametrize("case", CASES, ids=str)(function)


@of_case
def test_output_and_report_are_as_expected(case: Path, update_golden: bool) -> None:
    got = {}
    for target in (TARGET, *ALSO.get(case.parts[0], ())):
        result = run(case, target)
        got[f"{target}.yaml"] = dump_all(one.body for one in ordered(result.resources))
        got[f"{target}.report"] = render("text", report_of(result), Look(verbose=True))
    expected = FIXTURES / case / "expected"
    for name, text in got.items():
        if update_golden:
            expected.mkdir(exist_ok=True)
            (expected / name).write_text(text)
        assert text == (expected / name).read_text(), (
            "run with --update-golden, and read the difference before you commit it"
        )


@of_case
def test_no_promise_is_broken(case: Path) -> None:
    for target in (TARGET, *ALSO.get(case.parts[0], ())):
        assert broken_promises(run(case, target)) == []


@of_case
def test_output_is_read_back_by_another_reader_to_the_same_values(case: Path) -> None:
    bodies = [one.body for one in run(case).resources]
    assert list(yaml.safe_load_all(dump_all(bodies))) == bodies


def recorded(case: Path) -> list[dict[str, Any]]:
    file = FIXTURES / case / "requests.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.is_file() else []


@pytest.mark.parametrize("case", [case for case in CASES if recorded(case)], ids=str)
def test_requests_are_answered_today_as_the_real_controller_did(case: Path) -> None:
    wrong = []
    for line in recorded(case):
        answer, before = line["answer"], trace(run(case), Request.from_json(line))["before"]
        parts = {
            "status": (before["status"], answer["status"]),
            "location": (before.get("location"), answer.get("location")),
            "backends": (shares(before), shares(answer)),
            "upstream": (seen(before), seen(answer)) if "upstream" in answer else (None, None),
        }
        wrong += [
            f"{line['request']}: {name} {got}, recorded {want}" for name, (got, want) in parts.items() if got != want
        ]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("case", [case for case in CASES if recorded(case)], ids=str)
def test_requests_that_are_answered_differently_are_announced(case: Path) -> None:
    answers = [trace(run(case), Request.from_json(line)) for line in recorded(case)]
    assert [one["request"] for one in answers if not one["same"] and not one["findings"]] == []


def shares(answer: dict[str, Any]) -> dict[str, int]:
    """To an eighth: recorded shares are sampled."""
    return {name: round(share * 8) for name, share in (answer.get("backends") or {}).items()}


def seen(answer: dict[str, Any]) -> dict[str, Any]:
    upstream = answer.get("upstream") or {}
    return {key: upstream.get(key) for key in ("host", "path")}


def test_there_are_enough_cases_of_each_controller() -> None:
    counts = {source: sum(case.parts[0] == source for case in CASES) for source in SOURCES}
    assert all(counts[source] >= 12 for source in ("ingress-nginx", "alauda-alb", "aws-alb")), counts
    assert len(CASES) >= 40
