"""`ing2gw replay`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import choose
from converter.cli.options import FORMATS, options
from converter.cli.progress import shown
from converter.cli.run import CommandRun, check_reports, convert, finish, show_formats
from converter.cli.streams import write
from converter.reporting.groups import plural

if TYPE_CHECKING:
    from converter.model.traffic import Traffic, Witness
    from converter.replay.run import ReplayOptions


@click.command(
    "replay",
    epilog="""\b
Examples
  ing2gw replay manifests/ --log access.log.gz
  kubectl logs -n ingress-nginx deploy/ingress-nginx-controller | ing2gw replay manifests/ --log -
  ing2gw replay manifests/ --log 'logs/*.zst' --report html:traffic.html --witnesses requests.jsonl""",
)
@options("input", "target")
@click.option(
    "--log",
    "logs",
    multiple=True,
    metavar="FILE",
    help="Access log: text, gzip or zstd; a folder, a pattern, or - for stdin. May be repeated.",
)
@click.option(
    "--format",
    "form",
    metavar="FORMAT",
    help="ingress-nginx, alauda-alb, aws-alb, envoy-gateway, combined, or a log_format of nginx.  "
    "[default: by the lines]",
)
@click.option("--host", metavar="NAME", help="Host of requests whose log names none.")
@click.option("--scheme", type=click.Choice(["http", "https"]), help="Scheme of requests whose log names none.")
@click.option("--entry", metavar="NAME", help="Class, load balancer or group that wrote the logs.")
@click.option("--redact", is_flag=True, help="Show no tokens, mail addresses, numbers and client addresses.")
@click.option(
    "--witnesses",
    metavar="FILE",
    help="Write examples of all that differs, and of all paths that do not, as JSON lines (docs/requests.md).",
)
@click.option("--report", "reports", multiple=True, metavar="FORMAT[:FILE]", help=f"{', '.join(FORMATS)}.")
@click.option("-v", "--verbose", is_flag=True, help="Show every group.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the reports of --report, and why the run failed.")
def command(
    *,
    logs: tuple[str, ...],
    form: str | None,
    host: str | None,
    scheme: str | None,
    entry: str | None,
    redact: bool,
    witnesses: str | None,
    reports: tuple[str, ...],
    verbose: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Ask both sides the requests of real access logs, and add up which responses differ.

    Fails where a response differs and no finding announces it. Where the log says more than is computed for the side
    that wrote it (status, backend), the difference is listed. Needs DuckDB: pip install 'ing2gw[replay]'.
    """
    from converter.replay.run import ReplayOptions

    if not logs:
        raise click.UsageError("no log: give --log FILE, or --log - for stdin")
    choices = choose(given)._replace(reports=reports, verbose=verbose, quiet=quiet)
    check_reports(choices)
    if "-" in choices.paths and "-" in logs:
        raise click.UsageError("PATH and --log cannot both be stdin")
    run = convert(choices)
    kept: list[Witness] = []
    traffic = _replayed(run, logs, ReplayOptions(form or "", host or "", scheme or "", entry or ""), kept, quiet)
    if witnesses:
        _save_witnesses(witnesses, kept, redact)
    _show(_shortened(traffic, redact), run)
    finish(_objections(traffic))


def _replayed(
    run: CommandRun, logs: tuple[str, ...], given: ReplayOptions, kept: list[Witness], quiet: bool
) -> Traffic:
    from converter.replay.engine import MissingEngineError
    from converter.replay.run import ReplayError, replay

    try:
        with shown(quiet=quiet):
            return replay(run.result, logs, given, sys.stdin.buffer if "-" in logs else None, kept.append)
    except (ReplayError, MissingEngineError) as error:
        raise click.ClickException(str(error)) from None


def _objections(traffic: Traffic) -> list[str]:
    """Why it is no success."""
    loud = traffic.tallies["unannounced"].requests
    out = [f"{plural(loud, 'request')} with different responses that no finding announces"] if loud else []
    return out if traffic.requests.requests else [*out, "the logs hold no request"]


def _save_witnesses(file: str, kept: list[Witness], redact: bool) -> None:
    from converter.replay.shorten import Masking
    from converter.reporting.terminal import json_safe
    from converter.writing.files import save

    masking = Masking(redact=redact, short=False)
    lines = [json.dumps(masking.witness(one).as_data(), ensure_ascii=False) for one in kept]
    text = json_safe("".join(f"{line}\n" for line in lines))
    if file == "-":
        write(text, sys.stdout)
    else:
        save(Path(file), text)


def _shortened(traffic: Traffic, redact: bool) -> Traffic:
    """With requests as they may be shown."""
    from converter.replay.shorten import Masking, shown_sample

    masking = Masking(redact=redact)
    for group in traffic.groups:
        group.examples = [masking.witness(one) for one in group.examples]
    for disagreement in traffic.disagreements:
        disagreement.examples = [masking.witness(one) for one in disagreement.examples]
    for lines in traffic.broken:
        lines.samples = [(number, shown_sample(text, redact=redact)) for number, text in lines.samples]
    return traffic


def _show(traffic: Traffic, run: CommandRun) -> None:
    from converter.reporting.traffic import render_traffic

    report = run.report()
    show_formats(lambda name, look: render_traffic(name, traffic, report, look), run.choices, sys.stdout)
