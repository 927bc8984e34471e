"""What commands do with a run: convert, accept, print reports, and come to a verdict."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import click

from converter.acceptance.exit_status import fails_run, nothing_read, objections
from converter.cli.choices import Choices
from converter.cli.progress import shown
from converter.cli.scope import absent_objects, check_namespaces
from converter.cli.streams import warn, write
from converter.cli.values import report_of
from converter.model.data import dataclass

if TYPE_CHECKING:
    from converter.model import Finding, ObjectStatus, Resource
    from converter.pipeline.result import Result
    from converter.reporting.report import Look, Report
    from converter.writing.coverage import Coverage
    from converter.writing.files import WritePlan


@dataclass(slots=True)
class CommandRun:
    """A conversion with what was said about its findings."""

    result: Result
    choices: Choices
    complaints: list[Finding] = field(default_factory=list)
    """Findings about waivers, which are no facts of the manifests."""

    def report(self, written: str = "") -> Report:
        from converter.reporting.report import Report

        result, options = self.result, self.choices.options
        findings = self._findings()
        fail_on = self.choices.fail_on
        return Report(
            result.inputs,
            self._objects(),
            findings,
            self.resources(),
            written=written,
            directory=str(self.choices.output) if written and self.choices.output else "",
            target=options.target,
            preset=options.preset,
            fails=partial(fails_run, fail_on=fail_on, allow_unprotected=options.allow_unprotected),
            fails_on_errors=fail_on != "never",
        )

    def coverage(self, directory: Path, prune: bool = False) -> Coverage:
        """What this run reads of what earlier runs wrote to a directory."""
        from converter.writing.coverage import coverage

        return coverage(directory, self.choices.paths, self.result.resources, self.result.objects, prune)

    def _findings(self) -> list[Finding]:
        holds = self.choices.scope.holds
        return [*(one for one in self.result.findings if holds(one.origin.object)), *self.complaints]

    def resources(self) -> list[Resource]:
        """Those that are written."""
        scope = self.choices.scope
        if not scope:
            return self.result.resources
        files = scope.files(self.result.resources)
        return [one for one in self.result.resources if one.file in files]

    def _objects(self) -> list[ObjectStatus]:
        return [one for one in self.result.objects if self.choices.scope.holds(one.ref)]

    def plan(self, directory: Path, prune: bool = False) -> WritePlan:
        """What writing to a directory would do, as far as this run writes."""
        from converter.writing.files import plan, render

        scope, resources = self.choices.scope, self.result.resources
        content = render(resources)
        if self.choices.kustomize:
            from converter.writing.kustomize import kustomizations

            content |= kustomizations(content)
        if not scope:
            return plan(directory, content, self.coverage(directory, prune))
        files = scope.files(resources)
        content = {path: text for path, text in content.items() if path in files or scope.owns(path)}
        return plan(directory, content, self.coverage(directory, prune), scope.owns)

    def objections(self) -> list[str]:
        """Why it is no success."""
        result, choices = self.result, self.choices
        findings = self._findings()
        objects = self._objects() or result.objects  # a team may have nothing left to convert
        reasons = objections(result.inputs, objects, findings, choices.fail_on, choices.options.allow_unprotected)
        return [*absent_objects(choices.scope, result), *reasons]


def convert(choices: Choices) -> CommandRun:
    """Convert, lay out, accept; ends the program where nothing could be read."""
    from converter.pipeline.run import convert as convert_paths

    stdin = sys.stdin.buffer if "-" in choices.paths else None
    with shown(quiet=choices.quiet):
        result = convert_paths(choices.paths, choices.options, stdin)
    if nothing_read(result.inputs):
        for one in result.inputs:
            warn(f"{one.path}: {one.message}")
        for hint in dict.fromkeys(one.hint for one in result.findings if one.hint):
            warn(hint)
        raise click.ClickException(f"nothing could be read from {', '.join(choices.paths)}")
    if choices.options.comments:
        from converter.pipeline.comments import add_comments

        add_comments(result.findings, result.objects, result.resources)
    run = _laid_out(result, choices)
    check_namespaces(choices.scope, result, choices.output)
    _accept(run)
    return run


def _laid_out(result: Result, choices: Choices) -> CommandRun:
    from converter.writing.layout import assign
    from converter.writing.resource_order import ordered

    result.resources = ordered(result.resources)
    assign(result.resources, result.objects, choices.layout, choices.beside)
    if choices.staging_domain:
        from converter.staging.run import staging

        second = staging(result, choices.staging_domain)
        result.resources += second.resources
        for one in second.left_out:
            warn(f"--staging-domain leaves out {one}: it is not a name under {choices.staging_domain}")
    return CommandRun(result, choices)


def _accept(run: CommandRun) -> None:
    choices, findings = run.choices, run.result.findings
    annotated = any(one.origin.key == "ing2gw/accept" for one in findings)
    if choices.waivers or choices.exposures or annotated:
        import datetime

        from converter.acceptance.waivers import accept, expose

        today = datetime.datetime.now(datetime.UTC).date()
        run.complaints += accept(findings, choices.waivers, today)
        run.complaints += expose(findings, choices.exposures, run.result.exposed, today)
    if choices.baseline:
        from converter.acceptance.waivers import accept_baseline
        from converter.cli.configuration import ConfigError

        try:
            accept_baseline(findings, choices.baseline)
        except ConfigError as error:
            raise click.UsageError(str(error)) from None


def add_traffic(run: CommandRun, file: str) -> None:
    """Rank the findings by the report of a replay."""
    from converter.reporting.traffic import ranking

    try:
        ranking.add_traffic(run.result.findings, Path(file))
    except ranking.TrafficFileError as error:
        raise click.UsageError(f"--traffic {error}") from None


def show(report: Report, choices: Choices, default: TextIO) -> None:
    """Print the reports that were asked for; the text report goes to `default` unless another one does."""
    from converter.reporting import render

    show_formats(lambda name, look: render(name, report, look), choices, default)


def show_formats(printer: Callable[[str, Look], str], choices: Choices, default: TextIO) -> None:
    """The same for any report; `printer` makes the text of a format."""
    wanted = [report_of(entry) for entry in choices.reports]
    if not choices.quiet and all(file for _, file in wanted):
        _print("text", printer, choices, default)
    for name, file in wanted:
        if file and file != "-":
            _save(name, printer, choices, Path(file))
        else:
            _print(name, printer, choices, sys.stdout if file == "-" else default)


def check_reports(choices: Choices) -> None:
    """Refuse an unknown format before any work is done."""
    for entry in choices.reports:
        report_of(entry)


def _print(name: str, printer: Callable[[str, Look], str], choices: Choices, out: TextIO) -> None:
    from converter.reporting.report import Look

    terminal = out.isatty()
    colour = terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    width = _columns() if terminal else 0
    write(printer(name, Look(colour, width, choices.verbose, choices.standard)), out)


def _columns() -> int:
    import shutil  # three milliseconds of every run

    return shutil.get_terminal_size().columns


def _save(name: str, printer: Callable[[str, Look], str], choices: Choices, path: Path) -> None:
    from converter.reporting.report import Look
    from converter.writing.files import save

    save(path, printer(name, Look(verbose=choices.verbose, standard=choices.standard)))


def kept_files(directory: Path, edited: list[str], *, force: bool) -> list[str]:
    """Why a run that writes is no success: somebody else has written to its files."""
    kept = [] if force else edited
    return [f"{directory / path} was edited by hand and is kept; --force overwrites it" for path in kept]


def finish(reasons: list[str]) -> None:
    """Exit 1 and say why, where there is a reason."""
    if reasons:
        for reason in reasons:
            warn(reason)
        raise click.exceptions.Exit(1)
