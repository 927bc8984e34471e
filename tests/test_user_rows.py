"""Rows of one's own: the page that explains them, and annotations that stand for others."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
import yaml

from converter.model import Finding
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from tests.command import invoke

PAGE = (Path(__file__).parent.parent / "docs/packs.md").read_text()
FILES = dict(re.findall(r"```yaml file=(\S+)\n(.*?)```", PAGE, re.DOTALL))
NGINX = "nginx.ingress.kubernetes.io/"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


def of(result: Result, key: str) -> Finding:
    (found,) = [one for one in result.findings if one.origin.key == key]
    return found


def annotated(folder: Path, annotations: dict[str, str]) -> None:
    body = yaml.safe_load(FILES["web.yaml"])
    body["metadata"]["annotations"] = annotations
    (folder / "own.yaml").write_text(yaml.safe_dump(body))


def run(folder: Path, annotations: dict[str, str], rows: str = "rows.yaml") -> Result:
    annotated(folder, annotations)
    return convert(["own.yaml"], Options(mappings=(rows,) if rows else ()))


def specs(result: Result) -> list[object]:
    return [(one.kind, one.name, one.body.get("spec")) for one in result.resources]


def test_the_commands_of_the_page_work(folder: Path) -> None:
    (block,) = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines():
        ran = invoke(shlex.split(line)[1:], folder)
        assert ran.code == 0, ran.out + ran.err
    assert "streamIdleTimeout: 300s" in (folder / "gateway/routes/shop/web.yaml").read_text()


def test_what_the_page_says_of_its_example(folder: Path) -> None:
    result = convert(["web.yaml"], Options(mappings=("rows.yaml",)))
    assert of(result, "corp.example.com/owner").message == "Names the owner; no routing."
    assert (
        of(result, "corp.example.com/read-timeout").code
        == of(run(folder, {f"{NGINX}proxy-read-timeout": "300"}), f"{NGINX}proxy-read-timeout").code
    )


def test_a_field_of_a_policy_needs_no_code(folder: Path) -> None:
    result = run(folder, {"corp.example.com/buffer": "64Ki"}, "fields.yaml")
    assert of(result, "corp.example.com/buffer").fidelity.value == "exact"
    assert "'bufferLimit': '64Ki'" in str(specs(result))


@pytest.mark.parametrize(
    ("own", "shipped"),
    [
        ({"corp.example.com/read-timeout": "300"}, {f"{NGINX}proxy-read-timeout": "300"}),
        ({"corp.example.com/read-timeout": "five"}, {f"{NGINX}proxy-read-timeout": "five"}),
        ({"corp.example.com/speed": "slow"}, {f"{NGINX}proxy-send-timeout": "600"}),
        ({"corp.example.com/speed": "fast"}, {f"{NGINX}proxy-send-timeout": "5"}),
    ],
)
def test_an_annotation_that_stands_for_another_has_its_effect(
    folder: Path, own: dict[str, str], shipped: dict[str, str]
) -> None:
    mine, theirs = run(folder, own), run(folder, shipped, "")
    assert specs(mine) == specs(theirs)
    assert specs(mine) != specs(run(folder, {}, "")) or "five" in own.values()
    (one,), (other,) = own, shipped
    assert (of(mine, one).code, of(mine, one).fidelity) == (of(theirs, other).code, of(theirs, other).fidelity)
    assert of(mine, one).origin.location.line > 1


def test_the_controller_s_own_annotation_wins(folder: Path) -> None:
    key = f"{NGINX}proxy-read-timeout"
    result = run(folder, {"corp.example.com/read-timeout": "300", key: "20"})
    assert "'streamIdleTimeout': '300s'" not in str(specs(result))
    assert of(result, "corp.example.com/read-timeout").code == "annotation.overridden"


def test_a_value_that_is_not_listed_is_a_finding(folder: Path) -> None:
    found = of(run(folder, {"corp.example.com/speed": "medium"}), "corp.example.com/speed")
    assert (found.code, found.fidelity.value) == ("value.invalid", "unknown")
    assert "slow, fast" in found.message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{annotation: a/b, same-as: nginx.ingress.kubernetes.io/proxy-reed-timeout}", "did you mean nginx.ingress"),
        ("{annotation: a/b, values: {x: y}, means: m}", "same-as"),
        ("{annotation: a/b}", "needs means or note or same-as"),
    ],
)
def test_rows_that_stand_for_nothing_are_refused_with_their_line(folder: Path, row: str, message: str) -> None:
    text = f"sources:\n  ingress-nginx:\n    features:\n      timeouts:\n        fields:\n          slow: {row}\n"
    (folder / "bad.yaml").write_text(text)
    ran = invoke(["convert", "web.yaml", "--mappings", "bad.yaml"], folder)
    assert ran.code == 2
    assert "bad.yaml:6: " in ran.err
    assert message in ran.err


def test_rows_are_read_anew_where_the_file_has_changed(folder: Path) -> None:
    """A process may convert more than once: rows of an earlier file of that name are not kept."""
    key, path = "corp.example.com/owner", folder / "rows.yaml"
    first = of(run(folder, {key: "shop"}), key).message
    path.write_text(path.read_text().replace("Names the owner;", "Says who pays;"))
    second = of(run(folder, {key: "shop"}), key).message
    assert ("owner" in first, "pays" in second) == (True, True)
