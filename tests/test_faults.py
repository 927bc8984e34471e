"""Situations that people met when they migrated: every case of fixtures/faults/ is answered as its expect.yaml says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fault_cases import shortcomings

CASES = sorted(path.parent for path in (Path(__file__).parent.parent / "fixtures" / "faults").glob("*/expect.yaml"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_case_holds(case: Path, tmp_path: Path) -> None:
    wrong = shortcomings(case, tmp_path)
    assert not wrong, "\n".join(wrong)


def test_there_are_cases_of_each_controller() -> None:
    kinds = {case.name.partition("-")[0] for case in CASES}
    assert {"nginx", "acp", "aws", "repo"} <= kinds


def test_a_case_that_does_not_hold_is_told_apart(tmp_path: Path) -> None:
    """Each part of expect.yaml can fail."""
    case, scratch = tmp_path / "case", tmp_path / "scratch"
    case.mkdir()
    scratch.mkdir()
    (case / "input.yaml").write_text((CASES[0].parent / "nginx-26-sentry-regex" / "input.yaml").read_text())
    (case / "no.sh").write_text("#!/bin/sh\necho because\nexit 1\n")
    (case / "no.sh").chmod(0o755)
    (case / "expect.yaml").write_text("""\
script: no.sh
runs:
- exit: 2
  finding: [{key: use-regex$, fidelity: manual}]
  no_finding: [{key: use-regex$}]
  resource: [{kind: HTTPRoute, has: {'spec.rules[*].matches[*].path.type': Exact}}]
  no_resource: [{kind: HTTPRoute, has: {'spec.rules[*].matches[*].path.type': /Regular/}}]
  text: [no such text]
  no_text: [use-regex]
  requests:
  - request: {host: errors.example.com, path: /api/2/envelope/}
    before: {status: 500}
    after: {backends: {'sentry/web:9000': 1}}
""")
    wrong = shortcomings(case, scratch)
    beginnings = [
        "no.sh: because",
        "run 0: exit 0",
        "run 0: no 'no such",
        "run 0: 'use-regex' in",
        "run 0: no finding",
        "run 0: finding",
        "run 0: no resource",
        "run 0: resource",
    ]
    assert all(any(one.startswith(begin) for one in wrong) for begin in beginnings), wrong
    assert sum(": before: status" in one or ": after: backends" in one for one in wrong) == 2
