"""A plan as JSON, for tools."""

from __future__ import annotations

import json
from typing import Any

from converter.planning.plan import Page, Plan, PlanStep, Wave


def render_all(plan: Plan) -> str:
    """The plan with all pages and patches."""
    return json.dumps(as_data(plan), indent=2, ensure_ascii=True) + "\n"


def as_data(plan: Plan) -> dict[str, Any]:
    """The same as plain data."""
    return {
        "controllers": list(plan.source),
        "target": plan.target,
        "waves-by": plan.by,
        "waves": [_wave(one) for one in plan.waves],
        "pages": [_page(one) for one in plan.pages],
        "patches": plan.patches,
        "not-planned": [{"object": str(ref), "reason": reason} for ref, reason in plan.left_out],
    }


def _wave(wave: Wave) -> dict[str, Any]:
    return {
        "name": wave.name,
        "key": wave.key,
        "hosts": wave.hosts,
        "objects": [str(one) for one in wave.objects],
        "units": [
            {
                "hosts": list(unit.hosts),
                "objects": [str(one) for one in unit.objects],
                "links": [{"kind": one.kind, "hosts": list(one.hosts), "reason": one.reason} for one in unit.links],
            }
            for unit in wave.units
        ],
        "risk": {
            "level": wave.risk.level,
            "withheld": wave.risk.withheld,
            "decisions": wave.risk.decisions,
            "differences": wave.risk.differences,
            "requests": wave.risk.requests,
            "reasons": list(wave.risk.reasons),
        },
    }


def _page(page: Page) -> dict[str, Any]:
    sections = [{"title": one.title, "steps": [_step(step) for step in one.steps]} for one in page.sections]
    return {"name": page.name, "title": page.title, "sections": sections}


def _step(step: PlanStep) -> dict[str, Any]:
    return {
        "kind": step.kind,
        "title": step.title,
        "text": list(step.text),
        "commands": list(step.commands),
        "objects": [str(one) for one in step.objects],
        "table": [list(row) for row in step.table],
    }
