"""Every command of docs/migration.md, and of the plans that it makes, from the export to the last deletion."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from copy import deepcopy
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from converter.cli.commands import cli
from tests.api_server import KINDS, ApiServer, serving
from tests.estate_logs import access_log
from tests.simulated_cluster import Cluster
from tests.test_plan_commands import certificates, listener_secrets, staying, steps

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "migration.md").read_text()
ESTATES = {
    "ingress-nginx": ROOT / "fixtures" / "migration" / "ingress-nginx",
    "Alauda ALB": ROOT / "fixtures" / "migration" / "alauda-alb",
    "AWS Load Balancer Controller": ROOT / "fixtures" / "migration" / "aws-alb",
}
MORE_KINDS = {
    ("cert-manager.io", "v1", "clusterissuers"): ("ClusterIssuer", False),
    ("argoproj.io", "v1alpha1", "rollouts"): ("Rollout", True),
    ("flagger.app", "v1beta1", "canaries"): ("Canary", True),
    ("crd.alauda.io", "v2beta1", "alaudaloadbalancer2"): ("ALB2", True),
    ("crd.alauda.io", "v1", "frontends"): ("Frontend", True),
    ("crd.alauda.io", "v1", "rules"): ("Rule", True),
    ("gateway.crd.alauda.io", "v1", "timeoutpolicies"): ("TimeoutPolicy", True),
    ("envoy-gateway.alauda.io", "v1alpha1", "envoygatewayctls"): ("EnvoyGatewayCtl", True),
    ("metallb.io", "v1beta1", "ipaddresspools"): ("IPAddressPool", True),
}

pytestmark = pytest.mark.skipif(not shutil.which("kubectl"), reason="needs kubectl")


def blocks(section: str) -> list[str]:
    """The command lines of a chapter, in order."""
    return [line for block in re.findall(r"```sh\n(.*?)```", chapter(section), re.S) for line in block.splitlines()]


def chapter(section: str) -> str:
    """Its text."""
    return next(part for part in re.split(r"^## ", PAGE, flags=re.M) if part.startswith(section))


def documents(folder: Path) -> list[dict]:
    files = sorted(folder.glob("*.yaml"))
    found = [one for file in files for one in yaml.safe_load_all(file.read_text()) if one]
    return [item for one in found for item in (one["items"] if one["kind"] == "List" else [one])]


def ing2gw(line: str, kubeconfig: Path) -> None:
    """A command as a user types it; decisions make it exit with 1, mistakes with 2."""
    command, _, target = line.partition(" > ")
    words = shlex.split(command)[1:]
    live = ["--kubeconfig", str(kubeconfig)] if words[0] == "export" or "--cluster" in words else []
    result = CliRunner().invoke(cli, [*words, *live])
    assert result.exit_code in (0, 1), f"{line}: {result.output}"
    assert "bug" not in result.stderr
    if target:
        Path(target).write_text(result.stdout)


@pytest.mark.parametrize("section", ESTATES)
def test_the_walk_through_holds(section, tmp_path, monkeypatch):
    there = documents(ESTATES[section])
    monkeypatch.chdir(tmp_path)
    lines = blocks(section)
    Path("access.log").write_text(access_log(section, there))
    with serving(ApiServer(deepcopy(there), kinds={**KINDS, **MORE_KINDS}, part=500)) as server:
        kubeconfig = server.kubeconfig(tmp_path)
        for line in lines:
            if line.startswith("ing2gw replay"):
                pytest.importorskip("duckdb", reason="replay needs DuckDB")
            if line.startswith("ing2gw") and "status" not in line:
                ing2gw(line, kubeconfig)
        plan = planned_from(section, lines)
        cluster = Cluster(there + certificates(there) + listener_secrets(plan), tmp_path)
        commands = [line for _, step in steps(plan, "roll-back") for line in step["commands"]]
        for line in commands:
            cluster.run(line)
        for line in lines:
            if "status" in line:
                server.objects = list(cluster.objects.values())
                ing2gw(line, kubeconfig)
    left_out = {one["object"] for one in plan["not-planned"]} | staying(plan)
    assert {
        f"Ingress {one['metadata']['namespace']}/{one['metadata']['name']}" for one in cluster.of("Ingress")
    } <= left_out
    for line in lines:
        if line.startswith("kubectl"):
            assert any(_is_part(line, other) for other in commands), line


def _is_part(line: str, command: str) -> bool:
    """Whether a command of the plan does the same, for more objects too."""
    verb, whole = line.split()[:2], command.split()
    return whole[:2] == verb and set(line.split()) <= set(whole)


def planned_from(section: str, lines: list[str]) -> dict:
    """The plan of the page as data."""
    words = shlex.split(next(line for line in lines if line.startswith("ing2gw plan")))[1:]
    words = [word for word in words if word not in ("-o", "plan/")]
    result = CliRunner().invoke(cli, [*words, "--format", "json", "-q"])
    assert result.exit_code == 0, result.output
    found: dict = json.loads(result.stdout)
    rows = re.findall(r"^\| `([^`/]+)` \|", chapter(section), re.M)
    assert rows == [wave["name"] for wave in found["waves"]]
    return found
