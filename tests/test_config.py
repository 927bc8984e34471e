"""`ing2gw.yaml`: what is refused, and where a message points."""

from __future__ import annotations

import datetime
import string
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.cli.configuration import _KEYS, ConfigError, find, load
from converter.reading.service_ports import load_service_ports
from converter.writing.yaml import dump


def config(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "ing2gw.yaml"
    path.write_text(text)
    return path


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    found = load(
        config(
            tmp_path,
            """\
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
l4: route
crds: crds
provenance: false
output: out
layout: mirror
report: [text, "json:report.json", "sarif:-"]
fail-on: unknown
baseline: base.json
waivers:
- {code: regex.case, object: shop/web, path: "apps/**", reason: known, until: 2027-01-31}
expose-unprotected:
- {code: basic-auth.secret-missing, object: shop/web, reason: behind the VPN, until: 2027-01-31}
""",
        )
    )
    assert found.sources == (str(tmp_path / "apps"), str(tmp_path / "more/*.yaml"))
    assert found.values["service-ports"] == {"shop/web": {"http": 8080}}
    assert found.values["output"] == str(tmp_path / "out")
    assert found.values["report"] == ["text", f"json:{tmp_path / 'report.json'}", f"sarif:{tmp_path / '-'}"[:6] + "-"]
    assert found.values["parity"] is False
    assert found.waivers[0].until == datetime.date(2027, 1, 31)
    assert found.waivers[0].line == 23
    assert (found.exposures[0].object, found.exposures[0].until, found.exposures[0].line) == (
        "shop/web",
        datetime.date(2027, 1, 31),
        25,
    )
    assert found.place("to") == f"{tmp_path / 'ing2gw.yaml'}:3:1"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("repot: text\n", "ing2gw.yaml:1:1: unknown key 'repot'; did you mean 'report'?"),
        ("strict: true\nquite: x\n", "ing2gw.yaml:2:1: unknown key 'quite'; known are "),
        ("\nstrict: maybe\n", "ing2gw.yaml:2:1: strict must be true or false"),
        ("from: [a]\n", "from must be a text"),
        ("sources: {a: b}\n", "sources must be a list of texts"),
        ("- a\n", "must be a mapping"),
        ("service-ports: {shop/web: {http: x}}\n", "ing2gw.yaml:1:28: shop/web.http must be a port number"),
        ("service-ports: {shop/web: {http: 70000}}\n", "must be a port number from 1 to 65535"),
        ("service-ports: {a/b/c: {http: 70}}\n", "ing2gw.yaml:1:17: 'a/b/c' is not namespace/service"),
        ("waivers:\n- code: a\n", "ing2gw.yaml:2:3: a waiver needs 'reason'"),
        (
            "waivers:\n- code: a\n  reason: b\n  untill: 2027-01-01\n",
            "ing2gw.yaml:4:3: unknown key 'untill' of a waiver; did you mean 'until'?",
        ),
        ("waivers:\n- {code: a, reason: b, until: soon}\n", "ing2gw.yaml:2:24: until must be a day"),
        ("waivers: {}\n", "waivers must be a list"),
        ("waivers:\n- {code: a, reason: b, until: 2001-99-99}\n", "until must be a day, as 2027-01-31"),
        ("waivers:\n- {code: a, reason: b, until: 20270131}\n", "until must be a day"),
        ("waivers:\n- code\n", "a waiver must be a mapping"),
        ("waivers:\n- {code: [], reason: b}\n", "code must be a text"),
        ("a: [\n", "ing2gw.yaml:2:1: broken YAML"),
        ("a: 1\na: 2\n", "ing2gw.yaml:2:1: duplicate key 'a'"),
        ('output: "a\\0b"\n', "ing2gw.yaml:1:1: output must not hold control characters"),
        ('report: ["json:\\0"]\n', "report must not hold control characters"),
        ("to: a\n---\nto: b\n", "must hold one document"),
        ("allow-unprotected: true\n", "ing2gw.yaml:1:1: allow-unprotected is a switch of the command line"),
        (
            "expose-unprotected:\n- {code: a, object: a/b, reason: c}\n",
            "ing2gw.yaml:2:3: an entry of expose-unprotected needs 'until'",
        ),
        ("expose-unprotected:\n- {code: a, reason: c, until: 2027-01-01}\n", "needs 'object'"),
        (
            "expose-unprotected:\n- {code: a.*, object: a/b, reason: c, until: 2027-01-01}\n",
            "ing2gw.yaml:2:4: code must be exact",
        ),
        ("expose-unprotected:\n- {code: a, object: '*/b', reason: c, until: 2027-01-01}\n", "object must be exact"),
        (
            "expose-unprotected:\n- {code: a, object: b, reason: c, until: 2027-01-01}\n",
            "object must be namespace/name",
        ),
        ("&a [*a]\n", "alias *a"),
        ("? [a]\n: b\n", "a mapping key is itself"),
        ("[" * 3000, "nested deeper than"),
        ("<<: [1]\n", "merge key"),
        ("!!int x\n", "is not of type int"),
        ("\0", "NUL bytes"),
    ],
)
def test_what_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as refused:
        load(config(tmp_path, text))
    assert message in str(refused.value)


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-5, 10**6)
    | st.floats()
    | st.text(max_size=8)
    | st.dates().map(str)
    | st.sampled_from(
        [
            "a/b",
            "text",
            "json:x",
            "2027-01-31",
            "2001-99-99",
            "*",
            "-",
            "\0",
            "../..",
            "shop/web",
            "y",
            "\ud800".encode("utf-8", "replace").decode(),
        ]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["code", "reason", "object", "path", "until", "shop/web", "http"])
            | st.text(string.printable, max_size=5),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*_KEYS, "allow-unprotected", "nonsense"]), VALUES, max_size=4))
@settings(max_examples=400, deadline=None)
def test_any_value_is_taken_or_refused_with_its_place(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, object]
) -> None:
    path = config(tmp_path_factory.mktemp("config", numbered=True), dump(values))
    try:
        load(path)
    except ConfigError as error:
        parts = str(error).removeprefix(f"{path}:").split(":")
        assert parts[0].isdigit()
        assert parts[1].isdigit()


@given(st.binary(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_taken_or_refused(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    path = tmp_path_factory.mktemp("config", numbered=True) / "ing2gw.yaml"
    path.write_bytes(data)
    for reader in (load, load_service_ports):
        try:
            reader(path)
        except ConfigError as error:
            assert str(error).startswith(f"{path}:")


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
    assert load_service_ports(path) == {"shop/web": {"http": 80}}
    path.write_text("[]")
    with pytest.raises(ConfigError, match=r"ports.json:1:1: the file must be a mapping"):
        load_service_ports(path)
