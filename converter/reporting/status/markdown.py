"""Status for a ticket or a comment: the sums, then what is missing, limited in length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.reporting.markdown import escape, limited
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look
from converter.reporting.status.text import explanation_parts, summary, verdict
from converter.status.check import IngressStatus


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """The report, cut at a whole row where it would not fit."""
    return limited(_blocks(statuses, every=look.verbose))


def _blocks(statuses: Sequence[IngressStatus], *, every: bool) -> Iterator[list[str]]:
    yield [f"## {TOOL} status: {verdict(statuses)}", "", f"{escape(summary(statuses))}.", ""]
    for one in statuses:
        checks = one.ordered(every=every)
        if checks:
            yield [f"### {escape(one.name)}", "", "| state | check | what | what to do |", "|---|---|---|---|"]
        for check in checks:
            words = "<br>".join(escape(text) for _, text in explanation_parts(check))
            yield [f"| {check.state} | {check.aspect} | {escape(check.message)} | {words} |"]
        if checks:
            yield [""]
