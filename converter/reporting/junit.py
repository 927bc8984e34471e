"""For CI servers that know JUnit: a suite an object, a case a finding, a failure for what fails the run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from converter.model import Finding, InputStatus, ObjectRef, ObjectStatus
from converter.model.failures import nothing_converted
from converter.reporting.describe import describe_example, describe_fact, describe_fields
from converter.reporting.grouping import by_status
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report
from converter.reporting.terminal import clean

_UNPRINTABLE = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """Exact findings are counted as passed cases only when everything is asked for, to keep the file small."""
    suites = list(_suites(report, look))
    counts = _counts(*(sum(getattr(suite, name) for suite in suites) for name in ("tests", "failures", "skipped")))
    head = f"<testsuites name={_attr(TOOL)} {counts}>"
    body = "".join(suite.text for suite in suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}\n{body}</testsuites>\n'


class Suite(NamedTuple):
    """A suite and what it adds to the sums."""

    tests: int
    failures: int
    skipped: int
    text: str


def _suites(report: Report, look: Look) -> Iterator[Suite]:
    owned, rest = by_status(report.objects, report.findings)
    others: dict[ObjectRef | None, list[Finding]] = {}
    for one in rest:
        others.setdefault(one.origin.object, []).append(one)
    files = [_unreadable(report, one) for one in report.failed_inputs()]
    files += [_finding(report, "input", one) for one in others.pop(None, [])]
    if nothing_converted(report.objects, report.findings):
        files.append(_case("input", "conversion", "", _failure("nothing was converted", "", "")))
    if files:
        yield _suite("input", "", files)
    failed = {id(one) for one in report.failed_objects()} if report.fails_on_errors else ()
    for status, mine in zip(report.objects, owned, strict=True):
        cases = [_conversion(status, fails=id(status) in failed), *_cases(report, status, mine, look)]
        yield _suite(str(status.ref), status.location.path, cases)
    for ref, some in others.items():
        yield _suite(str(ref), some[0].origin.location.path, [_finding(report, str(ref), one) for one in some])


def _unreadable(report: Report, one: InputStatus) -> str:
    inner = _failure(one.message, "", one.path) if report.fails_on_errors else _skipped(one.message)
    return _case("input", one.path, "", inner)


def _conversion(status: ObjectStatus, *, fails: bool) -> str:
    words = f"{status.status}: {status.reason}" if status.reason else status.status
    if status.status == "converted":
        inner = ""
    else:
        inner = _failure(words, status.status, str(status.location)) if fails else _skipped(words)
    return _case(str(status.ref), "conversion", status.location.path, inner)


def _cases(report: Report, status: ObjectStatus, findings: Sequence[Finding], look: Look) -> list[str]:
    name = str(status.ref)
    return [_finding(report, name, one) for one in findings if look.verbose or not one.fidelity.lossless]


def _finding(report: Report, suite: str, one: Finding) -> str:
    if one.fidelity.lossless:
        inner = ""
    elif one.accepted:
        inner = _skipped(f"accepted: {one.accepted}")
    elif not report.fails(one):
        inner = _skipped(f"{one.fidelity.value} {one.code}: {one.message}")
    else:
        details = [str(one.origin.location), describe_fact(one), describe_fields(one.fields), one.hint]
        details += [describe_example(one.example, one.affects)] if one.example else []
        words = "\n".join(clean(text) for text in details if text)
        inner = _failure(one.message, f"{one.fidelity.value} {one.code}", words)
    return _case(suite, f"{one.code} {one.origin.key}".rstrip(), one.origin.location.path, inner)


def _case(suite: str, name: str, file: str, inner: str) -> str:
    place = f" file={_attr(file)}" if file else ""
    return f"<testcase classname={_attr(suite)} name={_attr(name)}{place}>{inner}</testcase>\n"


def _skipped(message: str) -> str:
    """Something to read that fails nothing."""
    return f"<skipped message={_attr(message)}/>"


def _failure(message: str, kind: str, details: str) -> str:
    return f"<failure message={_attr(message)} type={_attr(kind)}>{escape(_printable(details))}</failure>"


def _suite(name: str, file: str, cases: list[str]) -> Suite:
    failures, skipped = (sum(mark in case for case in cases) for mark in ("<failure ", "<skipped "))
    place = f" file={_attr(file)}" if file else ""
    counts = _counts(len(cases), failures, skipped)
    text = f"<testsuite name={_attr(name)}{place} {counts}>\n{''.join(cases)}</testsuite>\n"
    return Suite(len(cases), failures, skipped, text)


def _counts(tests: int, failures: int, skipped: int) -> str:
    return f'tests="{tests}" failures="{failures}" skipped="{skipped}" errors="0"'


def _printable(text: str) -> str:
    """XML 1.0 has no way to write some characters."""
    return _UNPRINTABLE.sub("\ufffd", text)


def _attr(text: str) -> str:
    return quoteattr(_printable(clean(text)))
