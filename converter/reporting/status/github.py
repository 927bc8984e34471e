"""Status as annotations of a GitHub Actions run: one workflow command for each check that is not ready."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.reporting.github import data, parameter
from converter.reporting.report import DEFAULT_LOOK, Look
from converter.reporting.status.text import explanation_parts, summary
from converter.reporting.terminal import clean
from converter.status.check import Check, IngressStatus
from converter.status.conditions import FAILED


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """What fails comes first: GitHub shows ten annotations of a level and step."""
    found = [(one, check) for one in statuses for check in one.ordered(every=False)]
    found.sort(key=lambda pair: pair[1].state != FAILED)
    lines = [*(_command(one, check) for one, check in found), summary(statuses)]
    return "".join(f"{line}\n" for line in lines)


def _command(ingress: IngressStatus, one: Check) -> str:
    level = "error" if one.state == FAILED else "warning"
    title = parameter(f"{ingress.name}: {one.aspect} {one.state}")
    text = "%0A".join(data(line) for line in _text(one))
    return f"::{level} {_place(ingress)}title={title}::{text}"


def _text(one: Check) -> Iterator[str]:
    yield clean(one.message)
    yield from (f"{name}: {clean(text)}" for name, text in explanation_parts(one))


def _place(one: IngressStatus) -> str:
    """The file that was converted; an Ingress of a live cluster has no place in the repository."""
    if one.source:
        return f"file={parameter(one.source)},"
    if one.location.path in ("", "-", "<cluster>"):
        return ""
    return f"file={parameter(one.location.path)},line={max(one.location.line, 1)},"
