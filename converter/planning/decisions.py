"""Findings that somebody has to decide, as steps."""

from __future__ import annotations

from collections.abc import Sequence

from converter.model import Finding
from converter.planning.plan import PlanStep
from converter.reporting.groups import by_code


def decision_steps(findings: Sequence[Finding]) -> list[PlanStep]:
    """A step for each code."""
    steps = []
    for group in by_code(findings):
        text = dict.fromkeys(f"{_subject(one)}: {one.message}" for one in group.findings)
        refs = sorted({one.origin.object for one in group.findings if one.origin.object is not None})
        title = f"{group.code}, {group.fidelity.value}{', protects' if group.protects else ''}"
        steps.append(PlanStep("decide", title, (*text, *([group.hint] if group.hint else [])), (), tuple(refs)))
    return steps


def _subject(one: Finding) -> str:
    return f"{one.origin.object or one.origin.key} ({one.origin.location})"
