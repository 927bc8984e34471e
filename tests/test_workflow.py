"""Continuous integration, issue forms and hooks name what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.installed import TESTS

ROOT = Path(__file__).parent.parent
TARGETS = set(re.findall(r"^([a-z0-9]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
FORMS = sorted(path for path in (ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")


def made(text: str) -> set[str]:
    """Targets that a script makes."""
    calls = re.findall(r"^\s*(?:timeout \d+ )?make(?: --silent)?((?: [\w=]+)+)", text, re.MULTILINE)
    return {word for call in calls for word in call.split() if "=" not in word}


def runs() -> list[str]:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    return [step["run"] for job in jobs.values() for step in job["steps"] if "run" in step]


def test_both_ways_of_continuous_integration_make_the_same_targets() -> None:
    hosted, own = made("\n".join(runs())), made((ROOT / ".ci/run").read_text())
    assert hosted <= TARGETS and own <= TARGETS
    assert {"check", "wheel", "installed", "coverage"} <= hosted & own


def test_every_supported_python_is_checked_and_takes_the_same_wheel() -> None:
    jobs = yaml.safe_load((ROOT / ".github/workflows/ci.yml").read_text())["jobs"]
    versions = [jobs[name]["strategy"]["matrix"]["python"] for name in ("check", "installed")]
    assert versions == [["3.11", "3.12", "3.13", "3.14"]] * 2
    assert jobs["installed"]["needs"] == "wheel" and "strategy" not in jobs["wheel"]


def test_help_lists_every_target_below_a_heading() -> None:
    lines = (ROOT / "Makefile").read_text().splitlines()
    phony = set(next(line for line in lines if line.startswith(".PHONY")).partition(":")[2].split())
    assert phony == TARGETS
    assert [line for line in lines if line.startswith("##@")] == ["##@ Use", "##@ Check", "##@ Change", "##@ Release"]


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_issue_forms_have_what_github_asks_for(path: Path) -> None:
    form: dict[str, Any] = yaml.safe_load(path.read_text())
    assert form["name"] and form["description"] and form["body"]
    named = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(set(named)) == len(named) and "input" in named
    assert all(part["attributes"].get("label") or part["type"] == "markdown" for part in form["body"])


def test_a_wrong_conversion_is_reported_with_input_and_trace() -> None:
    form = yaml.safe_load((ROOT / ".github/ISSUE_TEMPLATE/wrong-conversion.yml").read_text())
    required = {part["id"] for part in form["body"] if part.get("validations", {}).get("required")}
    assert {"input", "trace", "answer"} <= required


def test_hooks_for_those_who_work_here_use_the_tools_of_the_environment() -> None:
    [local] = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        assert hook["entry"].startswith(".venv/bin/") or made(hook["entry"]) <= TARGETS, hook
        files = re.findall(r"tests/\S+\.py", hook["entry"])
        assert all((ROOT / file).is_file() for file in files), hook


def test_the_tests_of_the_installed_wheel_are_there() -> None:
    assert [name for name in TESTS if not (ROOT / "tests" / name).is_file()] == []
