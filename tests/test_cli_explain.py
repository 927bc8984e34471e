"""`ing2gw explain`: settings, codes, features and generated lines; completion."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from converter.cli.commands import COMMANDS, cli
from converter.packs.catalogue import known_annotations, known_features, known_object_fields, sources
from converter.packs.codes import documented_codes
from converter.packs.controllers import controllers, settings_of
from converter.packs.directives import known_directives
from converter.packs.features import mappings_dir
from converter.reporting.explain import explain

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def run(*args: str, **environment: str) -> str:
    return CliRunner().invoke(cli, args, env=environment, prog_name="ing2gw").output


def test_a_setting_is_explained_first_where_it_has_an_effect() -> None:
    text = run("explain", "limit-rps")
    assert text.startswith(
        "nginx.ingress.kubernetes.io/limit-rps  (ingress-nginx, feature rate-limit)\n  means    Requests of one client"
    )
    assert "  see      https://gateway.envoyproxy.io/docs/tasks/traffic/local-rate-limit/" in text
    assert text.index("(ingress-nginx,") < text.index("(alauda-alb,")
    assert "no words yet" not in text


def test_a_setting_of_one_rule_and_path_is_known() -> None:
    assert "host of the Location" in run("explain", "index.3-12.alb.ingress.cpaas.io/redirect-host")


@pytest.mark.parametrize("line", ["²", "9" * 5000])
def test_a_line_that_is_no_number_is_a_word_that_nobody_knows(line: str) -> None:
    assert f"'gateway.yaml:{line}' is not known" in run("explain", f"gateway.yaml:{line}")


def test_a_misspelt_word_gets_an_offer() -> None:
    assert "did you mean limit-rps" in run("explain", "limit-rpss")


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("alb.ingress.kubernetes.io/actions.x", "actions.{name}  (aws-alb"),
        ("conditions.blue", "conditions.{name}  (aws-alb"),
        ("external-dns.alpha.kubernetes.io/hostname", "external-dns publishes names by it"),
        ("external-dns.alpha.kubernetes.io/target", "Where the names point to"),
        ("cert-manager.io/cluster-issuer", "ClusterIssuer that issues"),
        ("alb.ingress.example.org/rewrite-request", "alb.ingress.{domain}/rewrite-request"),
        ("alb.cpaas.io/nginx-env", "(field of ALB2, alauda-alb, feature tls)"),
        ("cpaas.io/role", "metadata.labels.cpaas.io/role  (field of ALB2"),
        ("spec.config.projects", "(field of ALB2"),
        ("config.projects", "(field of ALB2"),
        ("--disable-catch-all", "(flag of ingress-nginx)"),
        ("manual", "(fidelity)"),
        ("unsupported", "The target cannot do it"),
        ("route.withheld", "expose-unprotected"),
        ("redirect.location", "Trailing slash of redirects to HTTPS"),
    ],
)
def test_every_kind_of_name_is_explained(what: str, text: str) -> None:
    assert text in run("explain", what)


@pytest.fixture
def packs_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """`explain` lists all rows of the packs for each name that it is asked for; the rows stay the same."""
    for read in (known_annotations, known_directives, known_features, known_object_fields):
        monkeypatch.setattr(f"converter.reporting.explain.{read.__name__}", rows_of(read))


def rows_of(read: Callable[..., Iterable[Any]]) -> Callable[..., tuple[Any, ...]]:
    return cache(lambda *args: tuple(read(*args)))


@pytest.mark.usefixtures("packs_read_once")
def test_every_setting_of_the_packs_is_explained() -> None:
    names = [key.replace("{domain}", "cpaas.io") for one in known_annotations() for key in one.keys]
    names += [name for one in known_object_fields() for name in one.names]
    for controller in controllers():
        names += [key for rows in settings_of(controller) for key in rows]
    names = [re.sub(r"\{[^}]*\}", "7", name).replace("*", "x") for name in dict.fromkeys(names)]
    assert len(names) > 500
    assert [name for name in names if not list(explain(name))] == []


@pytest.mark.usefixtures("packs_read_once")
def test_every_documented_code_is_explained_with_how_to_accept_it() -> None:
    for code in documented_codes():
        text = "".join(explain(code))
        assert "(code of findings)" in text
        assert "  accept   " in text


def test_old_codes_lead_to_new_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("converter.reporting.explain_code.renamed_codes", lambda: {"slash.old": "redirect.location"})
    text = "".join(explain("slash.old"))
    assert text.startswith("slash.old is now called redirect.location")
    assert "redirect.location  (code of findings)" in text


ROWS = """\
features:
  answer-time: {meaning: The whole response has to be there in time., value: settings, protects: false}
