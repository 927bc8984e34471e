"""`ing2gw check`."""

from __future__ import annotations

import sys
from typing import Any

import click

from converter.cli.choices import choose
from converter.cli.options import options
from converter.cli.run import CommandRun, check_reports, convert, finish, show


@click.command(
    "check",
    epilog="""\b
Examples
  ing2gw check manifests/ -o gateway/
  ing2gw check --baseline known.json --fail-on approximate --report github""",
)
@options("input", "target", "output", "whole", "report")
def command(**given: Any) -> None:
    """Fail on new losses, broken input and outdated files; for CI and pre-commit.

    Converts without writing. With -o (or `output` in ing2gw.yaml), the generated files must be what convert would
    write now. What a waiver or the baseline accepts does not fail.
    """
    choices = choose(given)
    check_reports(choices)
    run = convert(choices)
    show(run.report("would be written"), choices, sys.stdout)
    finish(_drift(run) + run.objections())


def _drift(run: CommandRun) -> list[str]:
    directory = run.choices.output
    if directory is None:
        return []
    todo = run.plan(directory)
    if refusal := todo.refusal():
        return [refusal]
    said = (
        (todo.added, "is missing; run ing2gw convert"),
        (todo.changed, "is outdated; run ing2gw convert"),
        (todo.edited, "was edited by hand"),
        (todo.vanished, "is no longer needed; run ing2gw convert --prune"),
    )
    return [f"{directory / path} {what}" for paths, what in said for path in paths]
