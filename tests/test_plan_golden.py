"""The whole plan of each estate, as people read it: `--update-golden` renews the files."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from converter.cli.commands import cli

ROOT = Path(__file__).parent.parent
PLANS = Path(__file__).parent / "data" / "plans"
ESTATES = {
    "ingress-nginx": ["fixtures/migration/ingress-nginx", "--staging-domain", "test.example.net"],
    "aws-alb": ["fixtures/migration/aws-alb", "--waves-by", "host-group"],
    "alauda-alb": ["fixtures/acp/platform", "--complete", "--preset", "acp"],
}


@pytest.mark.parametrize("name", ESTATES)
def test_the_plan_is_as_it_was(name, monkeypatch, update_golden):
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(cli, ["plan", *ESTATES[name], "--config", "", "-q"])
    assert result.exit_code == 0, result.output
    path = PLANS / f"{name}.md"
    if update_golden:
        path.parent.mkdir(exist_ok=True)
        path.write_text(result.stdout)
    assert result.stdout == path.read_text(), "run with --update-golden, and read the difference before you commit it"


HOSTILE = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  labels: {team: shop}
  annotations:
    meta.helm.sh/release-name: "a`b|<script>alert(1)</script><img src=x onerror=alert(1)>\\n::error::x"
    external-dns.alpha.kubernetes.io/ttl: "5; rm -rf / #"
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


@pytest.mark.parametrize("shape", ["markdown", "html", "json"])
@pytest.mark.parametrize("by", ["namespace", "label:team"])
def test_texts_of_the_input_stay_texts(shape, by):
    result = CliRunner().invoke(
        cli, ["plan", "-", "--config", "", "-q", "--format", shape, "--waves-by", by], input=HOSTILE
    )
    assert result.exit_code == 0, result.output
    if shape != "json":
        assert "<script>" not in result.stdout
        assert "<img" not in result.stdout
    assert not any(line.lstrip().startswith("::error") for line in result.stdout.splitlines())
    for line in result.stdout.splitlines():
        assert not line.startswith("kubectl") or "rm -rf" not in line


def test_a_plan_is_written_as_files_that_edits_survive(tmp_path, monkeypatch):
    monkeypatch.chdir(ROOT)
    words = ["plan", "fixtures/migration/aws-alb", "--config", "", "-o", str(tmp_path / "plan")]
    assert CliRunner().invoke(cli, words).exit_code == 0
    page = tmp_path / "plan" / "preparation.md"
    page.write_text(page.read_text() + "\nAsk the network team first.\n")
    again = CliRunner().invoke(cli, words)
    assert again.exit_code == 1
    assert "edited by hand" in again.output
    assert page.read_text().endswith("network team first.\n")
    assert CliRunner().invoke(cli, [*words, "--force"]).exit_code == 0
    assert CliRunner().invoke(cli, [*words, "--format", "html", "--prune"]).exit_code == 0
    assert not page.exists()
    html = (tmp_path / "plan" / "plan.html").read_text()
    assert "<script" not in html
