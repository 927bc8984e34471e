"""For CI servers that know JUnit: a suite an object, a case a finding, a failure for what fails the run."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.model import Finding, InputStatus, ObjectRef, ObjectStatus
from converter.model.failures import nothing_converted
from converter.reporting.describe import describe_example, describe_fact, describe_fields
from converter.reporting.grouping import by_status
from converter.reporting.junit_elements import (
    Suite,
    case_element,
    document,
    failure_element,
    skipped_element,
    suite_element,
)
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report
from converter.reporting.terminal import clean


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """Exact findings are counted as passed cases only when everything is asked for, to keep the file small."""
    return document(TOOL, list(_suites(report, look)))


def _suites(report: Report, look: Look) -> Iterator[Suite]:
    owned, rest = by_status(report.objects, report.findings)
    others: dict[ObjectRef | None, list[Finding]] = {}
    for one in rest:
        others.setdefault(one.origin.object, []).append(one)
    files = [_unreadable(report, one) for one in report.failed_inputs()]
    files += [_finding(report, "input", one) for one in others.pop(None, [])]
    if nothing_converted(report.objects, report.findings):
        files.append(case_element("input", "conversion", "", failure_element("nothing was converted", "", "")))
    if files:
        yield suite_element("input", "", files)
    failed = {id(one) for one in report.failed_objects()} if report.fails_on_errors else ()
    for status, mine in zip(report.objects, owned, strict=True):
        cases = [_conversion(status, fails=id(status) in failed), *_cases(report, status, mine, look)]
        yield suite_element(str(status.ref), status.location.path, cases)
    for ref, some in others.items():
        yield suite_element(str(ref), some[0].origin.location.path, [_finding(report, str(ref), one) for one in some])


def _unreadable(report: Report, one: InputStatus) -> str:
    inner = failure_element(one.message, "", one.path) if report.fails_on_errors else skipped_element(one.message)
    return case_element("input", one.path, "", inner)


def _conversion(status: ObjectStatus, *, fails: bool) -> str:
    words = f"{status.status}: {status.reason}" if status.reason else status.status
    if status.status == "converted":
        inner = ""
    else:
        inner = failure_element(words, status.status, str(status.location)) if fails else skipped_element(words)
    return case_element(str(status.ref), "conversion", status.location.path, inner)


def _cases(report: Report, status: ObjectStatus, findings: Sequence[Finding], look: Look) -> list[str]:
    name = str(status.ref)
    return [_finding(report, name, one) for one in findings if look.verbose or not one.fidelity.lossless]


def _finding(report: Report, suite: str, one: Finding) -> str:
    if one.fidelity.lossless:
        inner = ""
    elif one.accepted:
        inner = skipped_element(f"accepted: {one.accepted}")
    elif not report.fails(one):
        inner = skipped_element(f"{one.fidelity.value} {one.code}: {one.message}")
    else:
        details = [str(one.origin.location), describe_fact(one), describe_fields(one.fields), one.hint]
        details += [describe_example(one.example, one.affects)] if one.example else []
        words = "\n".join(clean(text) for text in details if text)
        inner = failure_element(one.message, f"{one.fidelity.value} {one.code}", words)
    return case_element(suite, f"{one.code} {one.origin.key}".rstrip(), one.origin.location.path, inner)
