"""`ing2gw diff`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.acceptance.exit_status import nothing_read
from converter.cli.choices import Choices, choose
from converter.cli.options import options
from converter.cli.run import CommandRun, check_reports, convert, finish, show
from converter.cli.streams import show_text

if TYPE_CHECKING:
    from converter.comparison.manifests import ObjectChanges


@click.command(
    "diff",
    epilog="""\b
Examples
  ing2gw diff manifests/
  ing2gw diff manifests/ -o gateway/
  kubectl get gateways,httproutes -A -o yaml | ing2gw diff manifests/ --against -
  ing2gw diff manifests/ --report markdown""",
)
@options("input", "target", "output", "whole", "report")
@click.option("--against", multiple=True, metavar="PATH", help="Compare with what runs already: an export, or -.")
def command(against: tuple[str, ...], **given: Any) -> None:
    """Show what convert would write, change and lose; write nothing.

    With -o DIR: what would change there, field by field, what was edited by hand and what is left over. With
    --against: the Gateways and routes of an export compared with those that would be written.
    """
    choices = choose(given)
    check_reports(choices)
    if "-" in against and "-" in choices.paths:
        raise click.UsageError("stdin is either the input or what it is compared with")
    run = convert(choices)
    if choices.reports:
        show(run.report("would be written"), choices, sys.stdout)
    elif not choices.quiet:
        show_text("".join(f"{line}\n" for line in _lines(run, choices, against)), sys.stdout)
    finish(run.objections())


def _lines(run: CommandRun, choices: Choices, against: tuple[str, ...]) -> Iterator[str]:
    from converter.reporting import dry_run
    from converter.reporting.report import Look

    yield from dry_run.render(
        run.report("would be written"), Look(verbose=choices.verbose, standard=choices.standard)
    ).splitlines()
    if choices.output:
        todo = run.plan(choices.output)
        yield ""
        yield f"Files below {choices.output}"
        yield from dry_run.files(todo, _changes(choices.output, todo))
    if against:
        yield ""
        yield f"Compared with {', '.join(against)}"
        found = list(
            dry_run.objects(_input_resources(run, choices, against), "only there; nothing is made that replaces it")
        )
        yield from found or ["    no difference"]


def _changes(directory: Path, todo: Any) -> dict[str, ObjectChanges]:
    from converter.comparison.manifests import compare
    from converter.reading.manifests import manifests

    out = {}
    for path in (*todo.changed, *todo.edited):
        text = (directory / path).read_text(encoding="utf-8", errors="replace")
        before = manifests(text)
        if before is not None:
            out[path] = compare(before, manifests(todo.content[path]) or [])
    return out


def _input_resources(run: CommandRun, choices: Choices, against: tuple[str, ...]) -> ObjectChanges:
    """Only kinds that we write; what a cluster adds to an object (status, identity, defaults) is no difference."""
    from converter.comparison.manifests import compare
    from converter.model.ledger import Ledger
    from converter.reading import read
    from converter.reading.manifests import as_written
    from converter.validation import profile_for
    from converter.validation.defaults import with_defaults

    inventory, _ = read(against, choices.options, Ledger(), sys.stdin.buffer)
    if nothing_read(inventory.inputs):
        words = "; ".join(f"{one.path}: {one.message}" for one in inventory.inputs)
        raise click.UsageError(f"--against: {words or 'nothing could be read'}")
    kinds = dict.fromkeys(one.kind for one in run.result.resources)
    there = [one.body for kind in kinds for one in inventory.of(kind)]
    profile = profile_for(choices.options)
    before, after = (
        [with_defaults(as_written(body), profile) for body in some]
        for some in (there, (one.body for one in run.result.resources))
    )
    return compare(before, after)
