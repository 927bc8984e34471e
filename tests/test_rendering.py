"""`--render local`: charts and kustomizations of the input by the installed programs, without network."""

from __future__ import annotations

import csv
import io
import json
import os
import shlex
import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.packs.chart_routes import chart_routes
from tests.command import Completed, invoke

kustomize = pytest.mark.skipif(
    shutil.which("kustomize") is None and shutil.which("kubectl") is None, reason="needs kustomize or kubectl on PATH"
)
helm = pytest.mark.skipif(shutil.which("helm") is None, reason="needs helm on PATH")
INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: NAME, annotations: {nginx.ingress.kubernetes.io/enable-cors: "true"}}
spec:
  ingressClassName: nginx
  rules:
  - host: HOST
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
HELM = """#!/bin/sh
# prints what helm prints for a chart with one template, and what it was given
echo "$@" >> "$(dirname "$0")/asked"
env >> "$(dirname "$0")/environment"
name=$2; chart=$3
for one in "$@"; do case $one in --values=*) values=$(tr '\\n' ' ' < "${one#--values=}");; esac; done
case "$values" in *broken*) echo "Error: execution error at (app/templates/ingress.yaml:3): no host" >&2; exit 1;; esac
echo "---"
echo "# Source: app/templates/ingress.yaml"
sed -e "s/NAME/$name/" -e "s/HOST/$name.example.com/" "$chart/ingress.tmpl"
"""


