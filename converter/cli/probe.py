"""`ing2gw probe`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import choose
from converter.cli.options import options, options_of
from converter.cli.probe_options import PROBE_OPTIONS, ProbeArguments
from converter.cli.requests import requests_of_file
from converter.cli.run import convert, finish
from converter.cli.streams import show_text, warn, write

if TYPE_CHECKING:
    from converter.comparison.equivalence import Comparison
    from converter.pipeline.result import Result
    from converter.probe.selection import Choice, Selection
    from converter.reporting.probe import ProbeReport

NEEDED = ("h2", "h11", "cryptography")
"""Libraries of the extra."""


@click.command(
    "probe",
    epilog="""\b
Examples
  ing2gw probe manifests/ --before 203.0.113.10 --after 203.0.113.20 --dry-run
  ing2gw probe manifests/ --before 203.0.113.10 --after 203.0.113.20 --host shop.example.com
  ing2gw probe manifests/ --before old-lb.example.com --after http=[::1]:8080 --after https=[::1]:8443
  ing2gw probe manifests/ --before 203.0.113.10 --after 203.0.113.20 --requests seen.jsonl --report junit:probe.xml""",
)
@options("input", "target")
@options_of(PROBE_OPTIONS)
def command(**given: Any) -> None:
    """Send the same requests to the old and the new address and compare the responses.

    Requests: those of --requests, the examples of the findings, and the requests that `verify` evaluates. Each is sent
    with its Host and server name (SNI) to both addresses. Status, Location, redirects, headers, certificates and
    protocols are compared with each other and with what `trace` computes. Fails on a difference that no finding
    announces, and on a request that is served before and fails after. No other command opens connections itself.
    """
    asked = ProbeArguments.of(given)
    choices = choose(given)
    _check_installed(asked)
    result = convert(choices).result
    comparison = _comparison(result, asked.entry)
    choice, selection = _selected(comparison, asked)
    if asked.hosts and not selection.requests:
        raise click.UsageError(
            f"--host {', '.join(asked.hosts)}: there is no request to send to entry {comparison.before.entry}"
        )
    if asked.dry_run:
        _show_plan(selection, choice)
        return
    warn(plan_line(selection, choice))
    report = _probed(comparison, choice, selection, asked)
    _print(report, asked)
    finish(report.objections())


def _check_installed(asked: ProbeArguments) -> None:
    from importlib.util import find_spec

    missing = [] if asked.dry_run else [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise click.UsageError(f"probe needs {', '.join(missing)}: run `pip install 'ing2gw[probe]'`")


def _comparison(result: Result, entry: str) -> Comparison:
    """The pair of tables that stand behind the two addresses."""
    pairs = {one.before.entry: one for one in result.comparisons}
    if entry and entry not in pairs:
        raise click.UsageError(f"--entry {entry!r}: there is {', '.join(sorted(pairs)) or 'none'}")
    if not entry and len(pairs) > 1:
        raise click.UsageError(f"--entry: name one of {', '.join(sorted(pairs))}; each has an address of its own")
    if not pairs:
        raise click.UsageError("the input has no entry point to send requests to")
    return pairs[entry] if entry else next(iter(pairs.values()))


def _selected(comparison: Comparison, asked: ProbeArguments) -> tuple[Choice, Selection]:
    from converter.probe.selection import Choice, select
    from converter.probe.settings import SAFE_METHODS

    own = requests_of_file(asked.requests) if asked.requests else []
    own = [one for one in own if one.entry in ("", comparison.before.entry)]
    methods = (*SAFE_METHODS, *(one for one in asked.methods if one not in SAFE_METHODS))
    choice = Choice(asked.before, asked.after, methods, asked.hosts, asked.settings)
    selection = select(comparison, own, choice)
    for name, addresses in (("--before", asked.before), ("--after", asked.after)):
        if addresses.shared_port(selection.requests):
            raise click.UsageError(
                f"{name} {addresses} names one port for HTTP and HTTPS: write {name} http=HOST:PORT and, for HTTPS, "
                f"{name} https=HOST:PORT"
            )
    return choice, selection


def plan_line(selection: Selection, choice: Choice) -> str:
    """`42 requests to 2 addresses, methods GET, about 9 seconds`."""
    from converter.reporting.groups import plural

    methods = sorted({one.method for one in selection.requests}) or ["none"]
    seconds = max(1, round(len(selection.requests) / choice.settings.rate))
    return (
        f"{plural(len(selection.requests), 'request')} to 2 addresses (before {choice.before}, after {choice.after}), "
        f"methods {', '.join(methods)}, at most {choice.settings.rate:g} a second to each, "
        f"about {plural(seconds, 'second')}"
    )


def _show_plan(selection: Selection, choice: Choice) -> None:
    from converter.probe.secret_values import redacted_request
    from converter.reporting.describe import describe_request
    from converter.reporting.groups import plural
    from converter.reporting.terminal import clean

    lines = [clean(describe_request(redacted_request(one))) for one in selection.requests]
    lines += [f"{plural(count, 'request')} not sent: {clean(why)}" for why, count in sorted(selection.left_out.items())]
    lines.append(plan_line(selection, choice))
    show_text("".join(f"{line}\n" for line in lines), sys.stdout)


def _probed(comparison: Comparison, choice: Choice, selection: Selection, asked: ProbeArguments) -> ProbeReport:
    from converter.probe.run import probe
    from converter.reporting.probe import ProbeReport

    run = probe(comparison, choice, selection)
    return ProbeReport(run, comparison.before.entry, str(choice.before), str(choice.after), verbose=asked.verbose)


def _print(report: ProbeReport, asked: ProbeArguments) -> None:
    from converter.reporting.probe import render
    from converter.writing.files import save

    if not asked.quiet and all(file for _, file in asked.reports):
        write(render("text", report), sys.stdout)
    for name, file in asked.reports:
        if file and file != "-":
            save(Path(file), render(name, report))
        else:
            write(render(name, report), sys.stdout)
