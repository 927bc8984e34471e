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


@pytest.mark.parametrize("given", [["in"], ["in/web.yaml", "in/api.yaml", "in/blog.yaml"], ["in/*.yaml"]])
def test_a_mirror_is_written_beside_its_sources(folder, given):
    sources = {path.name: path.read_text() for path in (folder / "in").iterdir()}
    assert invoke(["convert", *given, "--layout", "mirror"], folder).code == 0
    made = {path.name for path in (folder / "in").glob("*.yaml")} - sources.keys()
    assert made == {"web.gateway.yaml", "api.gateway.yaml", "blog.gateway.yaml"}
    assert (folder / "in/infrastructure/envoy-gateway-system/nginx.yaml").is_file()
    assert {path.name for path in folder.iterdir()} == {"in"}
    assert all((folder / "in" / name).read_text() == text for name, text in sources.items())
    assert invoke(["convert", "in", "--layout", "mirror", "--fail-on-change"], folder).code == 0
    assert invoke(["check", "in", "--layout", "mirror"], folder).code == 0


def test_a_mirror_overwrites_nobody_elses_file(folder):
    (folder / "in/web.gateway.yaml").write_text("# mine\n")
    done = invoke(["convert", "in", "--layout", "mirror"], folder)
    assert done.code == 1
    assert "in/web.gateway.yaml was edited by hand and is kept" in done.err
    assert (folder / "in/web.gateway.yaml").read_text() == "# mine\n"


def test_a_part_of_the_sources_belongs_to_the_mirror_of_the_whole(folder):
    invoke(["convert", "in", "--layout", "mirror"], folder)
    (folder / "in/web.yaml").write_text((folder / "in/web.yaml").read_text().replace("number: 80", "number: 81"))
    before = {path: path.read_text() for path in (folder / "in").rglob("*.yaml")}
    done = invoke(["convert", "in", "--only", "shop/web", "--layout", "mirror"], folder)
    assert done.code == 0
    after = {path: path.read_text() for path in (folder / "in").rglob("*.yaml")}
    assert {path.name for path in after if after[path] != before[path]} == {"web.gateway.yaml"}
    assert "also holds" in invoke(["convert", "in/web.yaml", "--layout", "mirror"], folder).err
    assert not [path for path in folder.rglob(".ing2gw.json") if path.parent != folder / "in"]


def test_only_writes_the_mirror_of_a_single_file(folder):
    done = invoke(["convert", "in/web.yaml", "--layout", "mirror", "--only", "shop/web"], folder)
    assert done.code == 0
    assert "kind: HTTPRoute" in (folder / "in/web.gateway.yaml").read_text()
    assert not list(folder.rglob("infrastructure"))


@pytest.mark.parametrize("command", [["convert", "in", "-o", "out"], ["diff", "in"], ["check", "in"]])
def test_a_namespace_that_nothing_has_is_wrong_usage(folder, command):
    done = invoke([*command, "--only-namespace", "shpo"], folder)
    assert done.code == 2
    assert "--only-namespace shpo: the input has no such namespace; did you mean shop?" in done.err
    assert not (folder / "out").exists()


def test_a_namespace_whose_last_ingress_is_gone_can_be_pruned(folder):
    convert(folder)
    (folder / "in" / "blog.yaml").unlink()
    convert(folder, "--only-namespace", "press", "--prune")
    assert "routes/press/blog.yaml" not in tree(folder)


def test_a_label_of_waves_that_nothing_has_is_wrong_usage(folder):
    path = folder / "in/web.yaml"
    path.write_text(path.read_text().replace("  namespace: shop\n", "  namespace: shop\n  labels: {team: a}\n", 1))
    assert "did you mean team?" in invoke(["plan", "in", "--waves-by", "label:taem"], folder).err
    assert invoke(["plan", "in", "--waves-by", "label:team"], folder).code == 0