def _tree(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def _report(found: Completed) -> dict[str, Any]:
    data: dict[str, Any] = json.loads(found.err[: found.err.rindex("\n}") + 2])
    return data


def _convert(folder: Path, *args: str) -> dict[str, Any]:
    found = invoke(("convert", *(args or (".",)), "--render", "local", "--report", "json"), folder)
    assert "bug" not in found.err
    return _report(found) | {"hosts": _hosts(found.out)}


def _hosts(out: str) -> list[str]:
    routes = [one for one in yaml.safe_load_all(out) if one and one["kind"] == "HTTPRoute"]
    return sorted({host for one in routes for host in one["spec"].get("hostnames", [])})


def _codes(report: dict[str, Any], family: str) -> list[str]:
    return [one["code"] for one in report["findings"] if one["code"].startswith((f"{family}.", "template."))]


OVERLAY = {
    "base/ing.yaml": INGRESS.replace("NAME", "web").replace("HOST", "a.example.com"),
    "base/kustomization.yaml": "resources: [ing.yaml]\n",
    "prod/kustomization.yaml": "namespace: shop\nnamePrefix: x-\nresources: [../base]\npatches: [{path: patch.yaml}]\n",
    "prod/patch.yaml": """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "9"}}
""",
}


@kustomize
def test_an_overlay_is_rendered(tmp_path: Path) -> None:
    """The patched object is converted once, and its findings name the file of the base."""
    _tree(tmp_path, OVERLAY)
    report = _convert(tmp_path)
    (web,) = report["objects"]
    assert (web["namespace"], web["name"], web["status"]) == ("shop", "x-web", "converted")
    places = {one["origin"]["path"] for one in report["findings"] if "read-timeout" in str(one["origin"])}
    assert places == {"base/ing.yaml (rendered by prod)"}
    assert not _codes(report, "kustomize") + _codes(report, "render")


def test_a_template_in_a_folder_says_how_it_is_read(tmp_path: Path) -> None:
    text = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec:\n  rules:\n  - host: {{ .Values.host }}\n"
    _tree(tmp_path, {"app/templates/ingress.yaml": text})
    hint = "render it first (--render local for charts, helm template"
    assert hint in invoke(("convert", "."), tmp_path).err
    _tree(tmp_path, {"app/Chart.yaml": "apiVersion: v2\nname: app\n"})
    decided = invoke(("convert", "."), tmp_path).err.partition("Decisions")[2]
    assert f"do:      {hint}" in decided
    assert "Correct the files" not in decided


def test_a_missing_program_is_named_with_the_path_as_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _tree(tmp_path, {"app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n"})
    assert (
        "\n     app/Chart.yaml is not rendered: helm is not installed."
        in invoke(("convert", ".", "--render", "local"), tmp_path).err
    )


def test_nothing_is_run_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor by a configuration: whoever wrote the repository may not have programs run."""
    monkeypatch.setenv("PATH", str(tmp_path))
    _tree(tmp_path, {**OVERLAY, "kubectl": "#!/bin/sh\ntouch ran\n"})
    (tmp_path / "kubectl").chmod(0o755)
    assert "kustomize.not-rendered" in invoke(("convert", "."), tmp_path).err
    (tmp_path / "ing2gw.yaml").write_text("render: local\n")
    found = invoke(("convert", "."), tmp_path)
    assert found.code == 2
    assert "render" in found.err
    assert not (tmp_path / "ran").exists()


def test_a_kustomization_of_flux_is_none_of_kustomize(tmp_path: Path) -> None:
    body = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: x}\nspec: {path: ./a}\n"
    _tree(tmp_path, {"kustomization.yaml": body})
    assert "is not rendered" not in invoke(("convert", ".", "--render", "local"), tmp_path).err


@kustomize
def test_a_base_beside_the_path(tmp_path: Path) -> None:
    """Inside of the repository a base is read where it stands; outside of one, only what was named."""
    _tree(tmp_path, OVERLAY)
    assert _codes(_convert(tmp_path, "prod"), "render") == ["render.failed"]
    (tmp_path / ".git").mkdir()
    report = _convert(tmp_path, "prod")
    assert (report["hosts"], _codes(report, "render")) == (["a.example.com"], [])
    _tree(tmp_path, {"base/kustomization.yaml": "resources: [ing.yaml, 'https://example.com/x.yaml']\n"})
    assert _codes(_convert(tmp_path, "prod"), "render") == ["render.remote"]


@kustomize
def test_remote_bases_are_named_and_not_fetched(tmp_path: Path) -> None:
    files = {**OVERLAY, "prod/kustomization.yaml": "resources: [../base, 'https://example.com/x//deploy?ref=v1']\n"}
    _tree(tmp_path, files)
    report = _convert(tmp_path)
    (remote,) = [one for one in report["findings"] if one["code"] == "render.remote"]
    assert "https://example.com/x//deploy?ref=v1" in remote["message"]
    assert report["hosts"] == ["a.example.com"]


@kustomize
@pytest.mark.parametrize(
    "body",
    [
        "resources: [../base, 'git@example.com:x/y']\n",
        "resources: [../base]\npatches: [{path: 'http://127.0.0.1:9/p.yaml', target: {kind: Ingress}}]\n",
        "resources: [../base]\nconfigMapGenerator: [{name: a, files: ['a=http://127.0.0.1:9/a']}]\n",
        "resources: [../base]\ntransformers: [plugin.yaml]\n",
        "resources: [../base]\ntransformers: ['{path: http://127.0.0.1:9/x}']\n",
        "resources: [../base]\ngenerators: [made]\n",
        "resources: [../base]\nvalidators: [made]\n",
    ],
)
def test_nothing_is_asked_of_this_machine_either(tmp_path: Path, body: str) -> None:
    """Go uses no proxy for 127.0.0.1, so that no address may be named in the first place."""
    plugin = "apiVersion: builtin\nkind: PatchTransformer\nmetadata: {name: p}\npath: http://127.0.0.1:9/p.yaml\n"
    _tree(tmp_path, {**OVERLAY, "prod/kustomization.yaml": body, "prod/plugin.yaml": plugin})
    _tree(tmp_path, {"prod/made/kustomization.yaml": "resources: ['http://127.0.0.1:9/x.yaml']\n"})
    report = _convert(tmp_path)
    assert "render.remote" in _codes(report, "render")
    assert report["hosts"] == ["a.example.com"]


@kustomize
@pytest.mark.parametrize(
    "body",
    [
        "resources: [../../outside.yaml]\n",
        "resources: [missing.yaml]\n",
        "resources: [../base]\npatches: [{patch: 'x: [', target: {kind: Ingress}}]\n",
        "resources: [../base]\ngenerators: [plugin.yaml]\n",
        "helmCharts: [{name: app, repo: 'http://127.0.0.1:9'}]\nresources: [../base]\n",
    ],
)
def test_what_cannot_be_rendered_is_read_as_it_stands(tmp_path: Path, body: str) -> None:
    """Files outside, plugins and charts of a kustomization are refused by the program itself."""
    (tmp_path / "repo").mkdir()
    (tmp_path / "outside.yaml").write_text(INGRESS.replace("NAME", "secret").replace("HOST", "outside.example.com"))
    plugin = "apiVersion: someteam/v1\nkind: Plugin\nmetadata: {name: p, annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}}\n"
    _tree(tmp_path / "repo", {**OVERLAY, "prod/kustomization.yaml": body, "prod/plugin.yaml": plugin})
    report = _convert(tmp_path / "repo")
    assert "render.failed" in _codes(report, "render")
    assert report["hosts"] == ["a.example.com"]


CHART = {
    "app/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "app/values.yaml": "ingress: {enabled: true, hosts: [{host: values.example.com}]}\n",
    "app/ingress.tmpl": INGRESS,
    "app/templates/ingress.yaml": "{{- if .Values.x }}\nkind: Ingress\nname: {{ .Release.Name }}\n{{- end }}\n",
}


@pytest.fixture
def fake_helm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    _tree(folder, {"helm": HELM})
    (folder / "helm").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of-the-user")
    return folder


def test_a_chart_is_rendered(tmp_path: Path, fake_helm: Path) -> None:
    """Its findings name the template; neither the template nor the values are read besides."""
    _tree(tmp_path / "repo", CHART)
    report = _convert(tmp_path / "repo")
    assert report["hosts"] == ["app.example.com"]
    places = {one["origin"]["path"] for one in report["findings"] if "enable-cors" in str(one["origin"])}
    assert places == {"app/templates/ingress.yaml (rendered)"}
    assert not _codes(report, "helm") + _codes(report, "render")


def test_programs_get_no_network_and_no_credentials(tmp_path: Path, fake_helm: Path) -> None:
    _tree(tmp_path / "repo", CHART)
    _convert(tmp_path / "repo")
    seen = (fake_helm / "environment").read_text()
    assert "of-the-user" not in seen
    assert "HTTPS_PROXY=http://127.0.0.1:9" in seen
    assert "GIT_ALLOW_PROTOCOL=none" in seen
    assert f"KUBECONFIG={os.devnull}" in seen
    assert "HOME=/root" not in seen


RELEASE = """apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: shop, namespace: flux}
spec:
  targetNamespace: shop
  chart: {spec: {chart: ./app, sourceRef: {kind: GitRepository, name: repo}}}
  values: {ingress: {enabled: true}, note: VALUE}
