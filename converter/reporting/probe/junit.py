"""For CI servers that know JUnit: a case a request, a case a host of HTTPS."""

from __future__ import annotations

from converter.probe.connections import Connection
from converter.probe.verdicts import ProbeResult, ProbeVerdict
from converter.reporting.junit_elements import case_element, document, failure_element, skipped_element, suite_element
from converter.reporting.probe.report import ProbeReport, details, request_text
from converter.reporting.report import TOOL


def render(report: ProbeReport) -> str:
    """A suite of requests and one of connections."""
    run = report.run
    suites = [suite_element("requests", "", [_request(one) for one in run.results])]
    suites += (
        [suite_element("connections", "", [_connection(one) for one in run.connections])] if run.connections else []
    )
    dead = [
        case_element("addresses", name, "", failure_element(f"no response: {why}", "unreachable", why))
        for name, why in run.unreachable.items()
    ]
    suites += [suite_element("addresses", "", dead)] if dead else []
    return document(f"{TOOL} probe", suites)


def _request(one: ProbeResult) -> str:
    lines = "\n".join(f"{name}: {text}" for name, text in details(one))
    title = f"{one.outcome.value}: {', '.join(one.aspects) or 'responses of one side differ'}"
    if one.fails_run:
        inner = failure_element(title, one.outcome.value, lines)
    elif one.outcome is ProbeVerdict.SAME:
        inner = skipped_element(f"old side: {'; '.join(one.before_disagrees)}") if one.before_disagrees else ""
    else:
        inner = skipped_element(f"{title} ({', '.join(one.codes)})" if one.codes else title)
    return case_element("requests", request_text(one), "", inner)


def _connection(one: Connection) -> str:
    text = "; ".join(one.differences)
    if one.fails_run:
        inner = failure_element(text, "certificate", "\n".join((*one.differences, *one.notes)))
    else:
        inner = skipped_element(text or "; ".join(one.notes)) if one.differences or one.notes else ""
    return case_element("connections", f"{one.host}:{one.port}", "", inner)
