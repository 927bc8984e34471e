"""A configuration that came with a repository writes below its own folder, and over nothing but earlier reports."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.test_cli import WEB, Shell, shell

__all__ = ["shell"]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }


@pytest.fixture
def checkout(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A repository with a hostile configuration, beside files that are none of its business."""
    shell.write("victim/bashrc", "precious\n")
    shell.write("repo/.git/config", "[core]\n")
    shell.write("repo/apps/web.yaml", WEB)
    shell.write("repo/apps/Makefile", "all:\n")
    shell.write("repo/other/web.yaml", WEB)
    (shell.folder / "repo/apps/out-link").symlink_to("../../victim")
    (shell.folder / "repo/apps/file-link").symlink_to("../../victim/bashrc")
    (shell.folder / "repo/apps/dangling").symlink_to("../../victim/new")
    os.mkfifo(shell.folder / "repo/apps/fifo")
    monkeypatch.chdir(shell.folder / "repo/apps")
    return shell


BAD_REPORTS = [
    "text:../../victim/bashrc",
    "json:../../victim/new.json",
    "json:../x.json",
    "json:out-link/new",
    "text:file-link",
    "json:dangling",
    "json:/tmp/x.json",
    "text:Makefile",
    "json:web.yaml",
    "text:ing2gw.yaml",
    "json:fifo",
    "text:.git/hooks/pre-commit",
    "text:sub/.git/x",
    "html:/dev/stdout",
    "json:.",
]


@pytest.mark.parametrize("command", ["check", "diff", "convert"])
@pytest.mark.parametrize("report", BAD_REPORTS)
def test_reports_of_a_found_configuration(checkout: Shell, command: str, report: str) -> None:
    checkout.write("repo/apps/ing2gw.yaml", f"sources: [web.yaml]\nreport: [text, {report!r}]\n")
    before = snapshot(checkout.folder)
    ran = checkout(command)
    assert ran.code == 2
    assert "ing2gw.yaml:2:1: report: " in ran.err
    assert "bug" not in ran.err
    assert snapshot(checkout.folder) == before


@pytest.mark.parametrize(
    "output", ["../../victim", "..", "/tmp", "out-link", "out-link/deeper", "/", ".git", "x/.git/y"]
)
def test_output_of_a_found_configuration(checkout: Shell, output: str) -> None:
    checkout.write("repo/apps/ing2gw.yaml", f"sources: [web.yaml]\noutput: {output}\n")
    before = snapshot(checkout.folder)
    ran = checkout("convert", "--force", "--prune")
    assert ran.code == 2
    assert "ing2gw.yaml:2:1: output: " in ran.err
    assert snapshot(checkout.folder) == before


@pytest.mark.parametrize(
    "line",
    [
        "sources: [../../victim/bashrc]",
        "sources: [/etc]",
        "sources: ['/e*/passwd']",
        "sources: [out-link]",
        "mappings: [/etc/passwd]",
        "baseline: ../../victim/bashrc",
        "crds: /etc",
        "service-ports: /etc/passwd",
    ],
)
def test_a_found_configuration_reads_inside_of_its_repository(checkout: Shell, line: str) -> None:
    more = "" if line.startswith("sources") else "sources: [web.yaml]\n"
    checkout.write("repo/apps/ing2gw.yaml", f"{line}\n{more}")
    ran = checkout("check")
    assert ran.code == 2
    assert "leads out of" in ran.err


def test_what_it_may_do(checkout: Shell) -> None:
    checkout.write(
        "repo/apps/ing2gw.yaml",
        "sources: [../other]\noutput: gen\nreport: ['json:r.json', 'text:sub/r.txt', 'markdown:r.md']\n",
    )
    for _ in range(2):
        assert checkout("convert").code == 0
    assert (checkout.folder / "repo/apps/gen/routes/shop/web.yaml").exists()
    assert json.loads(checkout.read("repo/apps/r.json"))["tool"]["name"] == "ing2gw"


@pytest.mark.parametrize("name", ["text", "json", "markdown", "html", "sarif", "github", "junit"])
@pytest.mark.parametrize("text", [WEB, WEB.replace("shop.example.com", "'*.x'"), "a: [", "kind: x"])
def test_earlier_reports_may_be_replaced(checkout: Shell, name: str, text: str) -> None:
    checkout.write("repo/apps/web.yaml", f"{WEB}---\n{text}")
    checkout.write("repo/apps/ing2gw.yaml", f"sources: [web.yaml]\nreport: ['{name}:report']\n")
    first = checkout("check")
    assert first.code in (0, 1), first.err
    assert checkout("check").code == first.code
    assert checkout("check", "-v").code == first.code
    assert checkout("check").code == first.code


def test_who_names_it_has_chosen_it(checkout: Shell) -> None:
    checkout.write("repo/apps/ing2gw.yaml", "sources: [web.yaml]\nreport: ['json:../../victim/new.json']\n")
    assert checkout("check", "--config", "ing2gw.yaml").code == 0
    assert (checkout.folder / "victim/new.json").exists()


def test_the_command_line_may_write_anywhere(checkout: Shell) -> None:
    checkout.write("repo/apps/ing2gw.yaml", "sources: [web.yaml]\n")
    assert checkout("convert", "-o", "../../victim/out", "--report", "json:../../victim/bashrc").code == 0
    assert "precious" not in checkout.read("victim/bashrc")


def test_a_configuration_that_is_a_link_to_elsewhere(checkout: Shell) -> None:
    (checkout.folder / "repo/apps/ing2gw.yaml").symlink_to("../../victim/bashrc")
    assert checkout("check", "web.yaml").code == 2