"""
APPLICATION = """apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: blog, namespace: argocd}
spec:
  destination: {namespace: blog}
  source: {repoURL: https://example.com/repo, path: app, helm: {valuesObject: {ingress: {enabled: true}}, valueFiles: [VALUES]}}
"""


def test_objects_that_install_a_chart_of_the_input(tmp_path: Path, fake_helm: Path) -> None:
    _tree(
        tmp_path / "repo",
        {
            **CHART,
            "app/prod.yaml": "a: 1\n",
            "release.yaml": RELEASE,
            "app.yaml": APPLICATION.replace("VALUES", "prod.yaml"),
        },
    )
    report = _convert(tmp_path / "repo")
    assert report["hosts"] == ["blog.example.com", "shop.example.com"]
    assert sorted(one["namespace"] for one in report["objects"]) == ["blog", "shop"], "helm installs into the release's"
    asked = (fake_helm / "asked").read_text()
    assert "template shop" in asked
    assert "--namespace=shop" in asked
    assert "prod.yaml" in asked
    assert not _codes(report, "helm") + _codes(report, "render")


def test_values_files_outside_are_not_read(tmp_path: Path, fake_helm: Path) -> None:
    (tmp_path / "outside.yaml").write_text("a: 1\n")
    _tree(tmp_path / "repo", {**CHART, "app.yaml": APPLICATION.replace("VALUES", "../../outside.yaml")})
    report = _convert(tmp_path / "repo")
    assert _codes(report, "render") == ["render.values"]
    assert "outside.yaml" not in (fake_helm / "asked").read_text()


def test_charts_elsewhere_are_named(tmp_path: Path, fake_helm: Path) -> None:
    _tree(tmp_path / "repo", {"release.yaml": RELEASE.replace("./app", "grafana")})
    report = _convert(tmp_path / "repo")
    assert set(_codes(report, "render") + _codes(report, "helm")) == {"render.remote", "helm.not-rendered"}
    (hint,) = [one["hint"] for one in report["findings"] if one["code"] == "helm.not-rendered"]
    assert "route.main.enabled" in hint, "the chart writes HTTPRoutes itself"


def test_a_chart_that_fails(tmp_path: Path, fake_helm: Path) -> None:
    _tree(tmp_path / "repo", {**CHART, "release.yaml": RELEASE.replace("VALUE", "broken")})
    report = _convert(tmp_path / "repo")
    (failed,) = [one for one in report["findings"] if one["code"] == "render.failed"]
    assert "no host" in failed["message"]
    assert "helm template shop" in failed["hint"]
    assert "template.unrendered" in _codes(report, "template")


def test_a_chart_with_a_link_that_leads_out_is_refused(tmp_path: Path, fake_helm: Path) -> None:
    """helm follows links, and `.Files.Get` would read what they lead to."""
    (tmp_path / "secret").write_text("x")
    _tree(tmp_path / "repo", CHART)
    (tmp_path / "repo/app/secret").symlink_to(tmp_path / "secret")
    report = _convert(tmp_path / "repo")
    assert "render.failed" in _codes(report, "render")
    assert not (fake_helm / "asked").exists()


@pytest.mark.parametrize("name", ["--post-renderer=sh", "--output-dir=..", "-f", "a b", "$(id)", "Shop", "x" * 54])
def test_names_of_releases_are_no_options(tmp_path: Path, fake_helm: Path, name: str) -> None:
    """helm runs the program of `--post-renderer`, and writes to `--output-dir`."""
    release = RELEASE.replace("targetNamespace", f"releaseName: '{name}'\n  targetNamespace")
    application = APPLICATION.replace("VALUES", "x").replace("{valuesObject", f"{{releaseName: '{name}', valuesObject")
    named = {path.replace("app/", f"{name}/", 1): text for path, text in CHART.items()}
    for files in ({**CHART, "release.yaml": release}, {**CHART, "app.yaml": application}, named):
        repo = tmp_path / f"repo-{len(list(tmp_path.iterdir()))}"
        _tree(repo, files)
        (failed,) = [one for one in _convert(repo)["findings"] if one["code"] == "render.failed"]
        assert "is not a name of a release" in failed["message"]
        assert f"template {shlex.quote(name)} " in failed["hint"]
    assert not (fake_helm / "asked").exists()


@kustomize
@pytest.mark.parametrize("name", [r"a\0b", r"\ud800", r"a\nb", "x" * 5000])
def test_paths_that_no_file_has(tmp_path: Path, fake_helm: Path, name: str) -> None:
    """They cost what names them."""
    path = f'"{name}"'
    kustomization = (
        f"resources: [../base, {path}]\ngenerators: [{path}]\npatches: [{{path: {path}}}]\nopenapi: {{path: {path}}}\n"
    )
    release, other = (
        RELEASE.replace("./app", path),
        RELEASE.replace("targetNamespace: shop", f"targetNamespace: {path}"),
    )
    application = APPLICATION.replace("VALUES", path).replace("namespace: blog}", f"namespace: {path}}}")
    files = {
        "prod/kustomization.yaml": kustomization,
        "release.yaml": release,
        "app.yaml": application,
        "b.yaml": other,
    }
    _tree(tmp_path / "repo", {**CHART, **OVERLAY, **files})
    found = invoke(("convert", ".", "--render", "local"), tmp_path / "repo")
    assert "bug in ing2gw" not in found.err
    assert "a.example.com" in found.out


def test_a_comma_names_no_other_file_of_values(tmp_path: Path, fake_helm: Path) -> None:
    """helm reads the option as CSV."""
    outside = tmp_path / "outside.yaml"
    outside.write_text("a: 1\n")
    inside = f"x,{outside}"
    files = {"app/x": "a: 1\n", f"app/{inside}": "a: 1\n", "app.yaml": APPLICATION.replace("VALUES", f"'{inside}'")}
    _tree(tmp_path / "repo", {**CHART, **files})
    _convert(tmp_path / "repo")
    given = [one for one in (fake_helm / "asked").read_text().split() if one.startswith("--values=")]
    read = [path for one in given for path in next(csv.reader([one.removeprefix("--values=")]))]
    assert str(outside) not in read
    assert os.path.realpath(tmp_path / "repo/app" / inside.lstrip("/")) in read


@pytest.mark.parametrize(
    "schema",
    [
        '{"properties": {"a": {"$ref": "http://127.0.0.1:9/a"}}}',
        r'{"properties": {"a": {"\u0024ref": "h\u0074tp://127.0.0.1:9/a"}}}',
        '{"$id": "http://127.0.0.1:9/x/", "properties": {"a": {"$ref": "a.json"}}}',
        '{"$schema": "HTTP://127.0.0.1:9/meta"}',
        '{"properties": {"a": {"$ref": "file:///etc/passwd", "$ref": "#/b"}}}',
        "{",
    ],
)
def test_a_schema_elsewhere_is_not_fetched(tmp_path: Path, fake_helm: Path, schema: str) -> None:
    _tree(tmp_path / "repo", {**CHART, "app/charts/sub/values.schema.json": schema})
    assert "render.failed" in _codes(_convert(tmp_path / "repo"), "render")
    assert not (fake_helm / "asked").exists()


def test_a_schema_of_its_own_text_is_taken(tmp_path: Path, fake_helm: Path) -> None:
    schema = (
        '{"$schema": "http://json-schema.org/draft-07/schema#", "$id": "https://example.com/x", "a": {"$ref": "#/b"}}'
    )
    _tree(tmp_path / "repo", {**CHART, "app/values.schema.json": schema})
    assert _convert(tmp_path / "repo")["hosts"] == ["app.example.com"]


def _packed(entries: dict[str, bytes], change: Callable[[tarfile.TarInfo], None] = lambda entry: None) -> bytes:
    """An archive of a chart."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, data in entries.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            change(entry)
            archive.addfile(entry, io.BytesIO(data) if entry.isfile() else None)
    return out.getvalue()


def _link(entry: tarfile.TarInfo) -> None:
    entry.type, entry.linkname, entry.size = tarfile.SYMTYPE, "/etc/passwd", 0


ELSEWHERE = b'{"properties": {"a": {"$ref": "file:///etc/passwd"}}}'
ARCHIVES = {
    "a schema elsewhere": _packed({"sub/values.schema.json": ELSEWHERE}),
    "one in an archive": _packed({"sub/charts/x.tgz": _packed({"x/values.schema.json": ELSEWHERE})}),
    "a way out": _packed({"sub/../../x.yaml": b"x"}),
    "an absolute path": _packed({"/etc/x.yaml": b"x"}),
    "a link": _packed({"sub/x.yaml": b""}, _link),
    "a bomb": _packed({f"sub/{number}": bytes(10_000_000) for number in range(6)}),
    "no archive": b"x",
    "a truncated one": _packed({"sub/x.yaml": os.urandom(5000)})[:3000],
}


@pytest.mark.parametrize("data", ARCHIVES.values(), ids=ARCHIVES)
def test_packed_subcharts_that_must_not_be_unpacked(tmp_path: Path, fake_helm: Path, data: bytes) -> None:
    _tree(tmp_path / "repo", CHART)
    (tmp_path / "repo/app/charts").mkdir()
    (tmp_path / "repo/app/charts/sub-1.0.0.tgz").write_bytes(data)
    report = _convert(tmp_path / "repo")
    (failed,) = [one for one in report["findings"] if one["code"] == "render.failed"]
    assert "app/charts/sub-1.0.0.tgz" in failed["message"]
    assert not (fake_helm / "asked").exists()


@pytest.mark.parametrize(
    "path",
    ["sub/values.schema.json", "sub-1.0.0.tgz", "sub/templates/secret"],
    ids=["a schema", "an archive", "a link"],
)
def test_subcharts_behind_a_link_are_looked_at(tmp_path: Path, fake_helm: Path, path: str) -> None:
    """helm follows a link to a folder, and so do those who look at what it reads."""
    _tree(tmp_path / "repo", {**CHART, "vendored/sub/templates/x.yaml": ""})
    (tmp_path / "repo/app/charts").symlink_to("../vendored")
    found = tmp_path / "repo/vendored" / path
    if path.endswith("secret"):
        found.symlink_to("/etc/passwd")
    else:
        found.write_bytes(ELSEWHERE if path.endswith(".json") else ARCHIVES["a schema elsewhere"])
    (failed,) = [one for one in _convert(tmp_path / "repo")["findings"] if one["code"] == "render.failed"]
    assert f"app/charts/{path}" in failed["message"]
    assert not (fake_helm / "asked").exists()


def test_a_chart_with_a_link_to_itself(tmp_path: Path, fake_helm: Path) -> None:
    _tree(tmp_path / "repo", CHART)
    (tmp_path / "repo/app/self").symlink_to(".")
    assert _convert(tmp_path / "repo")["hosts"] == ["app.example.com"]


def test_packed_subcharts_are_rendered(tmp_path: Path, fake_helm: Path) -> None:
    _tree(tmp_path / "repo", CHART)
    (tmp_path / "repo/app/charts").mkdir()
    chart = {"sub/Chart.yaml": b"name: sub", "sub/values.schema.json": b'{"type": "object"}'}
    (tmp_path / "repo/app/charts/sub-1.0.0.tgz").write_bytes(_packed(chart))
    assert _convert(tmp_path / "repo")["hosts"] == ["app.example.com"]


def test_without_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    _tree(tmp_path / "repo", {**CHART, **OVERLAY})
    found = [one for one in _convert(tmp_path / "repo")["findings"] if one["code"] == "render.program-missing"]
    assert sorted(one["hint"] for one in found) == [
        "install it, or: helm template app app --namespace default | ing2gw convert -",
        "install it, or: kustomize build prod | ing2gw convert -",
    ]


@helm
def test_a_real_helm(tmp_path: Path) -> None:
    template = INGRESS.replace("NAME", "{{ .Release.Name }}-web").replace("HOST", "{{ .Values.host }}")
    files = {**CHART, "app/values.yaml": "host: real.example.com\n", "app/templates/ingress.yaml": template}
    del files["app/ingress.tmpl"]
    _tree(tmp_path, files)
    report = _convert(tmp_path, "app", "-n", "shop")
    assert report["hosts"] == ["real.example.com"]
    assert [one["namespace"] for one in report["objects"]] == ["shop"]


def test_charts_with_routes_of_their_own() -> None:
    assert chart_routes("grafana") == ("route.main.enabled", "route.main.parentRefs", "route.main.hostnames")
    assert chart_routes("unknown") == ()
    page = (Path(__file__).parent.parent / "docs" / "rendering.md").read_text()
    rows = {line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ") and "`" in line}
    assert {"argo-cd", "grafana", "harbor", "kube-prometheus-stack", "oauth2-proxy", "podinfo"} <= rows
