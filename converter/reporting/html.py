"""One page to send to people: summary, search, every object beside what it becomes; needs no network and no server."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import Any

from converter.model import Finding, ObjectRef, ObjectStatus
from converter.model.credentials import shown_setting
from converter.reporting.decisions import DecisionEntry
from converter.reporting.describe import example_parts
from converter.reporting.grouping import ReportPart, by_status, parts
from converter.reporting.portability import who
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report
from converter.reporting.side_by_side import SideBySide
from converter.reporting.terminal import clean

_PAGE = Path(__file__).parent / "page"


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The page with its data, script and style inside."""
    page = (_PAGE / "page.html").read_text(encoding="utf-8")
    title = f"{TOOL}: {sum(report.counts().values()):,} findings in {len(report.objects):,} objects"
    parts = {
        "TITLE": escape(title),
        "STYLE": (_PAGE / "page.css").read_text(encoding="utf-8"),
        "SCRIPT": (_PAGE / "page.js").read_text(encoding="utf-8"),
        "DATA": _script_safe(json.dumps(_data(report), ensure_ascii=False, separators=(",", ":"), default=str)),
    }
    for name, text in parts.items():
        page = page.replace(f"{{{{{name}}}}}", text, 1)
    return page


def _script_safe(text: str) -> str:
    """Inside a script element nothing may end it."""
    out = text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
    return out.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


class _Texts:
    """Each text once, by number: findings repeat their words."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, text: str) -> int:
        return self._numbers.setdefault(text, len(self._numbers))

    def all(self) -> list[str]:
        return list(self._numbers)


def _data(report: Report) -> dict[str, Any]:
    exhibits, texts = SideBySide(report.objects, report.resources), _Texts()
    defaults = [part for part in parts(report.objects, report.findings) if part.defaults]
    owned, _ = by_status(report.objects, [one for one in report.findings if one.origin.kind != "default"])
    owners = [*owned, *(part.findings for part in defaults)]
    numbers = {id(one): number for number, some in enumerate(owners) for one in some}
    classes = report.classes()
    names = classes.names()
    made: dict[ObjectRef, list[int]] = {}
    for number, resource in enumerate(report.resources):
        for source in resource.sources:
            made.setdefault(source, []).append(number)
    return {
        "version": report.version,
        "counts": report.counts(),
        "statuses": report.statuses(),
        "first": [_decided(one) for one in report.decisions(classes)],
        "portability": [
            [use.name, use.level, len(use.objects), use.meaning, ": ".join(who(use)), use.instead]
            for use in report.uses_beyond_core()
        ],
        "failed": [[one.path, one.message] for one in report.failed_inputs()],
        "objects": [_object(one, exhibits, made) for one in report.objects] + [_default_part(one) for one in defaults],
        "resources": [
            {
                "kind": one.resource.kind,
                "ns": one.resource.namespace,
                "name": one.resource.name,
                "file": one.resource.file,
                "yaml": one.text.rstrip("\n"),
                "shared": len(one.resource.sources) != 1,
            }
            for one in exhibits.made
        ],
        "findings": [_finding(one, exhibits, texts, numbers, names.get(id(one), "")) for one in report.findings],
        "texts": texts.all(),
    }


def _decided(one: DecisionEntry) -> str:
    """A decision in one paragraph."""
    name = f"{one.code} ({one.fidelity}, {one.subject})" if one.code else f"{one.subject} ({one.fidelity})"
    hint = f". {one.hint[:1].upper()}{one.hint[1:]}" if one.hint else ""
    return f"{name}: {'; '.join(one.messages)}{hint}"


def _object(one: ObjectStatus, exhibits: SideBySide, made: dict[ObjectRef, list[int]]) -> dict[str, Any]:
    return {
        "kind": one.ref.kind,
        "ns": one.ref.namespace,
        "name": one.ref.name,
        "path": one.location.path,
        "line": one.location.line,
        "status": one.status,
        "by": one.controller,
        "entry": one.entry,
        "reason": one.reason,
        "yaml": exhibits.source(one.location),
        "made": made.get(one.ref, []) if one.status in ("converted", "withheld") else [],
    }


def _default_part(part: ReportPart) -> dict[str, Any]:
    """What a controller does unasked is in the list like an object."""
    return {
        "kind": "Defaults",
        "ns": "",
        "name": part.title.removeprefix("defaults of "),
        "path": "",
        "line": 0,
        "status": "",
        "by": "",
        "entry": "",
        "reason": "",
        "yaml": "",
        "made": [],
    }


def _finding(one: Finding, exhibits: SideBySide, texts: _Texts, numbers: dict[int, int], kind: str) -> list[Any]:
    """Short, because there are many; `page.js` names the places. `kind`: the class of the finding."""
    origin = one.origin
    example = None
    if one.example:
        example = [texts(clean(part)) for part in example_parts(one.example, one.affects)]
    return [
        texts(one.code),
        one.fidelity.rank,
        texts(clean(one.message)),
        texts(clean(one.hint)),
        texts(one.feature),
        int(one.protects),
        texts(origin.key),
        texts(shown_setting(origin.key, origin.value)[:400]),
        texts(origin.location.path),
        origin.location.line,
        numbers.get(id(one), -1),
        exhibits.links(one),
        example,
        texts(clean(one.accepted)),
        texts(kind),
    ]
