"""`ing2gw.yaml`: what is refused, and where a message points."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from converter.config import ConfigError, find, load, service_ports


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ing2gw.yaml"
    path.write_text(text)
    return path


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    found = load(config(tmp_path, """\
sources: [apps, more/*.yaml]
from: ingress-nginx
to: gateway-api
strict: true
parity: false
gateway: infra/shared
gateway-class: envoy
gateway-namespace: infra
namespace: team
service-ports: {shop/web: {http: 8080}}
mappings: [rows.yaml]
alb-domain: example.com
annotations-prefix: ingress.example.com
allow-unprotected: true
l4: route
crds: crds
provenance: false
output: out
layout: mirror
report: [text, "json:report.json"]
fail-on: unknown
baseline: base.json
waivers:
- {code: regex.case, object: shop/web, path: "apps/**", reason: known, until: 2027-01-31}
"""))
    assert found.sources == (str(tmp_path / "apps"), str(tmp_path / "more/*.yaml"))
    assert found.values["service-ports"] == {"shop/web": {"http": 8080}}
    assert found.values["output"] == str(tmp_path / "out")
    assert found.values["parity"] is False
    assert found.waivers[0].until == datetime.date(2027, 1, 31)
    assert found.waivers[0].line == 24


@pytest.mark.parametrize(("text", "message"), [
    ("repot: text\n", "ing2gw.yaml:1: unknown key 'repot'; did you mean 'report'?"),
    ("strict: true\nquite: x\n", "ing2gw.yaml:2: unknown key 'quite'; known are "),
    ("\nstrict: maybe\n", "ing2gw.yaml:2: strict must be true or false"),
    ("from: [a]\n", "from must be a text"), ("sources: {a: b}\n", "sources must be a list of texts"), ("- a\n", "must be a mapping"),
    ("service-ports: {shop/web: {http: x}}\n", "port 'http' of 'shop/web' must be a number"),
    ("service-ports: {shop/web: {http: 70000}}\n", "must be a number from 1 to 65535"),
    ("waivers:\n- code: a\n", "ing2gw.yaml:2: a waiver needs 'reason'"),
    ("waivers:\n- code: a\n  reason: b\n  untill: 2027-01-01\n", "ing2gw.yaml:4: unknown key 'untill' of a waiver; did you mean 'until'?"),
    ("waivers:\n- {code: a, reason: b, until: soon}\n", "until must be a day"), ("waivers: {}\n", "waivers must be a list"),
    ("a: [\n", "ing2gw.yaml:2: not YAML"), ("a: 1\na: 2\n", "unknown key 'a'"),
])
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(config(tmp_path, text))
    assert message in str(refused.value)


def test_an_empty_file_sets_nothing(tmp_path: Path) -> None:
    assert load(config(tmp_path, "# nothing yet\n")).values == {}


def test_it_is_found_inside_the_repository_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inner = tmp_path / "repo/apps/web"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    config(tmp_path, "")
    assert find(Path()) is None
    (tmp_path / "repo/.git").mkdir()
    assert find(Path()) is None
    config(tmp_path / "repo", "")
    assert find(Path()) == Path("../../ing2gw.yaml")
    (tmp_path / "repo/ing2gw.yaml").unlink()
    config(inner, "")
    assert find(Path()) == Path("ing2gw.yaml")


def test_service_ports_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "ports.json"
    path.write_text('{"shop/web": {"http": 80}}')
    assert service_ports(path) == {"shop/web": {"http": 80}}
    path.write_text("[]")
    with pytest.raises(ConfigError, match=r"ports.json:1: the file must be a mapping"):
        service_ports(path)
