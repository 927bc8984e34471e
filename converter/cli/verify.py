"""`ing2gw verify`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import Choices, choose
from converter.cli.options import options
from converter.cli.run import convert, finish
from converter.cli.streams import write
from converter.reporting.groups import first_of, plural
from converter.reporting.terminal import json_safe, printable

if TYPE_CHECKING:
    from converter.comparison.difference import Difference
    from converter.pipeline.result import Result
    from converter.routing.exchange import Request

UNKNOWN_GATEWAY = "gateway.listeners-needed"
SHOWN = 3
"""Requests that are shown for one finding; the others are counted."""


@click.command(
    "verify",
    epilog="""\b
Examples
  ing2gw verify manifests/
  ing2gw verify manifests/ --against gateway/
  kubectl get gateways,httproutes,svc -A -o yaml | ing2gw verify manifests/ --against -""",
)
@options("input", "target")
@click.option(
    "--against",
    multiple=True,
    metavar="PATH",
    help="Compare with these Gateway API resources; may be repeated.",
)
@click.option("--requests", "file", metavar="FILE", help="Send these (docs/requests.md) instead; - for stdin.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Show every request, with all headers.")
@click.option("-q", "--quiet", is_flag=True, help="Print the verdict only.")
def command(
    *, against: tuple[str, ...], file: str | None, shape: str, verbose: bool, quiet: bool, **given: Any
) -> None:
    """Evaluate the same requests against both sides and list those whose responses differ.

    The requests cover every boundary of every path, host, header and method that either side has. Fails on a
    difference that no finding announces, on a request that is served before and fails after unless its findings are
    accepted, and where an Ingress carries its controller's own plan (AWS) that differs from what was read. With
    --against, the resources are read from PATH: written by hand, edited, or made by another converter.
    """
    choices = choose(given)
    result = convert(choices).result
    asked: set[Request] = set()
    if file:
        differences = _of_file(result, file, against, asked)
    else:
        differences = list(_differences(result, choices, against, asked))
    loud = unannounced(differences, [] if against or file else result.surprises)
    silent = {id(one) for one in loud}
    failed = [one for one in differences if one.fails and not one.accepted and id(one) not in silent]
    plans = [f"{one.origin.location}: {one.message}" for one in result.findings if one.code == "plan.disagrees"]
    if not quiet:
        text = [*plans, *_text(differences, loud, failed, verbose), _summary(len(asked), differences, loud, failed)]
        lines = _json(differences) if shape == "json" else text
        safe = json_safe if shape == "json" else printable
        write(safe("".join(f"{line}\n" for line in lines)), sys.stdout)
    reasons = [f"{plural(len(loud), 'request')} with different responses that no finding announces"] if loud else []
    if failed:
        reasons.append(
            f"{plural(len(failed), 'request')} served before and failing after; accept their findings, or fix them"
        )
    broken = [one for one in result.objects if one.status == "failed"]
    if broken:
        count = plural(len(broken), "object")
        reasons.append(f"{count} could not be converted or compared ({first_of(broken)})")
    if plans:
        reasons.append(f"{len(plans)} plans of a controller differ from what was read from the input")
    if any(one.code == UNKNOWN_GATEWAY and not one.accepted for one in result.findings) and not against:
        reasons.append(f"Gateway {choices.options.gateway} is not in the input, so it may not serve the routes")
    finish(reasons)


def unannounced(differences: list[Difference], surprises: list[Difference]) -> list[Difference]:
    """Differences that no finding announces, or only one that was made because no other did: each request once."""
    found = {_question(one) for one in surprises}
    loud = [one for one in differences if not one.announced or (found and _question(one) in found)]
    shown = {_question(one) for one in loud} if found else set()
    return loud + [one for one in surprises if _question(one) not in shown]


def _question(difference: Difference) -> str:
    """What was asked, as text: requests are not hashable."""
    return f"{difference.entry} {json.dumps(difference.request.to_json(), sort_keys=True)}"


def _differences(
    result: Result, choices: Choices, against: tuple[str, ...], asked: set[Request]
) -> Iterator[Difference]:
    from converter.pipeline.verify import verify, verify_against

    if not against:
        return verify(result, asked)
    from converter.acceptance.exit_status import nothing_read
    from converter.pipeline.input_gateways import input_gateway_tables

    tables, inputs = input_gateway_tables(against, choices.options, sys.stdin.buffer, result.namespaces)
    if nothing_read(inputs) or not tables:
        raise click.UsageError(f"--against {', '.join(against)}: no Gateway could be read")
    return verify_against(result, tables, asked)


def _of_file(result: Result, file: str, against: tuple[str, ...], asked: set[Request]) -> list[Difference]:
    """Of the requests of a file alone."""
    from converter.cli.requests import requests_of_file
    from converter.pipeline.trace import TraceError
    from converter.pipeline.verify import verify_requests

    if against:
        raise click.UsageError("--requests and --against cannot be used together")
    try:
        return list(verify_requests(result, requests_of_file(file), asked))
    except TraceError as error:
        raise click.UsageError(f"--requests {file}: {error}") from None


def _json(differences: list[Difference]) -> Iterator[str]:
    for one in differences:
        yield json.dumps(
            {
                "entry": one.entry,
                "request": one.request.to_json(),
                "before": one.before.to_answer(),
                "after": one.after.to_answer(),
                "announced": one.announced,
                "findings": sorted({finding.code for finding in one.announced_by}),
            },
            ensure_ascii=False,
        )


def _text(
    differences: list[Difference], loud: list[Difference], failed: list[Difference], verbose: bool
) -> Iterator[str]:
    groups: dict[str, list[Difference]] = {}
    silent = {id(one) for one in (*loud, *failed)}
    for one in differences:
        if id(one) not in silent:
            groups.setdefault(", ".join(one.codes), []).append(one)
    for codes, some in sorted(groups.items()):
        yield f"announced by {codes}"
        yield from _some(some, SHOWN, verbose)
    if loud:
        yield "NOT ANNOUNCED"
        yield from _some(loud, 10 * SHOWN, verbose)
    if failed:
        yield "SERVED BEFORE, FAILS AFTER"
        yield from _some(failed, 10 * SHOWN, verbose, codes=True)


def _summary(asked: int, differences: list[Difference], loud: list[Difference], failed: list[Difference]) -> str:
    """How all requests came out."""
    announced = len({id(one) for one in differences} - {id(one) for one in loud})
    return (
        f"{plural(asked, 'request')} compared: {asked - len(differences):,} with the same response, "
        f"{announced:,} announced ({len(failed):,} of them served before and failing after), {len(loud):,} unannounced"
    )


def _some(differences: list[Difference], most: int, verbose: bool, *, codes: bool = False) -> Iterator[str]:
    """Some of them, or all; `codes`: with the findings of each, where no heading names them."""
    from converter.reporting.answer_table import describe_head, header_lines
    from converter.reporting.describe import describe_request
    from converter.reporting.terminal import clean

    for one in differences if verbose else differences[:most]:
        before, after = one.before.to_answer(), one.after.to_answer()
        yield f"  {clean(describe_request(one.request.to_json()))}"
        yield f"    before: {clean(describe_head(before))}"
        yield f"    after:  {clean(describe_head(after))}"
        yield from header_lines(before, after, every=verbose, indent="    ")
        if codes:
            yield f"    by:     {', '.join(one.codes)}"
    if len(differences) > most and not verbose:
        yield f"  … and {len(differences) - most:,} more (-v lists all)"
