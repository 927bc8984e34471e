"""SARIF 2.1.0, for code scanning: a rule a code, a result a finding, suppressions where somebody accepted it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from converter.model import Fidelity, Finding
from converter.model.fingerprint import fingerprint
from converter.packs.codes import meaning
from converter.reporting.describe import cut, describe_example, describe_fields
from converter.reporting.groups import Group
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report
from converter.reporting.terminal import clean

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Fidelity.EXACT: "none",
    Fidelity.OBSOLETE: "none",
    Fidelity.APPROXIMATE: "warning",
    Fidelity.MANUAL: "error",
    Fidelity.UNSUPPORTED: "error",
    Fidelity.UNKNOWN: "error",
}


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """One run."""
    shown = report.findings if look.verbose else [one for one in report.findings if not one.fidelity.lossless]
    groups = report.groups(shown)
    index = {group.code: number for number, group in enumerate(groups)}
    run = {
        "tool": {"driver": {"name": TOOL, "version": report.version, "rules": [_rule(group) for group in groups]}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(one, index[one.code]) for one in shown],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, ensure_ascii=False) + "\n"


def _rule(group: Group) -> dict[str, Any]:
    first = group.findings[0]
    help_text = group.hint or first.message
    tags = ["migration", group.fidelity.value, *([first.feature] if first.feature else [])]
    properties: dict[str, Any] = {"tags": [*tags, "security"] if group.protects else tags, "precision": "very-high"}
    if group.protects:
        properties["security-severity"] = "8.0" if group.fidelity.rank >= Fidelity.MANUAL.rank else "5.0"
    return {
        "id": group.code,
        "name": "".join(part.capitalize() for part in re.split(r"[^a-zA-Z0-9]+", group.code)),
        "shortDescription": {"text": cut(meaning(group.code) or _about(first), 120)},
        "fullDescription": {"text": clean(first.message)},
        "help": {
            "text": f"{clean(help_text)}\nMore: {TOOL} explain {group.code}",
            "markdown": f"{clean(help_text)}\n\nMore: `{TOOL} explain {group.code}`",
        },
        "defaultConfiguration": {"level": _LEVELS[group.fidelity]},
        "properties": properties,
    }


def _about(one: Finding) -> str:
    return f"{one.feature or one.code.partition('.')[0]}: {one.fidelity.value}"


def _result(one: Finding, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": _LEVELS[one.fidelity],
        "kind": "pass" if one.fidelity.lossless else "fail",
        "message": {"text": "\n".join(_message_parts(one))},
        "locations": [_location(one)],
        "partialFingerprints": {"ing2gw/v1": fingerprint(one)},
        "properties": {"fidelity": one.fidelity.value, "feature": one.feature, "protects": one.protects},
    }
    if one.accepted:
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": clean(one.accepted)}]
    return result


def _message_parts(one: Finding) -> Iterable[str]:
    yield f"{clean(one.message)} {clean(describe_fields(one.fields))}".rstrip()
    if one.example:
        yield f"Example: {clean(describe_example(one.example, one.affects))}"
    if one.hint:
        yield f"What to do: {clean(one.hint)}"


def _location(one: Finding) -> dict[str, Any]:
    place = one.origin.location
    physical: dict[str, Any] = {"artifactLocation": _artifact(place.path)}
    if place.line:
        physical["region"] = {"startLine": place.line, "startColumn": max(place.column, 1)}
    location: dict[str, Any] = {"physicalLocation": physical}
    if one.origin.object:
        ref = one.origin.object
        location["logicalLocations"] = [
            {
                "name": ref.name,
                "kind": "resource",
                "fullyQualifiedName": f"{ref.kind}/{ref.namespace}/{ref.name}/{one.origin.key}".rstrip("/"),
            }
        ]
    return location


def _artifact(path: str) -> dict[str, str]:
    """A reference relative to the root of the sources, or an absolute file address."""
    uri = quote(path.replace("\\", "/").encode("utf-8", "surrogateescape"), safe="/._-~")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _invocation(report: Report) -> dict[str, Any]:
    notes = [
        {"level": "error", "message": {"text": clean(f"{one.path}: {one.message}")}} for one in report.failed_inputs()
    ]
    return {"executionSuccessful": True, **({"toolExecutionNotifications": notes} if notes else {})}
