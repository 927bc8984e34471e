"""The hooks in a real repository, with the real pre-commit where it is installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parent.parent
PRE_COMMIT = shutil.which("pre-commit", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: shop
{annotations}spec:
  ingressClassName: nginx
  rules:
  - host: {host}
    http:
      paths:
      - path: {path}
        pathType: ImplementationSpecific
        backend: {{service: {{name: web, port: {{name: http}}}}}}
"""
SERVICE = """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {ports: [{name: http, port: 8080}]}
"""
CONFIG = """\
sources: [apps]
output: gateway
fail-on: never
provenance: false
"""


def ingress(name: str, host: str = "shop.example.com", path: str = "/", regex: bool = False) -> str:
    note = '  annotations:\n    nginx.ingress.kubernetes.io/use-regex: "true"\n' if regex else ""
    return INGRESS.format(name=name, host=host, path=path, annotations=note)


class Repository:
    """A git repository with the hooks of this checkout, run in the environment of the tests."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.git("init", "-q")
        hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
        local = [
            hook
            | {
                "language": "system",
                "entry": hook["entry"].replace("ing2gw", f"{sys.executable} -m converter", 1),
                "files": "^apps/",
            }
            for hook in hooks
        ]
        self.write(".pre-commit-config.yaml", yaml.safe_dump({"repos": [{"repo": "local", "hooks": local}]}))

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {
            "PYTHONPATH": str(ROOT),
            "PRE_COMMIT_HOME": str(self.folder.parent / "cache"),
            "HOME": str(self.folder.parent),
            "GIT_CONFIG_GLOBAL": os.devnull,
        }
        return subprocess.run(command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False)

    def git(self, *args: str) -> None:
        ran = self.run("git", "-c", "user.name=t", "-c", "user.email=t@example.com", *args)
        assert ran.returncode == 0, ran.stderr

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def hook(self, name: str, *files: str) -> subprocess.CompletedProcess[str]:
        self.git("add", "-A")
        return self.run(str(PRE_COMMIT), "run", name, "--files", *files)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    (tmp_path / "repo").mkdir()
    return Repository(tmp_path / "repo")


needs_pre_commit = pytest.mark.skipif(PRE_COMMIT is None, reason="pre-commit is not installed")


@needs_pre_commit
def test_convert_keeps_files_current_and_check_sees_drift(repository: Repository) -> None:
    repository.write("ing2gw.yaml", CONFIG)
    repository.write("apps/web.yaml", ingress("web"))
    repository.write("apps/service.yaml", SERVICE)
    ran = repository.hook("ing2gw-check", "apps/web.yaml")
    assert ran.returncode == 1
    assert "gateway/routes/shop/web.yaml is missing" in ran.stdout
    ran = repository.hook("ing2gw-convert", "apps/web.yaml")
    assert ran.returncode == 1
    assert "were changed: " in ran.stdout
    assert "findings" not in ran.stdout, "what changed is said, not the whole report"
    assert repository.hook("ing2gw-convert", "apps/web.yaml").returncode == 0
    assert repository.hook("ing2gw-check", "apps/web.yaml").returncode == 0
    repository.write("apps/web.yaml", ingress("web", host="new.example.com"))
    ran = repository.hook("ing2gw-check", "apps/web.yaml")
    assert ran.returncode == 1
    assert "gateway/routes/shop/web.yaml is outdated" in ran.stdout


@needs_pre_commit
def test_facts_of_other_files_count_although_one_file_is_passed(repository: Repository) -> None:
    repository.write("ing2gw.yaml", CONFIG)
    repository.write("apps/service.yaml", SERVICE)
    repository.write("apps/web.yaml", ingress("web", path="/Web"))
    repository.write("apps/regex.yaml", ingress("regex", path="/v[0-9]+", regex=True))
    repository.hook("ing2gw-convert", "apps/web.yaml")
    routes = "".join(path.read_text() for path in (repository.folder / "gateway/routes").rglob("*.yaml"))
    assert "port: 8080" in routes
    assert routes.count("(?i)") >= 2, "a regex elsewhere makes every path of the host one"
    assert repository.hook("ing2gw-convert", "apps/regex.yaml").returncode == 0


@needs_pre_commit
def test_new_losses_fail(repository: Repository) -> None:
    repository.write("ing2gw.yaml", CONFIG.replace("fail-on: never\n", "baseline: base.json\nfail-on: approximate\n"))
    repository.write("apps/service.yaml", SERVICE)
    repository.write("apps/web.yaml", ingress("web"))
    repository.run(
        sys.executable,
        "-m",
        "converter",
        "convert",
        "apps",
        "--config",
        "",
        "-o",
        "gateway",
        "--no-provenance",
        "--report",
        "json:base.json",
    )
    assert repository.hook("ing2gw-check", "apps/web.yaml").returncode == 0
    repository.write(
        "apps/web.yaml",
        ingress("web").replace(
            "  namespace: shop\n", "  namespace: shop\n  annotations: {nginx.ingress.kubernetes.io/nonsense: x}\n"
        ),
    )
    ran = repository.hook("ing2gw-check", "apps/web.yaml")
    assert ran.returncode == 1
    assert "1 finding at or above approximate" in ran.stdout
