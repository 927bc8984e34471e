"""The examples of CONTRIBUTING.md, carried out on a copy of the repository."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "CONTRIBUTING.md").read_text()
BLOCK = re.compile(r"^```\w+ file=(\S+?)(?: after=\"((?:[^\"\\]|\\.)*)\")?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INPUT = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: CLASS}
spec: {controller: CONTROLLER}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {ANNOTATIONS}
spec:
  ingressClassName: CLASS
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


class Example(NamedTuple):
    """One section of the guide."""

    changes: list[tuple[str, str, str]]
    command: list[str]

    def carry_out(self, folder: Path) -> None:
        """Change a copy of the repository."""
        for name in ("converter", "mappings"):
            shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for path, after, text in self.changes:
            file = folder / path
            if not after:
                assert not file.exists(), f"{path} is there already"
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
                continue
            known = file.read_text()
            assert known.count(after) == 1, f"{path} has {after!r} {known.count(after)} times"
            insert = text if after.endswith("\n") else text.removesuffix("\n")
            file.write_text(known.replace(after, after + insert))


def example(title: str) -> Example:
    """What a section says."""
    section = re.split(r"^## ", GUIDE, flags=re.MULTILINE)
    [body] = [one for one in section if one.startswith(f"{title}\n")]
    changes = [(path, json.loads(f'"{after}"') if after else "", text) for path, after, text in BLOCK.findall(body)]
    assert body.count("```") == 2 * len(changes), "a block of this section is not carried out"
    [command] = re.findall(r"^    ing2gw (.+)$", body, re.MULTILINE)
    return Example(changes, command.split())


class Done(NamedTuple):
    """What the command of a section left behind."""

    code: int
    out: str
    err: str
    findings: list[dict[str, Any]]
    resources: list[dict[str, Any]]


def carried_out(title: str, folder: Path, annotations: str = "", cls: str = "nginx") -> Done:
    chosen = example(title)
    chosen.carry_out(folder)
    controller = {"nginx": "k8s.io/ingress-nginx", "example": "example.com/ingress"}[cls]
    text = INPUT.replace("ANNOTATIONS", annotations).replace("CLASS", cls).replace("CONTROLLER", controller)
    (folder / "example.yaml").write_text(text)
    more = ["--report", "json:report.json"] if chosen.command[0] == "convert" else []
    environment = {**os.environ, "PYTHONPATH": str(folder), "PYTHONSAFEPATH": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "converter", *chosen.command, *more],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr, done.stderr
    report = folder / "report.json"
    findings = json.loads(report.read_text())["findings"] if report.is_file() else []
    assert not [one for one in findings if one["code"].startswith("internal.")], findings
    resources = list(yaml.safe_load_all(done.stdout)) if more else []
    return Done(done.returncode, done.stdout, done.stderr, findings, resources)


def kinds(done: Done) -> set[str]:
    return {one["kind"] for one in done.resources}


def test_add_an_annotation(tmp_path: Path) -> None:
    done = carried_out("Add an annotation", tmp_path)
    assert "nginx.ingress.kubernetes.io/proxy-socket-keepalive" in done.out
    assert "Idle connections to backends are probed by TCP." in done.out


def test_add_a_feature_with_a_field(tmp_path: Path) -> None:
    key = "nginx.ingress.kubernetes.io/connection-buffer-limit"
    done = carried_out("Add a feature with a field", tmp_path, f"{key}: 32Ki")
    policies = [one["spec"] for one in done.resources if one["kind"] == "BackendTrafficPolicy"]
    assert {"bufferLimit": "32Ki"} in [one.get("connection") for one in policies]
    [finding] = [one for one in done.findings if one["origin"]["key"] == key]
    assert (finding["code"], finding["fidelity"]) == ("connection-buffer.policy", "exact")


def test_add_a_source(tmp_path: Path) -> None:
    done = carried_out("Add a source", tmp_path, cls="example")
    assert "HTTPRoute" in kinds(done)
    assert json.loads((tmp_path / "report.json").read_text())["summary"]["objects"]["converted"] == 1


def test_add_a_target(tmp_path: Path) -> None:
    done = carried_out("Add a target", tmp_path)
    [gateway] = [one["spec"] for one in done.resources if one["kind"] == "Gateway"]
    assert gateway["gatewayClassName"] == "example"
    assert not any(kind.endswith("TrafficPolicy") for kind in kinds(done))
    assert any("console of example.com" in f"{one['message']} {one['hint']}" for one in done.findings)


def test_add_a_report_format(tmp_path: Path) -> None:
    carried_out("Add a report format", tmp_path)
    head, *lines = (tmp_path / "report.csv").read_text().splitlines()
    assert head == "fidelity,code,place"
    assert lines[0] == "exact,class.entry,example.yaml:14"


def test_add_a_version_of_a_target(tmp_path: Path) -> None:
    done = carried_out("Add a version of a target", tmp_path)
    assert "BackendTrafficPolicy" in kinds(done)
    assert "streamIdleTimeout" not in done.out
    assert any("a silent stream has no limit of its own in v1.8" in one["message"] for one in done.findings)


def test_every_example_is_carried_out() -> None:
    titles = re.findall(r"^## (Add .+)$", GUIDE, re.MULTILINE)
    names = {
        name.removeprefix("test_").replace("_", " ").capitalize() for name in globals() if name.startswith("test_add")
    }
    assert names == set(titles)


@pytest.mark.parametrize("title", re.findall(r"^## (Add .+)$", GUIDE, re.MULTILINE))
def test_an_example_changes_few_files(title: str) -> None:
    assert len({path for path, _, _ in example(title).changes}) <= 5
