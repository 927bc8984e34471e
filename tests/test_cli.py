"""The command line as users meet it: what goes where, exit codes, and no traceback whatever happens."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest
import yaml

from converter.cli import main

WEB = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: web
            port:
              number: 80
"""
LOSSY = WEB.replace(
    "  namespace: shop\n",
    '  namespace: shop\n  annotations:\n    nginx.ingress.kubernetes.io/enable-modsecurity: "true"\n',
)
UNKNOWN = WEB.replace(
    "  namespace: shop\n", "  namespace: shop\n  annotations:\n    nginx.ingress.kubernetes.io/rewrite-taget: /\n"
)
SCHEMA = json.loads((Path(__file__).parent.parent / "mappings/report.schema.json").read_text())


class Ran(NamedTuple):
    code: int
    out: str
    err: str


class Shell:
    """Runs commands in a folder of its own."""

    def __init__(self, folder: Path, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self.folder, self._capture, self._patch = folder, capture, patch

    def __call__(self, *args: str, stdin: str = "") -> Ran:
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
        self._capture.readouterr()
        with pytest.raises(SystemExit) as left:
            main(args)
        captured = self._capture.readouterr()
        return Ran(int(left.value.code or 0), captured.out, captured.err)

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def read(self, name: str) -> str:
        return (self.folder / name).read_text()


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.chdir(tmp_path)
    return Shell(tmp_path, capsys, monkeypatch)


def kinds(text: str) -> list[str]:
    return [one["kind"] for one in yaml.safe_load_all(text)]


def test_resources_go_to_stdout_and_the_report_to_stderr(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    ran = shell("convert", "web.yaml", "--fail-on", "never")
    assert ran.code == 0
    assert "HTTPRoute" in kinds(ran.out)
    assert "1 object (1 converted)" in ran.err


def test_stdout_is_no_folder(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    ran = shell("convert", "web.yaml", "-o", "-")
    assert ran.code == 2
    assert "--output must be a folder, not -; resources go to stdout without it" in ran.err
    assert not (shell.folder / "-").exists()


def test_stdin(shell: Shell) -> None:
    ran = shell("convert", "-", "--fail-on", "never", stdin=WEB)
    assert ran.code == 0
    assert "HTTPRoute" in kinds(ran.out)


def test_second_run_writes_nothing(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    first = shell("convert", "in", "-o", "out", "--fail-on", "never", "--fail-on-change")
    assert first.code == 1
    assert "were changed: " in first.err
    assert "HTTPRoute" in kinds(shell.read("out/routes/shop/web.yaml"))
    second = shell("convert", "in", "-o", "out", "--fail-on", "never", "--fail-on-change")
    assert second.code == 0
    assert "(0 changed)" in second.err


def test_hand_edited_and_vanished_files(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    shell.write("in/api.yaml", WEB.replace("web", "api").replace("shop.example.com", "api.example.com"))
    run = ("convert", "in", "-o", "out", "--fail-on", "never")
    assert shell(*run).code == 0
    shell.write("out/routes/shop/web.yaml", "mine: true\n")
    (shell.folder / "in/api.yaml").unlink()
    ran = shell(*run)
    assert ran.code == 1
    assert "out/routes/shop/web.yaml was edited by hand and is kept" in ran.err
    assert "out/routes/shop/api.yaml: nothing goes there any more; --prune removes it" in ran.err
    assert shell.read("out/routes/shop/web.yaml") == "mine: true\n"
    assert shell(*run, "--force", "--prune").code == 0
    assert "HTTPRoute" in kinds(shell.read("out/routes/shop/web.yaml"))
    assert not (shell.folder / "out/routes/shop/api.yaml").exists()


@pytest.mark.parametrize(
    ("layout", "file"),
    [
        ("roles", "routes/shop/web.yaml"),
        ("mirror", "in/a/web.gateway.yaml"),
        ("single", "gateway-api.yaml"),
    ],
)
def test_layouts(shell: Shell, layout: str, file: str) -> None:
    shell.write("in/a/web.yaml", WEB)
    shell("convert", "in", "-o", "out", "--layout", layout)
    assert "HTTPRoute" in kinds(shell.read(f"out/{file}"))


def test_several_reports(shell: Shell) -> None:
    shell.write("web.yaml", LOSSY)
    ran = shell(
        "convert",
        "web.yaml",
        "--report",
        "json:reports/a.json",
        "--report",
        "sarif:a.sarif",
        "--report",
        "junit:a.xml",
        "--report",
        "markdown:a.md",
        "--report",
        "github:a.txt",
    )
    jsonschema.validate(json.loads(shell.read("reports/a.json")), SCHEMA)
    assert json.loads(shell.read("a.sarif"))["version"] == "2.1.0"
    assert "1 object (" in ran.err
    ran = shell("convert", "web.yaml", "--report", "json")
    jsonschema.validate(json.loads(ran.err[: ran.err.rindex("\n}") + 2]), SCHEMA)
    ran = shell("check", "web.yaml", "--report", "json", "-q")
    jsonschema.validate(json.loads(ran.out), SCHEMA)
    assert all(line.startswith("ing2gw: ") for line in ran.err.splitlines()), "the verdict alone"


def test_thresholds(shell: Shell) -> None:
    shell.write("web.yaml", UNKNOWN)
    run = ("check", "web.yaml")
    assert shell(*run, "--fail-on", "unknown").code == 1
    assert shell(*run, "--fail-on", "never").code == 0
    ran = shell(*run, "--fail-on", "manual")
    assert ran.code == 1
    assert "at or above manual" in ran.err
    assert "did you mean nginx.ingress.kubernetes.io/rewrite-target" in ran.out


def test_lost_protection_fails_whatever_the_threshold_is(shell: Shell) -> None:
    shell.write("web.yaml", LOSSY)
    ran = shell("check", "web.yaml", "--fail-on", "never")
    assert ran.code == 1
    assert "could not be converted (" in ran.err


def test_a_broken_file_costs_itself(shell: Shell) -> None:
    shell.write("in/bad.yaml", "kind: Ingress\n\tname: x\n")
    shell.write("in/web.yaml", WEB)
    ran = shell("convert", "in", "--fail-on", "approximate")
    assert ran.code == 1
    assert "HTTPRoute" in kinds(ran.out)
    assert "in/bad.yaml: " in ran.err


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("convert",), "no input"),
        (("convert", "nowhere.yaml"), "nowhere.yaml"),
        (("convert", "bad.yaml"), "bad.yaml"),
        (("convert", "web.yaml", "--report", "pdf"), "--report pdf"),
        (("convert", "web.yaml", "--to", "istio"), "--to must be"),
        (("convert", "web.yaml", "--gateway", "x"), "NAMESPACE/NAME"),
        (("convert", "web.yaml", "--service-ports", "no.yaml"), "no.yaml"),
        (("convert", "web.yaml", "--from", "traefik"), "traefik"),
        (("nonsense",), "nonsense"),
        (("convert", "web.yaml", "--nonsense"), "nonsense"),
        (("convert", "web.yaml", "--fail-on-change"), "-o DIR"),
        (("convert", "web.yaml", "--baseline", "no.json"), "no.json"),
        (("trace", "web.yaml"), "no request"),
        (("trace", "web.yaml", "--request", "shop"), "write a method and a URL"),
        (("trace", "web.yaml", "--request", "GET http://shop.example.com/", "--header", "x"), "Name: value"),
        (("explain", "limit-rpx"), "did you mean limit-rps"),
        (("explain", "no.yaml:3"), "no.yaml"),
        (("convert", "web.yaml", "-o", "web.yaml"), "web.yaml"),
        (("convert", "web.yaml", "--mappings", "no.yaml"), "no.yaml"),
    ],
)
def test_wrong_usage_is_told_with_exit_code_2(shell: Shell, args: tuple[str, ...], message: str) -> None:
    shell.write("web.yaml", WEB)
    shell.write("bad.yaml", "a: [\n")
    ran = shell(*args)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err
    assert "this is a bug" not in ran.err


def test_no_ingress_at_all_is_no_success(shell: Shell) -> None:
    shell.write("cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n")
    ran = shell("convert", "cm.yaml")
    assert ran.code == 1
    assert "nothing was converted" in ran.err


def test_a_bug_is_told_as_one(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    def explode(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division by\nzero")

    monkeypatch.setattr("converter.pipeline.run.convert", explode)
    shell.write("web.yaml", WEB)
    ran = shell("convert", "web.yaml")
    assert ran.code == 2
    assert ran.err.startswith("ing2gw: ZeroDivisionError: division by zero: this is a bug in ing2gw")
    monkeypatch.setenv("ING2GW_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        main(["convert", "web.yaml"])


def test_check_finds_drift(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    run = ("check", "in", "-o", "out", "--fail-on", "never")
    assert "routes/shop/web.yaml is missing" in shell(*run).err
    assert not (shell.folder / "out").exists()
    shell("convert", "in", "-o", "out")
    assert shell(*run).code == 0
    shell.write("in/web.yaml", WEB.replace("shop.example.com", "www.example.com"))
    ran = shell(*run)
    assert ran.code == 1
    assert "out/routes/shop/web.yaml is outdated; run ing2gw convert" in ran.err


def test_diff_shows_the_plan_and_writes_nothing(shell: Shell) -> None:
    shell.write("in/web.yaml", LOSSY)
    ran = shell("diff", "in", "-o", "out", "--allow-unprotected")
    assert not (shell.folder / "out").exists()
    assert "+ routes/shop/web.yaml" in ran.out
    assert "enable-modsecurity" in ran.out
    shell.write("in/web.yaml", WEB)
    shell("convert", "in", "-o", "out")
    shell.write("in/web.yaml", WEB.replace("shop.example.com", "www.example.com"))
    ran = shell("diff", "in", "-o", "out", "--fail-on", "never")
    assert ran.code == 0
    assert "~ routes/shop/web.yaml" in ran.out
    assert '~ spec.hostnames[0]: "shop.example.com" -> "www.example.com"' in ran.out


def test_diff_against_an_export(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    export = shell("convert", "in", "-q", "--no-provenance").out.replace("shop.example.com", "old.example.com")
    ran = shell("diff", "in", "--no-provenance", "--against", "-", stdin=export)
    assert '~ spec.hostnames[0]: "old.example.com" -> "shop.example.com"' in ran.out


def test_diff_against_an_export_names_what_only_the_cluster_has(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    export = shell("convert", "in", "-q", "--no-provenance").out
    other = "apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: other, namespace: team}\nspec: {}\n"
    shell.write("cluster.yaml", f"{export}---\n{other}")
    ran = shell("diff", "in", "--no-provenance", "--against", "cluster.yaml")
    _, _, compared = ran.out.partition("Compared with cluster.yaml\n")
    assert compared == "    = HTTPRoute team/other  only there; nothing is made that replaces it\n"


def test_what_an_api_server_adds_is_no_difference(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    export = shell("convert", "in", "-q", "--no-provenance").out
    stored = export.replace(
        "  parentRefs:\n  - name:", "  parentRefs:\n  - group: gateway.networking.k8s.io\n    kind: Gateway\n    name:"
    )
    stored = stored.replace(
        "    backendRefs:\n    - name: web\n",
        '    backendRefs:\n    - group: ""\n      kind: Service\n      weight: 1\n      name: web\n',
    )
    stored = stored.replace(
        "  name: web\n  namespace: shop\n", "  name: web\n  namespace: shop\n  uid: abc\n  resourceVersion: '7'\n"
    )
    assert stored.count("weight: 1") == 1
    assert "uid: abc" in stored
    shell.write("cluster.yaml", stored)
    ran = shell("diff", "in", "--no-provenance", "--against", "cluster.yaml")
    assert ran.out.endswith("Compared with cluster.yaml\n    no difference\n")


@pytest.mark.parametrize("args", [("in", "--against", "nowhere.yaml"), ("-", "--against", "-")])
def test_diff_refuses_to_compare_with_nothing(shell: Shell, args: tuple[str, ...]) -> None:
    shell.write("in/web.yaml", WEB)
    assert shell("diff", *args, stdin=WEB).code == 2


def test_trace(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    ran = shell(
        "trace", "web.yaml", "--request", "GET http://shop.example.com/a?b=1", "--header", "X-A: 1", "--format", "json"
    )
    line = json.loads(ran.out)
    assert line["request"] == {
        "method": "GET",
        "scheme": "http",
        "host": "shop.example.com",
        "path": "/a?b=1",
        "headers": {"X-A": "1"},
    }
    assert line["before"]["backends"] == {"shop/web:80": 1.0}
    assert line["before"]["origin"] == {"path": "web.yaml", "line": 12}
    assert line["after"]["backends"] == {"shop/web:80": 1.0}
    assert line["same"] is True
    text = shell("trace", "web.yaml", "--request", "GET http://shop.example.com/").out
    assert "before: 200 from shop/web:80" in text
    assert "web.yaml:12" in text
    assert "same response" in text


def test_trace_reads_recorded_requests(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    shell.write(
        "r.jsonl",
        '{"request": {"host": "shop.example.com", "path": "/"}, "answer": {}}\n\n{"host": "x.example.com", "path": "/"}\n',
    )
    ran = shell("trace", "web.yaml", "--requests", "r.jsonl", "--format", "json")
    assert [json.loads(line)["before"]["status"] for line in ran.out.splitlines()] == [200, 404]
    shell.write("r.jsonl", '{"host": "a"}\n[1\n')
    assert "r.jsonl:2:3: not a request" in shell("trace", "web.yaml", "--requests", "r.jsonl").err


def test_trace_of_gateway_resources_alone(shell: Shell) -> None:
    shell.write("out.yaml", shell("convert", "-", "-q", stdin=WEB).out)
    line = json.loads(shell("trace", "out.yaml", "--request", "GET http://shop.example.com/", "--format", "json").out)
    assert line["before"] is None
    assert line["after"]["backends"] == {"shop/web:80": 1.0}


def test_verify_against_edited_resources(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    good = shell("convert", "web.yaml", "-q").out
    shell.write("edited.yaml", good.replace("value: /\n", "value: /moved\n"))
    assert shell("verify", "web.yaml").code == 0
    ran = shell("verify", "web.yaml", "--against", "edited.yaml")
    assert ran.code == 1
    assert "NOT ANNOUNCED" in ran.out
    assert shell("verify", "web.yaml", "--against", "web.yaml").code == 2


def test_explain(shell: Shell) -> None:
    ran = shell("explain", "nginx.ingress.kubernetes.io/limit-rps")
    assert ran.code == 0
    assert "ingress-nginx, feature rate-limit" in ran.out
    assert "envoy-gateway: " in ran.out
    assert "Path that the backend sees." in shell("explain", "rewrite").out
    assert shell("explain", "timeouts.policy").out.startswith(
        "timeouts.policy  (code of findings)\n  means    How long connections"
    )
    assert "expose-unprotected" in shell("explain", "route.withheld").out


def test_explain_a_generated_line(shell: Shell) -> None:
    shell.write("in/web.yaml", WEB)
    shell("convert", "in", "-o", "out")
    number = shell.read("out/routes/shop/web.yaml").splitlines().index("  - shop.example.com") + 1
    ran = shell("explain", f"out/routes/shop/web.yaml:{number}", "in")
    assert ran.code == 0
    assert ran.out.startswith("HTTPRoute shop/web spec.hostnames[0]\n")


def test_matrix(shell: Shell) -> None:
    assert "| feature |" in shell("matrix", "--format", "markdown").out
    rows = json.loads(shell("matrix", "--annotations", "--format", "json", "--from", "ingress-nginx").out)
    assert {row["source"] for row in rows} == {"ingress-nginx"}
    assert len(rows) > 100


def test_help_names_every_command(shell: Shell) -> None:
    ran = shell("--help")
    for name in ("convert", "diff", "check", "verify", "trace", "explain", "matrix"):
        assert name in ran.out
        assert shell(name, "--help").code == 0
    assert shell("--version").out.startswith("ing2gw ")


def test_a_closed_pipe_is_no_crash(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    command = f"{sys.executable} -m converter convert web.yaml -q | true"
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parent.parent)}
    ran = subprocess.run(["bash", "-c", command], env=environment, capture_output=True, text=True, check=False)
    assert "Traceback" not in ran.stderr


def test_accepting_is_not_opening(shell: Shell) -> None:
    """A waiver, a baseline or an annotation lets the run pass; the route stays closed."""
    shell.write("in/web.yaml", LOSSY)
    shell.write("in/open.yaml", WEB.replace("web", "open").replace("shop.example.com", "open.example.com"))
    withheld = shell("convert", "in", "--report", "json:base.json")
    assert withheld.code == 1
    code = next(part for part in withheld.err.split() if part.startswith("waf."))
    shell.write(
        "ing2gw.yaml",
        f"waivers:\n- {{code: {code}, object: shop/web, reason: a firewall stands in front}}\n",
    )
    waived = shell("convert", "in")
    shell.write("ing2gw.yaml", "baseline: base.json\n")
    known = shell("convert", "in")
    note = f"  annotations:\n    ing2gw/accept: |-\n      {code}: a firewall stands in front\n"
    shell.write("in/web.yaml", LOSSY.replace("  annotations:\n", note))
    shell.write("ing2gw.yaml", "")
    accepted = shell("convert", "in")
    for ran in (waived, known, accepted):
        assert ran.code == 0, ran.err
        assert "open.example.com" in ran.out
        assert "shop.example.com" not in ran.out
        assert " accepted), " in ran.err
    assert "a firewall stands in front" in shell("convert", "in", "-v").err


@pytest.mark.parametrize("name", ["waf", "waf.*", "*", "snippet.*"])
def test_protection_is_accepted_by_its_exact_code_alone(shell: Shell, name: str) -> None:
    shell.write("in/web.yaml", LOSSY)
    shell.write(
        "ing2gw.yaml", f"waivers:\n- {{code: '{name}', reason: all}}\n- {{code: route.withheld, reason: known}}\n"
    )
    assert shell("convert", "in").code == 1
    shell.write("in/web.yaml", LOSSY.replace("  annotations:\n", f"  annotations:\n    ing2gw/accept: '{name}: all'\n"))
    shell.write("ing2gw.yaml", "waivers:\n- {code: route.withheld, reason: known}\n")
    assert shell("convert", "in").code == 1


def exposing(shell: Shell, code: str, until: str, name: str = "shop/web") -> Ran:
    shell.write(
        "ing2gw.yaml",
        f"expose-unprotected:\n- {{code: {code}, object: {name}, reason: a firewall stands in front, until: {until}}}\n",
    )
    return shell("convert", "in", "--report", "text:-", "--report", "json:r.json")


def test_what_is_served_without_its_protection_is_named(shell: Shell) -> None:
    shell.write(
        "in/web.yaml", LOSSY + "---\n" + LOSSY.replace("web", "api").replace("shop.example.com", "api.example.com")
    )
    code = next(part for part in shell("convert", "in").err.split() if part.startswith("waf."))
    ran = exposing(shell, code, "2999-12-31")
    assert ran.code == 1
    routes = [one for one in yaml.safe_load_all(shell("convert", "in", "-q").out) if one["kind"] == "HTTPRoute"]
    assert {one["metadata"]["name"].partition("-")[0] for one in routes} == {"web"}
    assert all(code in one["metadata"]["annotations"]["ing2gw/exposed-unprotected"] for one in routes)
    assert "is served without the protection of" in ran.out
    found = json.loads(shell.read("r.json"))["findings"]
    assert [one["object"]["name"] for one in found if one["code"] == "route.exposed"] == ["web"]
    shell.write("in/web.yaml", LOSSY)
    assert exposing(shell, code, "2999-12-31").code == 0
    for args in (("--to", "gateway-api"), ("--to", "envoy-gateway@1.7"), ("--strict",), ("--no-provenance",)):
        assert "ing2gw/exposed-unprotected" in shell("convert", "in", *args).out
    assert (
        json.loads(shell("trace", "in", "--request", "GET http://shop.example.com/", "--format", "json").out)["after"][
            "status"
        ]
        == 200
    )


@pytest.mark.parametrize(
    ("code", "until", "name", "finding"),
    [
        ("waf.unsupported", "2001-01-01", "shop/web", "exposure.expired"),
        ("waf.unsupported", "2999-12-31", "shop/other", "exposure.unused"),
        ("waf", "2999-12-31", "shop/web", "exposure.unused"),
    ],
)
def test_an_exposure_that_does_not_count_opens_nothing(
    shell: Shell, code: str, until: str, name: str, finding: str
) -> None:
    shell.write("in/web.yaml", LOSSY)
    ran = exposing(shell, code, until, name)
    assert ran.code == 1
    assert finding in ran.out
    assert "kind: HTTPRoute" not in ran.out


def test_the_switch_for_trials_opens_all_and_always_fails(shell: Shell) -> None:
    shell.write("in/web.yaml", LOSSY)
    ran = shell("convert", "in", "--allow-unprotected", "--fail-on", "never")
    assert ran.code == 1
    assert "HTTPRoute" in kinds(ran.out)
    assert "--allow-unprotected serves these without protection: Ingress shop/web (waf." in ran.err
    shell.write("in/web.yaml", WEB)
    assert shell("convert", "in", "--allow-unprotected", "--fail-on", "never").code == 1


def test_diff_does_not_show_secrets(shell: Shell) -> None:
    from converter.comparison.manifests import compare
    from converter.reporting.dry_run import objects

    before, after = (
        {"kind": "Secret", "metadata": {"name": "x"}, "data": {"key": value}} for value in ("b2xk", "bmV3")
    )
    lines = list(objects(compare([before], [after])))
    assert lines == ["    ~ Secret x", "        ~ data.key: (hidden)"]


def test_a_wrong_command_gets_a_suggestion(shell: Shell) -> None:
    ran = shell("conver", "in")
    assert ran.code == 2
    assert "no such command 'conver'; did you mean convert?" in ran.err
