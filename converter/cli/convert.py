"""`ing2gw convert`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from converter.cli.choices import choose
from converter.cli.options import options
from converter.cli.progress import shown
from converter.cli.run import CommandRun, add_traffic, check_reports, convert, finish, kept_files, show
from converter.cli.streams import warn, write


@click.command(
    "convert",
    epilog="""\b
Examples
  ing2gw convert manifests/ -o gateway/
  ing2gw convert --cluster -A -o gateway/
  ing2gw convert manifests/ -o gateway/ --report html:report.html --report sarif:ing2gw.sarif
  ing2gw convert manifests/ --gateway infra/shared --strict""",
)
@options("input", "target", "output", "whole", "report")
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option("--prune", is_flag=True, help="Remove files of earlier runs that nothing goes to any more.")
@click.option("--traffic", metavar="FILE", help="JSON report of replay: findings of much traffic come first.")
@click.option("--fail-on-change", is_flag=True, help="Exit 1 where a file was written or removed; for pre-commit.")
def command(force: bool, prune: bool, traffic: str | None, fail_on_change: bool, **given: Any) -> None:
    """Convert Ingresses to Gateway API resources.

    Resources go to stdout, or to files below -o DIR; the report goes to stderr. Files that were edited by hand are
    not overwritten, and files that are no longer needed are named, unless --force and --prune say otherwise.
    """
    choices = choose(given)
    check_reports(choices)
    if fail_on_change and not choices.output:
        raise click.UsageError("--fail-on-change needs -o DIR, or `output` in ing2gw.yaml")
    run = convert(choices)
    if traffic:
        add_traffic(run, traffic)
    if not choices.output:
        _print(run)
        show(run.report("on stdout"), choices, sys.stderr)
        finish(run.objections())
        return
    changed, reasons = _write(run, choices.output, force, prune)
    files = len({one.file for one in run.resources()})
    show(run.report(f"in {files:,} files below {choices.output} ({len(changed):,} changed)"), choices, sys.stderr)
    if changed and fail_on_change:
        reasons.append(f"{len(changed)} files were changed: {', '.join(changed[:3])}{' …' if changed[3:] else ''}")
    finish(reasons + run.objections())


def _print(run: CommandRun) -> None:
    """Everything on one stream."""
    from converter.writing.serialize import batches

    for text in batches(run.resources()):
        write(text, sys.stdout)


def _write(run: CommandRun, directory: Path, force: bool, prune: bool) -> tuple[list[str], list[str]]:
    """What was written or removed, and what was not because somebody else had written to it."""
    from converter.writing.files import apply, exclusive

    with shown(quiet=run.choices.quiet), exclusive(directory):
        todo = run.plan(directory, prune)
        changed = apply(todo, force, prune)
    if not run.choices.quiet:
        gone = set(changed)
        for path in todo.vanished:
            outcome = "removed" if path in gone else "nothing goes there any more; --prune removes it"
            warn(f"{directory / path}: {outcome}")
    return changed, kept_files(directory, todo.edited, force=force)
