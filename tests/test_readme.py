"""What the README shows is what the program does."""

from __future__ import annotations

import importlib.util
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.acceptance.exit_status import FAIL_ON
from converter.cli import main
from converter.cli.commands import COMMANDS, cli
from converter.cli.configuration import load
from converter.packs.differences import controllers_with_differences
from converter.reporting import FORMATS

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
TEXTS = re.findall(r"```yaml\n(.*?)```", README, re.DOTALL)
BLOCKS = [next(iter(yaml.safe_load_all(text))) for text in TEXTS]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("matrix", ROOT / "tools/matrix.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_support_matrix_is_current() -> None:
    assert generator().readme(README) == README, "run make matrix"


def test_pages_of_differences_are_current() -> None:
    for name in controllers_with_differences():
        page = ROOT / f"docs/differences/{name}.md"
        assert generator().difference_page(name) == page.read_text(), "run make matrix"


def test_table_of_annotations_is_current() -> None:
    assert generator().annotation_pages() == (ROOT / "docs/annotations.md").read_text(), "run make matrix"


def test_table_of_controller_settings_is_current() -> None:
    assert generator().controller_pages() == (ROOT / "docs/controller-settings.md").read_text(), "run make matrix"


def test_every_command_is_shown() -> None:
    assert set(re.findall(r"\| `ing2gw (\w+)", README)) == set(COMMANDS)


def test_reports_and_thresholds_exist() -> None:
    (shown,) = re.findall(r"`--report (\S+)\[:FILE\]`", README)
    assert tuple(shown.split("|")) == FORMATS
    assert "manual" in FAIL_ON


def test_example_configuration_is_one(tmp_path: Path) -> None:
    (example,) = [block for block in BLOCKS if "sources" in block]
    (tmp_path / "ing2gw.yaml").write_text(yaml.safe_dump(example))
    config = load(tmp_path / "ing2gw.yaml")
    assert config.values["to"] == "envoy-gateway"
    assert config.waivers[0].code == "timeouts.policy"


def test_before_becomes_after(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(TEXTS[0])
    with pytest.raises(SystemExit):
        main(["convert", "shop.yaml", "-o", "out", "--no-provenance", "--report", "text:report"])
    assert (tmp_path / "out/routes/shop/web.yaml").read_text() == TEXTS[1]
    report = (tmp_path / "report").read_text()
    shown = README[README.index("## The report") :].split("\n\n| fidelity", 1)[0]
    lines = re.findall(r"^    (.+)$", shown, re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        assert line in report.splitlines()


def commands(block: Any) -> list[str]:
    found = [step.get("run", "") for job in block.get("jobs", {}).values() for step in job["steps"]]
    found += block.get("ingress", {}).get("script", [])
    return [one.removeprefix("ing2gw ") for one in found if one.startswith("ing2gw ")]


@pytest.mark.parametrize("line", [line for block in BLOCKS for line in commands(block)])
def test_commands_of_the_ci_examples_parse(line: str) -> None:
    name, *rest = line.split()
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    command.make_context(name, rest)


SHELL = [
    line.partition("#")[0].strip()
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    for line in block.splitlines()
]
CALLS = [part.strip() for line in SHELL for part in line.split("|") if part.strip().startswith("ing2gw ")]


@pytest.mark.parametrize("line", CALLS)
def test_commands_of_the_shell_examples_parse(line: str) -> None:
    name, *rest = shlex.split(line.partition(">")[0])[1:]
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    command.make_context(name, rest)


def test_links_within_the_repository_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", README)
    assert [one for one in targets if not (ROOT / one).exists()] == []
    anchors = {
        re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")
        for title in re.findall(r"^#+ (.+)$", README, re.MULTILINE)
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= anchors


def test_there_are_ci_examples() -> None:
    assert sum(bool(commands(block)) for block in BLOCKS) == 2


def test_hooks_of_the_readme_are_offered() -> None:
    (example,) = [block for block in BLOCKS if "repos" in block]
    offered = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    assert {hook["id"] for hook in example["repos"][0]["hooks"]} == set(offered)
    for hook in offered.values():
        _, name, *rest = hook["entry"].split()
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        command.make_context(name, [*rest, "web.yaml"])
