"""Annotations of a GitHub Actions run: one workflow command a finding, and a summary line."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Finding
from converter.reporting.describe import describe_example
from converter.reporting.report import DEFAULT_LOOK, Look, Report
from converter.reporting.terminal import clean


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """GitHub shows the first ten of a level and step, so the worst come first."""
    return "".join(f"{line}\n" for line in _lines(report, look))


def _lines(report: Report, look: Look) -> Iterator[str]:
    for one in report.failed_inputs():
        level = "error" if report.fails_on_errors else "warning"
        yield f"::{level} file={parameter(one.path)},title=not readable::{data(one.message)}"
    shown = report.findings if look.verbose else report.lossy
    for group in report.groups(shown):
        yield from (_finding(report, one) for one in group.findings)
    failed = {id(one) for one in report.failed_objects()} if report.fails_on_errors else ()
    for status in report.objects:
        if status.status != "converted":
            place = f"file={parameter(status.location.path)},line={max(status.location.line, 1)}"
            level = "error" if id(status) in failed else "notice" if status.status == "skipped" else "warning"
            yield f"::{level} {place},title={status.status}::{data(f'{status.ref}: {status.reason}')}"


def _finding(report: Report, one: Finding) -> str:
    """An error fails the run, a warning does not."""
    quiet = one.accepted or one.fidelity.lossless
    level = "error" if report.fails(one) else "notice" if quiet else "warning"
    place = one.origin.location
    where = f"file={parameter(place.path)}"
    if place.line:
        where += f",line={place.line},col={max(place.column, 1)}"
    lines = [clean(one.message)]
    lines += [f"accepted: {clean(one.accepted)}"] if one.accepted else []
    lines += [f"example: {clean(describe_example(one.example, one.affects))}"] if one.example else []
    lines += [f"what to do: {clean(one.hint)}"] if one.hint else []
    title = parameter(f"{one.fidelity.value} {one.code}")
    return f"::{level} {where},title={title}::{'%0A'.join(map(data, lines))}"


def data(text: str) -> str:
    """A text as the message of a workflow command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def parameter(text: str) -> str:
    """A text as the value of a parameter of a workflow command."""
    return data(text).replace(":", "%3A").replace(",", "%2C")
