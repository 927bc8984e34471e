"""Status for CI servers that know JUnit: a suite an Ingress, a case a check."""

from __future__ import annotations

from collections.abc import Sequence

from converter.reporting.junit_elements import case_element, document, failure_element, skipped_element, suite_element
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look
from converter.reporting.status.text import explanation_parts
from converter.status.check import Check, IngressStatus
from converter.status.conditions import UNKNOWN


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """What was not read is skipped, as it fails nothing."""
    suites = [
        suite_element(one.name, one.location.path, [_case(one, check) for check in one.ordered(every=True)])
        for one in statuses
    ]
    return document(f"{TOOL} status", suites)


def _case(ingress: IngressStatus, one: Check) -> str:
    inner = ""
    if one.blocks:
        details = "\n".join(f"{name}: {text}" for name, text in explanation_parts(one))
        inner = failure_element(one.message, f"{one.aspect} {one.state}", details)
    elif one.state == UNKNOWN:
        inner = skipped_element(one.message)
    return case_element(ingress.name, f"{one.aspect}: {one.object or ingress.name}", ingress.location.path, inner)
