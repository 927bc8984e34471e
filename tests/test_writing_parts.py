"""kustomization.yaml in every folder, and runs that write the files of one team."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.command import invoke
from tests.targets_input import ingress

NGINX = "nginx.ingress.kubernetes.io/"


@pytest.fixture
def folder(tmp_path):
    one = ingress("web", [("/", "web")], tls="a", annotations={NGINX + "rewrite-target": "/x"})
    two = ingress("api", [("/", "api")], host="api.example.com", tls="b")
    other = ingress("blog", [("/", "blog")], host="blog.example.com", tls="c", namespace="press")
    (tmp_path / "in").mkdir()
    for name, text in (("web", one), ("api", two), ("blog", other)):
        (tmp_path / "in" / f"{name}.yaml").write_text(text)
    return tmp_path


def convert(folder: Path, *more: str, code: int = 0) -> str:
    done = invoke(["convert", "in", "-o", "out", *more], folder)
    assert done.code == code, done.err
    return done.err


def tree(folder: Path) -> dict[str, str]:
    out = folder / "out"
    return {str(path.relative_to(out)): path.read_text() for path in sorted(out.rglob("*.yaml"))}


@pytest.mark.parametrize("layout", ["roles", "mirror", "single"])
def test_every_file_is_reached_from_the_root(folder, layout):
    convert(folder, "--kustomize", "--layout", layout)
    written = tree(folder)

    def reached(at: str) -> set[str]:
        found = {f"{at}kustomization.yaml"}
        for name in yaml.safe_load(written[f"{at}kustomization.yaml"])["resources"]:
            found |= {f"{at}{name}"} if name.endswith(".yaml") else reached(f"{at}{name}/")
        return found

    assert reached("") == written.keys()
    invoke(["convert", "in", "-o", "out", "--kustomize", "--layout", layout, "--fail-on-change"], folder)
    assert tree(folder) == written


def test_a_kustomization_of_somebody_else_is_kept(folder):
    (folder / "out").mkdir()
    (folder / "out" / "kustomization.yaml").write_text("resources: [mine]\n")
    assert "kept" in convert(folder, "--kustomize", code=1)
    assert tree(folder)["kustomization.yaml"] == "resources: [mine]\n"
    convert(folder, "--kustomize", "--force")
    assert invoke(["check", "in", "-o", "out", "--kustomize"], folder).code == 0
    assert "is no longer needed" in invoke(["check", "in", "-o", "out"], folder).err


def test_one_team_writes_its_files_and_no_others(folder):
    convert(folder)
    before = tree(folder)
    for path in (folder / "in").iterdir():
        path.write_text(
            path.read_text().replace("port: {number: 80}", "port: {number: 81}").replace("number: 80", "number: 81")
        )
    report = convert(folder, "--only-namespace", "press")
    after = tree(folder)
    assert {path for path in after if after[path] != before[path]} == {"routes/press/blog.yaml"}
    assert "1 object (1 converted)" in report
    assert invoke(["check", "in", "-o", "out", "--only-namespace", "press"], folder).code == 0
    assert "routes/shop/web.yaml is outdated" in invoke(["check", "in", "-o", "out"], folder).err
    convert(folder, "--only", "shop/web")
    changed = tree(folder)
    assert {path for path in after if after[path] != changed[path]} == {"routes/shop/web.yaml"}


def test_a_team_prunes_its_own_files(folder):
    convert(folder)
    (folder / "in" / "blog.yaml").unlink()
    (folder / "in" / "api.yaml").unlink()
    convert(folder, "--only-namespace", "press", "--prune")
    assert "routes/press/blog.yaml" not in tree(folder)
    assert "routes/shop/api.yaml" in tree(folder)
    assert "infrastructure/press/reference-grants.yaml" in tree(folder)


def test_the_routes_to_https_are_written_with_any_of_their_objects(folder):
    convert(folder, "--only", "shop/web")
    assert tree(folder).keys() == {"routes/shop/web.yaml", "routes/shop/nginx-redirect.yaml"}


@pytest.mark.parametrize(
    "command", [["convert", "in", "-o", "out"], ["diff", "in"], ["convert", "in", "--fail-on", "never"]]
)
def test_an_object_that_the_input_does_not_have_fails_the_run(folder, command):
    done = invoke([*command, "--only", "shop/wbe", "--only", "shop/web"], folder)
    assert done.code == 1
    assert "--only shop/wbe: the input has no such object" in done.err
    assert "--only shop/web:" not in done.err


@pytest.mark.parametrize("more", [["--only", "web"], ["--only", "a/b/c"], ["--only", "shop/web", "--layout", "single"]])
def test_what_cannot_be_asked_for(folder, more):
    assert invoke(["convert", "in", "-o", "out", *more], folder).code == 2


def test_a_dry_run_folds_standard_differences(folder):
    short, full = (invoke(["diff", "in", *more], folder).out for more in ([], ["--show", "standard"]))
    assert "standard differences for everybody who leaves ingress-nginx" in short
    assert "redirect.location" not in short
    assert "redirect.location" in full
