"""`ing2gw convert`."""

from __future__ import annotations

import sys
from typing import Any

import click

from converter.cli.choices import Choices, choose, options
from converter.cli.running import Run, check_reports, convert, finish, show, write


@click.command("convert")
@options("input", "target", "output", "report")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option("--prune", is_flag=True, help="Remove files of earlier runs that nothing goes to any more.")
def command(force: bool, prune: bool, **given: Any) -> None:
    """Convert Ingresses to Gateway API resources.

    Resources go to stdout, or to files below -o DIR; the report goes to stderr. Files that were edited by hand are
    not overwritten, and files that are no longer needed are named, unless --force and --prune say otherwise.
    """
    choices = choose(given)
    check_reports(choices)
    run = convert(choices)
    reasons: list[str] = []
    if choices.output:
        written = _write(run, choices, force, prune, reasons)
    else:
        from converter.writing.yaml import dump_all

        write(dump_all(one.body for one in run.result.resources), sys.stdout)
        written = "on stdout"
    show(run.report(written), choices, sys.stderr)
    finish(reasons + run.objections(), choices.quiet)


def _write(run: Run, choices: Choices, force: bool, prune: bool, reasons: list[str]) -> str:
    from converter.writing.files import apply, plan, render

    directory = choices.output
    assert directory is not None  # noqa: S101
    todo = plan(directory, render(run.result.resources))
    changed = apply(todo, force, prune)
    if not force:
        reasons += [f"{directory / path} was edited by hand and is kept; --force overwrites it" for path in todo.edited]
    if not choices.quiet:
        for path in todo.vanished:
            fate = "removed" if path in changed else "nothing goes there any more; --prune removes it"
            click.echo(f"{directory / path}: {fate}", err=True)
    return f"in {len(todo.content)} files below {directory} ({len(changed)} changed)"
