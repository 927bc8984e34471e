"""For a terminal: failing requests first, three examples of each announced difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.probe.verdicts import ProbeResult, ProbeVerdict
from converter.reporting.groups import plural
from converter.reporting.probe.report import DISAGREES, TITLES, ProbeReport, details, request_text
from converter.reporting.terminal import clean

SHOWN = 3
"""Requests that are shown for the same findings; the others are counted."""
MOST = 30
"""Requests that are shown of a section."""


def render(report: ProbeReport) -> str:
    """Sections, then certificates, what was left out, and the sums."""
    return "".join(f"{line}\n" for line in _lines(report))


def _lines(report: ProbeReport) -> Iterator[str]:
    yield f"before: {clean(report.before)}; after: {clean(report.after)}; entry: {clean(report.entry)}"
    yield ""
    for outcome in (ProbeVerdict.FAILING, ProbeVerdict.UNANNOUNCED):
        yield from _section(TITLES[outcome], report.of(outcome), MOST, report)
    groups: dict[str, list[ProbeResult]] = {}
    for one in report.of(ProbeVerdict.ANNOUNCED):
        groups.setdefault(", ".join(one.codes), []).append(one)
    for codes, some in sorted(groups.items()):
        yield from _section(f"Announced by {codes}", some, SHOWN, report)
    yield from _section(TITLES[ProbeVerdict.FLAKY], report.of(ProbeVerdict.FLAKY), MOST, report)
    yield from _section(DISAGREES, report.disagreeing(), SHOWN, report)
    yield from _connections(report)
    yield from _left_out(report)
    yield report.summary()


def _section(title: str, results: Sequence[ProbeResult], most: int, report: ProbeReport) -> Iterator[str]:
    if not results:
        return
    yield f"{title} ({len(results):,})"
    shown = results if report.verbose else results[:most]
    for one in shown:
        yield f"  {clean(request_text(one))}"
        yield from (f"    {name + ':':<12} {clean(text)}" for name, text in details(one))
    if len(results) > len(shown):
        yield f"  … and {len(results) - len(shown):,} more (-v lists all)"
    yield ""


def _connections(report: ProbeReport) -> Iterator[str]:
    found = [one for one in report.run.connections if one.differences or one.notes or report.verbose]
    if not found:
        return
    yield "Certificates and protocols"
    for one in found:
        verdict = f" (findings: {', '.join(one.codes)})" if one.codes else ""
        mark = "" if one.announced else " NOT ANNOUNCED"
        yield f"  {clean(one.host) or '(no server name)'}:{one.port}{mark}{verdict}"
        yield from (f"    {clean(text)}" for text in (*one.differences, *one.notes))
        if one.before.trust and one.after.trust:
            yield f"    clients that check certificates are refused by both: {clean(one.before.trust)}"
    yield ""


def _left_out(report: ProbeReport) -> Iterator[str]:
    for reason, count in sorted(report.run.left_out.items()):
        yield f"{plural(count, 'request')} not sent: {reason}"
    if report.run.left_out:
        yield ""
