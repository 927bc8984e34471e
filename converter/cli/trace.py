"""`ing2gw trace`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import click

from converter.cli.choices import Choices, choose
from converter.cli.options import options
from converter.cli.requests import request_of, requests_of_file
from converter.cli.streams import write
from converter.reporting.terminal import json_safe, printable
from converter.routing.exchange import Request

Trace = Callable[[Request], dict[str, Any]]


@click.command(
    "trace",
    epilog="""\b
Examples
  ing2gw trace manifests/ --request 'GET https://shop.example.com/api'
  ing2gw trace manifests/ --requests requests.jsonl --format json""",
)
@options("input", "target")
@click.option("--request", "requests", multiple=True, metavar="'GET URL'", help="A method and a URL; may be repeated.")
@click.option("--requests", "file", metavar="FILE", help="JSON lines: requests, or lines that hold one; - for stdin.")
@click.option("--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="Sent with every --request.")
@click.option("--source", metavar="IP", help="Client address of every --request.")
@click.option("--sni", metavar="NAME", help="TLS server name (SNI) of every --request, if it is not the host.")
@click.option(
    "--entry", metavar="NAME", help="Class, load balancer or group to send the request to, where there are several."
)
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("-v", "--verbose", is_flag=True, help="Show all headers, not only those that differ.")
def command(
    *,
    requests: tuple[str, ...],
    file: str | None,
    headers: tuple[str, ...],
    source: str | None,
    sni: str | None,
    entry: str | None,
    shape: str,
    verbose: bool,
    **given: Any,
) -> None:
    """Show the response to a request and the rule that serves it, before and after.

    Before: the controller of the Ingresses, with the line of the file. After: the generated resources. Where PATH holds
    Gateway API resources and no Ingress, there is only an after.
    """
    from converter.pipeline.trace import TraceError

    asked = [request_of(text, headers, source or "", entry or "")._replace(sni=sni) for text in requests]
    asked += requests_of_file(file) if file else []
    if not asked:
        raise click.UsageError("no request: give --request 'GET https://host/path' or --requests FILE")
    trace = _tracer(choose(given))
    lines, safe = (_json(trace, asked), json_safe) if shape == "json" else (_text(trace, asked, verbose), printable)
    try:
        for line in lines:
            write(f"{safe(line)}\n", sys.stdout)
    except TraceError as error:
        raise click.UsageError(str(error)) from None


def _tracer(choices: Choices) -> Trace:
    from converter.pipeline.run import convert
    from converter.pipeline.trace import trace, trace_tables

    if not _has_ingress(choices):
        from converter.pipeline.input_gateways import input_gateway_tables

        tables, _ = input_gateway_tables(choices.paths, choices.options, sys.stdin.buffer)
        return lambda request: trace_tables(tables, request)
    result = convert(choices.paths, choices.options, sys.stdin.buffer)
    return lambda request: trace(result, request)


def _has_ingress(choices: Choices) -> bool:
    """Whether there is anything to convert; stdin is read once only, so it counts as Ingress."""
    from converter.model.ledger import Ledger
    from converter.reading import read

    if "-" in choices.paths:
        return True
    inventory, _ = read(choices.paths, choices.options, Ledger())
    kinds = ("ALB2", "Frontend", "Rule")
    return bool(inventory.ingresses) or any(inventory.of(kind) for kind in kinds)


def _json(trace: Trace, requests: Iterable[Request]) -> Iterator[str]:
    for request in requests:
        yield json.dumps(trace(request), ensure_ascii=False)


def _text(trace: Trace, requests: Iterable[Request], verbose: bool) -> Iterator[str]:
    from converter.reporting.answer_table import header_lines
    from converter.reporting.describe import describe_request
    from converter.reporting.terminal import clean

    for number, request in enumerate(requests):
        if number:
            yield ""
        answer = trace(request)
        before, after = answer["before"], answer["after"]
        yield clean(describe_request(answer["request"]))
        if before is not None:
            yield from _answer("before", before)
        yield from _answer("after", after)
        if verbose or (before is not None and not answer["same"]):
            yield from header_lines(before, after, every=verbose)
        if before is not None:
            yield f"  {_outcome(answer)}"


def _answer(name: str, answer: dict[str, Any] | None) -> Iterator[str]:
    from converter.reporting.answer_table import describe_head
    from converter.reporting.terminal import clean

    yield f"{name}:".rjust(9) + f" {clean(describe_head(answer))}"
    if answer and (answer.get("rule") or answer.get("origin")):
        origin = answer.get("origin")
        place = f" at {origin['path']}:{origin['line']}" if origin else ""
        yield f"          by {clean(str(answer.get('rule', 'a rule')))}{f' {clean(place)}' if place else ''}"


def _outcome(answer: dict[str, Any]) -> str:
    if answer["same"]:
        return "same response"
    codes = ", ".join(answer["findings"])
    return f"different response, announced by {codes}" if codes else "different response, and no finding says so"
