"""A replay for a comment on a pull request, or a ticket."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Example
from converter.model.traffic import ResponseOutcome, Traffic, TrafficGroup
from converter.reporting.describe import example_parts
from converter.reporting.groups import plural
from converter.reporting.markdown import LIMIT, code, escape
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look
from converter.reporting.traffic.text import TITLES, share

_ROWS = 25


def render(traffic: Traffic, look: Look = DEFAULT_LOOK) -> str:
    """The whole report; rows are left out where it would be longer than a comment may be."""
    rows = len(traffic.groups) if look.verbose else _ROWS
    while len(text := "".join(f"{line}\n" for line in _lines(traffic, rows))) > LIMIT and rows > 1:
        rows //= 2
    return text


def _lines(traffic: Traffic, rows: int) -> Iterator[str]:
    every = traffic.requests
    same = share(traffic.tallies["same"].requests, every.requests)
    yield f"## {TOOL}: {same} of {every.requests:,} requests have the same response"
    yield ""
    yield "| requests | share | distinct | response |"
    yield "|---:|---:|---:|---|"
    for outcome, tally in traffic.tallies.items():
        part = share(tally.requests, every.requests)
        yield f"| {tally.requests:,} | {part} | {tally.distinct:,} | {TITLES[outcome]} |"
    yield ""
    if traffic.fails:
        yield f"**{traffic.fails:,} of these are served before, and rejected or not answered after.**"
        yield ""
    yield from _table("Not announced", traffic, "unannounced", rows)
    yield from _table("Announced differences", traffic, "announced", rows)
    yield from _table("Ambiguous", traffic, "ambiguous", rows)
    if traffic.needed_format:
        yield f"`log-format-upstream` that ends the ambiguity: {code(traffic.needed_format)}"
        yield ""
    yield from _disagreements(traffic, rows)
    yield from _problems(traffic)


def _table(title: str, traffic: Traffic, outcome: ResponseOutcome, rows: int) -> Iterator[str]:
    groups = traffic.of(outcome)
    if not groups:
        return
    yield f"### {title}"
    yield ""
    yield "| requests | distinct | fail after | where | findings | example | before | after |"
    yield "|---:|---:|---:|---|---|---|---|---|"
    yield from (_row(group) for group in groups[:rows])
    if groups[rows:]:
        left = sum(one.tally.requests for one in groups[rows:])
        yield ""
        yield f"… and {plural(left, 'request')} in {len(groups) - rows:,} more groups."
    yield ""


def _row(group: TrafficGroup) -> str:
    example = group.examples[0] if group.examples else None
    parts = example_parts(Example(example.request, example.before, example.after)) if example else ("", "", "")
    cells = [
        f"{group.tally.requests:,}",
        f"{group.tally.distinct:,}",
        f"{group.fails:,}",
        code(group.host + group.pattern),
        ", ".join(map(code, group.codes)),
        *map(code, parts),
    ]
    return f"| {' | '.join(cells)} |"


def _disagreements(traffic: Traffic, rows: int) -> Iterator[str]:
    found = sorted(traffic.disagreements, key=lambda one: -one.tally.requests)
    count = sum(one.tally.requests for one in found)
    side = "old" if traffic.log_side == "before" else "new"
    agreed = share(traffic.comparable - count, traffic.comparable)
    yield f"The log agrees with the computed {side} side in {agreed} of {traffic.comparable:,} comparable requests."
    yield ""
    for one in found[:rows]:
        where = code(one.host + one.pattern)
        requests = plural(one.tally.requests, "request")
        yield f"- {requests} to {where}: the log has {code(one.logged)}, computed is {code(one.computed)}"
    if found:
        yield ""


def _problems(traffic: Traffic) -> Iterator[str]:
    for name, tally in sorted(traffic.unknown_backends.items(), key=lambda item: -item[1].requests)[:_ROWS]:
        yield f"- {plural(tally.requests, 'request')} to {code(name)}, a backend that no rule of the input has"
    for file in traffic.files:
        if file.problem:
            yield f"- {code(file.name)}: {escape(file.problem)}"
    for one in traffic.broken:
        yield f"- {code(one.name)}: {plural(one.count, 'line')} in no known form"
