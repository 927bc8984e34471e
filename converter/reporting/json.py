"""For programs; the schema is `mappings/report.schema.json`."""

from __future__ import annotations

import json
from typing import Any

from converter.model import Finding, ObjectRef
from converter.model.credentials import shown_setting
from converter.reporting.classes import Classes
from converter.reporting.portability import as_rows
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The report as one JSON document."""
    return json.dumps(as_data(report), indent=1, ensure_ascii=False, default=str) + "\n"


def as_data(report: Report) -> dict[str, Any]:
    """The report as plain data."""
    classes = report.classes()
    names, steps = classes.names(), report.prerequisites(classes)
    return {
        "version": 1,
        "tool": {"name": TOOL, "version": report.version},
        "inputs": [
            {"path": one.path, "documents": one.documents, "status": one.status, "message": one.message}
            for one in report.inputs
        ],
        "objects": [
            {
                **_ref(one.ref),
                "path": one.location.path,
                "line": one.location.line,
                "status": one.status,
                "controller": one.controller,
                "entry": one.entry,
                "reason": one.reason,
            }
            for one in report.objects
        ],
        "findings": [finding_data(one) | {"class": names.get(id(one), "")} for one in report.findings],
        "resources": [{**_ref(one.ref), "file": one.file} for one in report.resources],
        "prerequisites": [{"title": one.title, "commands": list(one.commands), "code": one.code} for one in steps],
        "portability": as_rows(report.uses()),
        "summary": summary(report, classes, len(steps)),
    }


def finding_data(one: Finding) -> dict[str, Any]:
    """One finding as plain data."""
    origin, place = one.origin, one.origin.location
    data: dict[str, Any] = {
        "code": one.code,
        "fidelity": one.fidelity.value,
        "message": one.message,
        "hint": one.hint,
        "feature": one.feature,
        "protects": one.protects,
        "origin": {
            "kind": origin.kind,
            "key": origin.key,
            "value": shown_setting(origin.key, origin.value),
            "path": place.path,
            "line": place.line,
            "column": place.column,
        },
        "object": _ref(origin.object) if origin.object else None,
        "fields": [field._asdict() for field in one.fields],
        "example": one.example.as_dict() if one.example else None,
    }
    if one.requests is not None:
        data["requests"] = one.requests
    return data | {"accepted": one.accepted} if one.accepted else data


def summary(report: Report, classes: Classes, prerequisites: int) -> dict[str, Any]:
    """How it all adds up."""
    ready, served = report.ready(classes)
    return {
        "decisions": len(report.decisions(classes)),
        "prerequisites": prerequisites,
        "standard": len(classes.standard),
        "ready": {"objects": ready, "of": served},
        "inputs": {name: sum(one.status == name for one in report.inputs) for name in ("read", "skipped", "failed")},
        "objects": report.statuses(),
        "findings": report.counts(),
        "accepted": len(report.accepted),
        "resources": len(report.resources),
    }


def _ref(ref: ObjectRef) -> dict[str, str]:
    return {"kind": ref.kind, "namespace": ref.namespace, "name": ref.name}
