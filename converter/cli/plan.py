"""`ing2gw plan`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import choose
from converter.cli.options import options
from converter.cli.progress import shown
from converter.cli.run import CommandRun, add_traffic, convert, finish, kept_files
from converter.cli.streams import write
from converter.cli.suggestion import did_you_mean

if TYPE_CHECKING:
    from converter.planning.plan import Plan

CONVERTED = "gateway"
"""Where convert writes unless --converted or ing2gw.yaml says otherwise."""
FORMATS = ("markdown", "html", "json")


@click.command(
    "plan",
    epilog="""\b
Examples
  ing2gw plan manifests/ -o plan/
  ing2gw plan cluster.yaml --complete --waves-by label:team --converted gateway/ -o plan/
  ing2gw plan manifests/ --waves-by risk --format html -o plan/""",
)
@options("input", "target", "whole")
@click.option("-o", "--output", "folder", metavar="DIR", help="Folder of the plan: a file a wave, and patches.")
@click.option(
    "--waves-by",
    default="namespace",
    show_default=True,
    metavar="KEY",
    help="namespace, label:KEY (of Ingresses, else of their Namespaces), host-group or risk.",
)
@click.option("--format", "shape", type=click.Choice(FORMATS), default="markdown", show_default=True)
@click.option(
    "--converted",
    metavar="DIR",
    help=f"Folder that convert -o writes to, as commands of the plan name it.  [default: {CONVERTED}]",
)
@click.option(
    "--staging-domain",
    metavar="DOMAIN",
    help="The plan begins with tests of routes that convert --staging-domain DOMAIN writes.",
)
@click.option(
    "--traffic",
    metavar="FILE",
    help="JSON report of replay: waves whose findings meet much traffic go later.",
)
@click.option("--force", is_flag=True, help="Overwrite files that were edited by hand.")
@click.option("--prune", is_flag=True, help="Remove pages and patches that are no longer part of the plan.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but the plan.")
@click.pass_context
def command(context: click.Context, /, folder: str | None, waves_by: str, shape: str, **given: Any) -> None:
    """Write a runbook of the migration: waves of hosts, and the objects and commands of each step.

    Each host is in one wave, with all that shares its certificate, canary, authentication or alias; waves of lower risk
    come first. Nothing of the plan is run. Rollouts and Canaries get patches. Without -o the plan goes to stdout.
    """
    from converter.cli.invocation import repeated
    from converter.planning.build import build_plan
    from converter.planning.wave_page import Invocation

    _check(waves_by)
    converted, force, prune, traffic = (given.pop(name) for name in ("converted", "force", "prune", "traffic"))
    chosen = choose(given)
    choices = chosen._replace(layout="roles", staging_domain="")  # (the plan is about the routes of clients)
    run = convert(choices)
    _check_label(waves_by, run)
    if traffic:
        add_traffic(run, traffic)
    generated = converted or (str(choices.output) if choices.output else CONVERTED)
    call = Invocation(*repeated(context, choices.paths), folder or "plan", chosen.staging_domain)
    with shown(quiet=choices.quiet):
        plan = build_plan(run.result, run.report(), waves_by, generated, call)
    if not plan.waves:
        raise click.ClickException("there is nothing to plan: no Ingress of a known controller serves a host")
    if folder is None:
        _print(plan, shape)
        return
    _write(plan, shape, Path(folder), force, prune, quiet=choices.quiet)


def _check(by: str) -> None:
    from converter.planning.waves import BY, LABEL

    if by not in BY and not (by.startswith(LABEL) and by != LABEL):
        raise click.UsageError(f"--waves-by must be {', '.join(BY)} or label:KEY, not {by!r}")


def _check_label(by: str, run: CommandRun) -> None:
    """A label that nothing has would put everything into one wave."""
    from converter.planning.waves import LABEL, labels_of_input

    key = by.removeprefix(LABEL)
    if key != by and key not in (known := labels_of_input(run.result.inventory)):
        raise click.UsageError(f"--waves-by {by}: no Ingress or Namespace has this label{did_you_mean(key, known)}")


def _print(plan: Plan, shape: str) -> None:
    from converter.planning.files import renderer
    from converter.reporting.terminal import json_safe, printable

    text = renderer(shape).render_all(plan)
    write(json_safe(text) if shape == "json" else printable(text), sys.stdout)


def _write(plan: Plan, shape: str, directory: Path, force: bool, prune: bool, *, quiet: bool) -> None:
    from converter.planning.files import contents
    from converter.reporting.groups import plural
    from converter.writing import files

    with files.exclusive(directory):
        todo = files.plan(directory, contents(plan, shape))
        changed = files.apply(todo, force, prune)
    if not quiet:
        count = f"{plural(len(plan.waves), 'wave')}, {plural(len(todo.content), 'file')} below {directory}"
        write(f"{count} ({len(changed)} changed)\n", sys.stderr)
    finish(kept_files(directory, todo.edited, force=force))
