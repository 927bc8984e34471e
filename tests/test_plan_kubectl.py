"""A real kubectl takes the forms of a plan: expressions, patches and annotations, without any server."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.test_plan_commands import planned, steps

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")


def kubectl(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"KUBECONFIG": os.devnull}
    return subprocess.run(["kubectl", *words], cwd=cwd, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("plan")
        cluster, found = planned(folder, patch, "ingress-nginx")
    return cluster.folder, cluster, found


def _lines(found: dict) -> list[str]:
    return [line for _, step in steps(found) for line in step["commands"]]


def test_every_expression_is_one(plan):
    folder, _, found = plan
    expressions = {match for line in _lines(found) for match in re.findall(r"jsonpath='([^']*)'", line)}
    assert len(expressions) == 3
    (folder / "one.yaml").write_text(yaml.safe_dump({
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"},
        "status": {"addresses": [{"value": "192.0.2.1"}], "loadBalancer": {"ingress": [{"hostname": "lb.example.com"}]}},
        "spec": {"acme": {"solvers": [{"selector": {"dnsNames": ["a.example.com"]}}]}},
    }))  # fmt: skip
    for one in expressions:
        done = kubectl("annotate", "--local", "-f", "one.yaml", "a=b", "-o", f"jsonpath={one}", cwd=folder)
        assert done.returncode == 0, f"{one}: {done.stderr}"


def test_every_patch_applies_to_its_object(plan):
    folder, cluster, found = plan
    patched = 0
    for line in _lines(found):
        words = shlex.split(line)
        if words[:2] != ["kubectl", "patch"] or "--patch-file" not in words:
            continue
        named = [
            one
            for one in cluster.objects.values()
            if one["metadata"]["name"] in words and one["kind"].lower()[:4] in line
        ]
        if not named:
            continue
        (folder / "one.yaml").write_text(yaml.safe_dump(named[0]))
        form, file = words[words.index("--type") + 1], words[words.index("--patch-file") + 1]
        done = kubectl(
            "patch", "--local", "-f", "one.yaml", "--type", form, "--patch-file", file, "-o", "json", cwd=folder
        )
        assert done.returncode == 0, f"{line}: {done.stderr}"
        assert json.loads(done.stdout)["metadata"]["name"] == named[0]["metadata"]["name"]
        patched += 1
    assert patched >= 4


def test_routes_are_annotated_before_they_are_applied(plan):
    folder, _, found = plan
    line = next(line for line in _lines(found) if line.startswith("kubectl annotate --local"))
    done = kubectl(*shlex.split(line.partition(" | ")[0])[1:], cwd=folder)
    assert done.returncode == 0, done.stderr
    routes = [one for one in yaml.safe_load_all(done.stdout) if one["kind"] == "HTTPRoute"]
    assert routes
    assert all(
        one["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/controller"] == "none" for one in routes
    )