sources:
  ingress-nginx:
    features:
      answer-time: {fields: {seconds: {annotation: corp.example.com/timeout, type: int, means: Seconds for the response.}}}
targets:
  envoy-gateway:
    features:
      answer-time: {fidelity: manual, hint: set spec.timeout of a BackendTrafficPolicy}
"""


@pytest.mark.parametrize("command", [("explain", "corp.example.com/timeout"), ("explain", "answer-time")])
def test_rows_of_ones_own_are_explained(tmp_path: Path, command: tuple[str, ...]) -> None:
    (tmp_path / "rows.yaml").write_text(ROWS)
    assert "set spec.timeout of a BackendTrafficPolicy" in run(*command, "--mappings", str(tmp_path / "rows.yaml"))
    assert "rows.yaml: cannot be read" in run(*command, "--mappings", str(tmp_path / "no-rows.yaml"))


def test_rows_of_ones_own_are_in_the_matrix(tmp_path: Path) -> None:
    (tmp_path / "rows.yaml").write_text(ROWS)
    shown = run("matrix", "--annotations", "--from", "ingress-nginx", "--mappings", str(tmp_path / "rows.yaml"))
    assert re.search(r"^corp.example.com/timeout +answer-time +manual", shown, re.MULTILINE)
    assert "answer-time" in run("matrix", "--mappings", str(tmp_path / "rows.yaml"))


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.yaml").write_text(INGRESS)
    run("convert", "in.yaml", "-o", "out")
    return tmp_path / "out"


def line_of(path: Path, text: str) -> int:
    return 1 + next(number for number, line in enumerate(path.read_text().splitlines()) if text in line)


def test_every_generated_line_leads_back(written: Path) -> None:
    route = written / "routes/shop/web.yaml"
    text = run("explain", f"{route}:{line_of(route, '10.0.0.0/8')}", "in.yaml")
    assert "in.yaml:7:5: nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8" in text
    policy = next(
        path for path in (written / "infrastructure").rglob("*.yaml") if "ClientTrafficPolicy" in path.read_text()
    )
    text = run("explain", f"{policy}:{line_of(policy, 'kind: ClientTrafficPolicy') + 2}", "in.yaml")
    assert "no single fact of the input caused this line; the object holds" in text
    assert "header-normalisation" in text


def test_a_line_that_convert_would_not_write(written: Path) -> None:
    (written / "own.yaml").write_text("kind: HTTPRoute\nmetadata: {name: own, namespace: shop}\n")
    assert "convert writes no such object from this input" in run("explain", f"{written}/own.yaml:1", "in.yaml")
    assert f"{written}/none.yaml: cannot be read: No such file or directory" in run(
        "explain", f"{written}/none.yaml:1", "in.yaml"
    )


def complete(words: str) -> list[str]:
    shown = run(_ING2GW_COMPLETE="bash_complete", COMP_WORDS=words, COMP_CWORD=str(len(words.split(" ")) - 1))
    return [line.partition(",")[2] for line in shown.splitlines()]


def test_completion_knows_commands_options_and_their_values() -> None:
    assert complete("ing2gw con") == ["convert"]
    assert complete("ing2gw explain limit-rp") == ["limit-rpm", "limit-rps"]
    assert complete("ing2gw convert --report s") == ["sarif"]
    assert "envoy-gateway" in complete("ing2gw convert --to env")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_every_command_has_examples(name: str) -> None:
    text = run(name, "--help")
    assert f"ing2gw {name}" in text.partition("Examples")[2]
    assert max(len(line) for line in text.splitlines()) <= max(
        110, *(len(line) for line in text.splitlines() if "ing2gw" in line)
    )


def test_links_are_of_things_that_exist() -> None:
    known = yaml.safe_load((mappings_dir() / "links.yaml").read_text())
    assert set(known["sources"]) <= set(sources())
    assert set(known["features"]) <= {one.name for one in known_features()}
    assert all(address.startswith("https://") for some in known.values() for address in some.values())
