"""The first line of a report: what there is to decide, to prepare and to read."""

from __future__ import annotations

from collections.abc import Sequence

from converter.reporting.classes import Classes
from converter.reporting.decisions import DecisionEntry
from converter.reporting.groups import plural
from converter.reporting.prerequisites import Prerequisite
from converter.reporting.report import DEFAULT_LOOK, Look, Report


def headline(
    report: Report,
    classes: Classes,
    decided: Sequence[DecisionEntry],
    steps: Sequence[Prerequisite],
    look: Look = DEFAULT_LOOK,
) -> str:
    """`3 decisions, 2 prerequisites, 9 standard differences (folded), 34 of 40 ready`."""
    ready, served = report.ready(classes)
    folded = "" if look.verbose or look.standard else " (folded)"
    reviewed = len({one.code for one in classes.differences})
    parts = [plural(len(decided), "decision") if decided else "Nothing to decide"]
    counts = (
        (len(steps), "prerequisite", ""),
        (reviewed, "difference", " to review"),
        (len(classes.standard), "standard difference", folded),
    )
    parts += [f"{plural(count, noun)}{after}" for count, noun, after in counts if count]
    states = report.statuses()
    parts += [f"{states[name]:,} {name}" for name in ("withheld", "failed") if states[name]]
    return ", ".join([*parts, f"{ready:,} of {served:,} ready"])
