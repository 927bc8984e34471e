"""What README.md and the pages of docs/ for users show is what the program does."""

from __future__ import annotations

import importlib.util
import re
import shlex
import tomllib
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
PAGES = {"README.md": README} | {
    f"docs/{name}.md": (ROOT / f"docs/{name}.md").read_text()
    for name in ("ci", "commands", "configuration", "eks", "limits", "reports", "support")
}


def yaml_texts(page: str) -> list[str]:
    return re.findall(r"```yaml\n(.*?)```", PAGES[page], re.DOTALL)


BLOCKS = [next(iter(yaml.safe_load_all(text))) for page in PAGES for text in yaml_texts(page)]


def generator() -> Any:
    spec = importlib.util.spec_from_file_location("matrix", ROOT / "tools/matrix.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_support_matrix_is_current() -> None:
    assert generator().support_page(PAGES["docs/support.md"]) == PAGES["docs/support.md"], "run make matrix"


def test_pages_of_differences_are_current() -> None:
    for name in controllers_with_differences():
        page = ROOT / f"docs/differences/{name}.md"
        assert generator().difference_page(name) == page.read_text(), "run make matrix"


def test_table_of_directives_is_current() -> None:
    assert generator().directive_page() == (ROOT / "docs/nginx-directives.md").read_text(), "run make matrix"


def test_table_of_annotations_is_current() -> None:
    assert generator().annotation_pages() == (ROOT / "docs/annotations.md").read_text(), "run make matrix"


def test_table_of_controller_settings_is_current() -> None:
    assert generator().controller_pages() == (ROOT / "docs/controller-settings.md").read_text(), "run make matrix"


def test_every_command_is_shown() -> None:
    assert set(re.findall(r"\| `ing2gw (\w+)", PAGES["docs/commands.md"])) == set(COMMANDS)


def test_reports_and_thresholds_exist() -> None:
    (shown,) = re.findall(r"`--report (\S+)\[:FILE\]`", PAGES["docs/commands.md"])
    assert tuple(shown.split("|")) == FORMATS
    assert "manual" in FAIL_ON


def test_example_configuration_is_one(tmp_path: Path) -> None:
    (example,) = [block for block in BLOCKS if "sources" in block]
    (tmp_path / "ing2gw.yaml").write_text(yaml.safe_dump(example))
    config = load(tmp_path / "ing2gw.yaml")
    assert config.values["to"] == "envoy-gateway"
    assert config.waivers[0].code == "timeouts.policy"


def converted(manifest: str) -> str:
    """The report on `shop.yaml`, with its output below `gateway`."""
    Path("shop.yaml").write_text(manifest)
    with pytest.raises(SystemExit):
        main(["convert", "shop.yaml", "-o", "gateway", "--no-provenance", "--report", "text:report"])
    return Path("report").read_text()


def indented(text: str) -> str:
    return "\n".join(line.removeprefix("    ") for line in re.findall(r"^(?:    .+)?$", text, re.MULTILINE)).strip("\n")


def test_first_screen_is_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    manifest, output = yaml_texts("README.md")
    report = converted(manifest)
    assert (tmp_path / "gateway/routes/shop/web.yaml").read_text() == output
    assert "requestRedirect" in (tmp_path / "gateway/routes/shop/nginx-redirect.yaml").read_text()
    assert indented(README.partition("and it reports:")[2].partition("Three commands")[0]) == report.strip("\n")


def test_page_of_reports_shows_a_real_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    report = converted(yaml_texts("docs/reports.md")[0])
    lines = re.findall(r"^    (.+)$", PAGES["docs/reports.md"].partition("prerequisites and sums:")[2], re.MULTILINE)
    assert len(lines) > 8
    for line in lines:
        assert line in report.splitlines()


def test_readme_is_short_and_names_every_page() -> None:
    assert len(README.splitlines()) <= 250
    pages = {f"docs/{path.name}" for path in (ROOT / "docs").iterdir() if path.suffix == ".md" or path.is_dir()}
    assert pages - set(re.findall(r"\]\(([^)#:]+)\)", README)) == set()


def test_nothing_is_left_to_fill_in() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    for page, text in PAGES.items():
        assert "OWNER" not in text, page
        assert set(re.findall(r"ing2gw-([0-9.]+)-py3", text)) <= {version}, page


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
    for page in PAGES.values()
    for block in re.findall(r"```sh\n(.*?)```|((?:^    ing2gw .+\n)+)", page, re.DOTALL | re.MULTILINE)
    for line in "".join(block).splitlines()
]
CALLS = [part.strip() for line in SHELL for part in line.split("|") if part.strip().startswith("ing2gw ")]


@pytest.mark.parametrize("line", CALLS)
def test_commands_of_the_shell_examples_parse(line: str) -> None:
    name, *rest = shlex.split(line.partition(">")[0])[1:]
    command = cli.get_command(None, name)  # type: ignore[arg-type]
    assert command is not None
    command.make_context(name, rest)


@pytest.mark.parametrize("page", PAGES)
def test_links_within_the_repository_lead_somewhere(page: str) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", PAGES[page])
    assert [one for one in targets if not ((ROOT / page).parent / one).exists()] == []


def test_there_are_ci_examples() -> None:
    assert sum(bool(commands(block)) for block in BLOCKS) == 2


def test_hooks_of_the_page_are_the_offered_ones() -> None:
    (example,) = [block for block in BLOCKS if "repos" in block]
    offered = {hook["id"]: hook for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())}
    shown = {hook["id"]: hook for hook in example["repos"][0]["hooks"]}
    assert set(shown) == set(offered)
    for name, hook in offered.items():
        for key in ("entry", "types_or", "require_serial"):
            assert shown[name][key] == hook[key]
    for hook in offered.values():
        _, name, *rest = hook["entry"].split()
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        assert command is not None
        command.make_context(name, [*rest, "web.yaml"])
