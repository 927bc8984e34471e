"""The dry run and every format over 598 public files together; writing twice changes nothing."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from converter.reporting import FORMATS
from converter.reporting.markdown import LIMIT
from tests.shared_data import CORPUS, SHARED

ROOT = Path(__file__).parent.parent

pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of public manifests is not here")


def run(folder: Path, *args: str) -> subprocess.CompletedProcess[str]:
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "converter", *args]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def complete_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """One dry run in all formats."""
    folder = tmp_path_factory.mktemp("corpus")
    wanted = [part for name in FORMATS for part in ("--report", f"{name}:reports/{name}")]
    return folder, run(folder, "diff", str(CORPUS), *wanted)


def data(complete_run: tuple[Path, Any]) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((complete_run[0] / "reports/json").read_text())
    return loaded


def test_dry_run_writes_nothing_but_the_reports_that_were_asked_for(complete_run: tuple[Path, Any]) -> None:
    folder, ran = complete_run
    assert ran.returncode == 1, ran.stderr[-500:]
    assert "Traceback" not in ran.stderr
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()} == {
        f"reports/{name}" for name in FORMATS
    }


def test_json_is_as_published_and_complete(complete_run: tuple[Path, Any]) -> None:
    found = data(complete_run)
    jsonschema.validate(found, json.loads((ROOT / "mappings/report.schema.json").read_text()))
    assert len(found["inputs"]) >= 598
    assert len(found["objects"]) > 800
    assert not [one for one in found["findings"] if one["code"].startswith("internal.")]


def test_sarif_is_valid(complete_run: tuple[Path, Any]) -> None:
    found = json.loads((complete_run[0] / "reports/sarif").read_text())
    jsonschema.validate(found, json.loads((SHARED / "schemas/sarif-schema-2.1.0.json").read_text()))
    lossy = [one for one in data(complete_run)["findings"] if one["fidelity"] not in ("exact", "obsolete")]
    assert len(found["runs"][0]["results"]) == len(lossy)


def test_junit_has_every_object_once(complete_run: tuple[Path, Any]) -> None:
    root = ET.parse(complete_run[0] / "reports/junit").getroot()
    suites = [one for one in root if one.get("name") != "input"]
    report = data(complete_run)
    objects = {(one["kind"], one["namespace"], one["name"]) for one in report["objects"]}
    named = {tuple(one["object"].values())[:3] for one in report["findings"] if one.get("object")}
    assert len(suites) == len(report["objects"]) + len(named - objects)
    assert int(root.get("tests", 0)) == len(root.findall(".//testcase"))


def test_markdown_fits_a_comment(complete_run: tuple[Path, Any]) -> None:
    text = (complete_run[0] / "reports/markdown").read_text()
    assert len(text) <= LIMIT + 200
    assert "### Decisions" in text


def test_text_can_be_read(complete_run: tuple[Path, Any]) -> None:
    """The owner of 600 Ingresses reads some pages, not thousands of lines."""
    lines = (complete_run[0] / "reports/text").read_text().splitlines()
    assert len(lines) < 550
    assert " decisions, " in lines[0]
    first = [line[:5] for line in lines[lines.index("Decisions") :] if line[:5].strip(" .").isdigit()]
    assert first[:3] == ["  1. ", "  2. ", "  3. "]
    assert max(len(line) for line in lines if not line.lstrip().startswith("do:")) < 900


def test_github_has_one_command_a_line(complete_run: tuple[Path, Any]) -> None:
    for line in (complete_run[0] / "reports/github").read_text().splitlines():
        assert re.match(r"::(error|warning|notice) file=", line), line[:100]


def test_page_is_small(complete_run: tuple[Path, Any]) -> None:
    assert (complete_run[0] / "reports/html").stat().st_size < 5_000_000


def test_dry_run_per_object_names_each_finding_once(tmp_path: Path) -> None:
    ran = run(tmp_path, "diff", str(CORPUS / "ingress-nginx"))
    assert ran.returncode in (0, 1), ran.stderr[-500:]
    assert list(tmp_path.iterdir()) == []
    heads = [line for line in ran.stdout.splitlines() if re.match(r"Ingress \S+  \S+:\d+", line)]
    assert len(set(heads)) == len(heads)


def test_converting_twice_changes_nothing_the_second_time(tmp_path: Path) -> None:
    folder = str(CORPUS / "ingress-nginx")
    run(tmp_path, "convert", folder, "-o", "out", "-q")
    before = {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*") if path.is_file()
    }
    assert len(before) > 100
    run(tmp_path, "convert", folder, "-o", "out", "-q")
    assert {
        path: (path.read_bytes(), path.stat().st_mtime_ns) for path in (tmp_path / "out").rglob("*") if path.is_file()
    } == before
    ran = run(tmp_path, "diff", folder, "-o", "out")
    assert ran.stdout.splitlines()[-1].endswith("files unchanged")
