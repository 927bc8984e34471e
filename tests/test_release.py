"""The action, the image and the release workflow, as far as they can be run without their hosts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.targets_input import ingress
from tools.release_notes import notes

ROOT = Path(__file__).parent.parent
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = {one["name"]: one for one in ACTION["runs"]["steps"] if "name" in one}
GH = """#!/usr/bin/env python3
import json, pathlib, sys
log = pathlib.Path(__file__).with_name("log")
log.open("a").write(json.dumps(sys.argv[1:]) + "\\n")
if "--paginate" in sys.argv and pathlib.Path(__file__).with_name("known").exists():
    print(7)
"""


@pytest.fixture
def runner(tmp_path, monkeypatch):
    """A runner with the command installed, and a `gh` that writes down what it is asked."""
    binaries = tmp_path / "ing2gw" / "bin"
    binaries.mkdir(parents=True)
    (binaries / "ing2gw").write_text(f'#!/bin/sh\nexec {sys.executable} -m converter "$@"\n')
    (tmp_path / "gh").write_text(GH)
    for path in (binaries / "ing2gw", tmp_path / "gh"):
        path.chmod(0o755)
    work = tmp_path / "work"
    work.mkdir()
    (work / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("RUNNER_TEMP", str(tmp_path))
    monkeypatch.setenv("GITHUB_OUTPUT", str(tmp_path / "output"))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary"))
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


def step(name: str, folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    script = STEPS[name]["run"]
    assert "${{" not in script, "inputs are texts of others: they come by the environment"
    return subprocess.run(
        ["bash", "-c", script], cwd=folder / "work", env=os.environ | env, capture_output=True, text=True, check=False
    )


def outputs(folder: Path) -> dict[str, str]:
    lines = (folder / "output").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_action_checks_annotates_and_keeps_one_comment(runner):
    done = step("Check", runner, PATHS="in.yaml", ARGUMENTS="--fail-on approximate")
    assert done.returncode == 0, done.stderr
    assert "::warning" in done.stdout or "::error" in done.stdout or "::notice" in done.stdout
    found = outputs(runner)
    assert json.loads(Path(found["sarif"]).read_text())["version"] == "2.1.0"
    assert (runner / "summary").read_text() == Path(found["markdown"]).read_text()
    assert step("Result", runner, CODE=found["code"]).returncode == 1
    given = {"REPOSITORY": "a/b", "NUMBER": "3", "MARKDOWN": found["markdown"], "GH_TOKEN": "x"}
    for known, method, place in (("", "POST", "issues/3/comments"), ("known", "PATCH", "issues/comments/7")):
        if known:
            (runner / known).touch()
        done = step("Comment", runner, **given)
        assert done.returncode == 0, done.stderr
        last = json.loads((runner / "log").read_text().splitlines()[-1])
        assert method in last and f"repos/a/b/{place}" in last
    assert Path(f"{found['markdown']}.comment").read_text().startswith("<!-- ing2gw check -->\n")


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash")
def test_the_action_goes_green_and_takes_no_text_for_a_command(runner):
    assert step("Check", runner, PATHS="in.yaml", ARGUMENTS="").returncode == 0
    assert step("Result", runner, CODE=outputs(runner)["code"]).returncode == 0
    assert step("Check", runner, PATHS="$(touch hacked) ; touch hacked", ARGUMENTS="").returncode == 0
    assert not (runner / "work" / "hacked").exists()
    assert step("Result", runner, CODE=outputs(runner)["code"]).returncode == 2
    assert step("Result", runner).returncode == 1


def test_the_image_is_slim_and_runs_as_nobody():
    lines = [line for line in (ROOT / "Containerfile").read_text().splitlines() if line and not line.startswith("#")]
    last = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]
    assert "-slim" in last[0]
    [user] = [line for line in last if line.startswith("USER ")]
    assert int(user.split()[1].partition(":")[0]) > 0
    assert 'ENTRYPOINT ["ing2gw"]' in last
    copied = [line.split()[1:-1] for line in lines if line.startswith("COPY ") and "--from" not in line]
    assert all((ROOT / name).exists() for names in copied for name in names)


def test_a_release_has_one_version_everywhere():
    project, changelog = (
        '[project]\nversion = "1.2.3"\n',
        "## [Unreleased]\n\n## [1.2.3] - 2026-01-01\n\n- New.\n\n## [1.0.0]\n",
    )
    assert notes("v1.2.3", project, changelog) == "- New.\n"
    for tag, text in (
        ("v1.2.4", changelog),
        ("1.2.3", changelog),
        ("v1.2.3", "## [1.2.3]\n\n## [1.0.0]\n- Old\n"),
        ("v1.2.3", ""),
    ):
        with pytest.raises(ValueError, match=r"1\.2\.3"):
            notes(tag, project, text)


def test_the_release_workflow_makes_what_is_there():
    workflow = yaml.safe_load((ROOT / ".github/workflows/release.yml").read_text())
    runs = [one["run"] for job in workflow["jobs"].values() for one in job["steps"] if "run" in one]
    targets = set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert {name for run in runs for name in re.findall(r"make ([a-z]+)", run)} <= targets
    assert (ROOT / "tools/release_notes.py").is_file()
    assert workflow["permissions"] == {"contents": "read"}
    assert all("${{" not in run for run in runs)


def test_heavy_libraries_are_extras():
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert len(project["dependencies"]) <= 8
    assert not [one for one in project["dependencies"] if one.startswith(("envoy", "playwright", "kubernetes"))]
