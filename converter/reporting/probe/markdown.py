"""For a ticket or a comment: sums, then a table of each kind of difference, limited in length."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.probe.verdicts import ProbeResult
from converter.reporting.markdown import code, escape, limited
from converter.reporting.probe.report import DISAGREES, TITLES, ProbeReport, computed, observed, request_text
from converter.reporting.report import TOOL

_ROWS = 25


def render(report: ProbeReport) -> str:
    """The report, cut at whole blocks where it would not fit."""
    return limited(_blocks(report))


def _blocks(report: ProbeReport) -> Iterator[list[str]]:
    failed = report.objections()
    yield [f"## {TOOL} probe: {'failed' if failed else 'passed'}", ""]
    yield [f"{escape(report.summary())}.", ""]
    yield [f"Before {code(report.before)}, after {code(report.after)}, entry {code(report.entry)}.", ""]
    if failed:
        yield [*(f"- {escape(one)}" for one in failed), ""]
    for outcome, title in TITLES.items():
        yield list(_table(title, report.of(outcome)))
    yield list(_table(DISAGREES, report.disagreeing()))
    yield list(_connections(report))
    left = sorted(report.run.left_out.items())
    yield [*(f"- {count:,} not sent: {escape(reason)}" for reason, count in left), ""] if left else []


def _table(title: str, results: Sequence[ProbeResult]) -> Iterator[str]:
    if not results:
        return
    yield f"### {escape(title)} ({len(results):,})"
    yield ""
    yield "| request | before | after | computed | findings |"
    yield "|---|---|---|---|---|"
    for one in results[:_ROWS]:
        cells = (request_text(one), observed(one.before), observed(one.after), _computed(one), ", ".join(one.codes))
        yield f"| {' | '.join(code(text) for text in cells)} |"
    if results[_ROWS:]:
        yield ""
        yield f"… and {len(results) - _ROWS:,} more."
    yield ""


def _computed(one: ProbeResult) -> str:
    return f"before {computed(one.expected.before)}; after {computed(one.expected.after)}"


def _connections(report: ProbeReport) -> Iterator[str]:
    found = [one for one in report.run.connections if one.differences]
    if not found:
        return
    yield "### Certificates and protocols"
    yield ""
    for one in found[:_ROWS]:
        mark = "" if one.announced else ", not announced"
        codes = f" ({', '.join(code(name) for name in one.codes)})" if one.codes else ""
        yield f"- {code(f'{one.host}:{one.port}')}{mark}{codes}: {escape('; '.join(one.differences))}"
    yield ""
