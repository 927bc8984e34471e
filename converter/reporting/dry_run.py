"""The dry run as text: what each object becomes, what stays, what changes and what is lost; then the files."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from converter.model import Fidelity, Finding, ObjectRef, ObjectStatus, Resource
from converter.reporting.describe import describe_example, describe_fact, describe_fields
from converter.reporting.grouping import by_status, parts, same
from converter.reporting.groups import plural
from converter.reporting.report import DEFAULT_LOOK, Look, Report
from converter.reporting.terminal import clean
from converter.reporting.text import closing

if TYPE_CHECKING:
    from converter.comparison.manifests import FieldChange, ObjectChanges

_SECTIONS = (
    ("changes", frozenset({Fidelity.APPROXIMATE})),
    ("by hand", frozenset({Fidelity.MANUAL})),
    ("lost", frozenset({Fidelity.UNSUPPORTED, Fidelity.UNKNOWN})),
)
_WORTH = 60
_MOST = 3


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """Per object; those that lose nothing are only counted unless everything is asked for."""
    return "".join(f"{line}\n" for line in _lines(report, look))


def _lines(report: Report, look: Look) -> Iterator[str]:
    made: dict[ObjectRef, list[Resource]] = {}
    for resource in report.resources:
        for source in resource.sources:
            made.setdefault(source, []).append(resource)
    findings = _shown(report, look)
    defaults = [one for one in findings if one.origin.kind == "default"]
    owned, rest = by_status(report.objects, [one for one in findings if one.origin.kind != "default"])
    quiet = 0
    for status, mine in zip(report.objects, owned, strict=True):
        if status.status == "converted" and not look.verbose and all(one.fidelity.lossless for one in mine):
            quiet += 1
            continue
        yield from _object(status, mine, made.get(status.ref, []))
    for title, some, _ in parts(report.objects, [*rest, *defaults]):
        lossy = [one for one in some if not one.fidelity.lossless]
        if lossy or look.verbose:
            yield clean(title)
            yield from _findings(some)
    if quiet:
        yield f"{plural(quiet, 'object')} without any loss (-v lists all)"
    yield from closing(report, look)


def _shown(report: Report, look: Look) -> Sequence[Finding]:
    """Without the differences that everybody meets who leaves the controller, unless they are asked for."""
    if look.verbose or look.standard:
        return report.findings
    kinds = report.classes().names()
    return [one for one in report.findings if kinds.get(id(one)) != "standard"]


def _object(status: ObjectStatus, findings: Sequence[Finding], made: Sequence[Resource]) -> Iterator[str]:
    yield f"{clean(str(status.ref))}  {clean(str(status.location))}"
    if status.status != "converted":
        yield f"  {status.status}: {clean(status.reason)}"
        findings = [one for one in findings if status.reason not in one.message]
    if made and status.status in ("converted", "withheld"):
        yield f"  becomes: {', '.join(_made([one.ref for one in made]))}"
        listeners = _listeners(made)
        if listeners:
            yield f"  at: {', '.join(listeners)}"
    yield from _findings(findings)


def _findings(findings: Sequence[Finding]) -> Iterator[str]:
    count = Counter(one.fidelity.lossless for one in findings)[True]
    if count:
        yield f"  same: {plural(count, 'fact')}"
    for title, kinds in _SECTIONS:
        for first, *also in same(one for one in findings if one.fidelity in kinds):
            yield from _finding(title, first, also)
    yield ""


def _made(made: Sequence[ObjectRef]) -> list[str]:
    by_kind: dict[str, list[str]] = {}
    for ref in dict.fromkeys(made):
        by_kind.setdefault(ref.kind, []).append(f"{ref.namespace}/{ref.name}" if ref.namespace else ref.name)
    return [f"{kind} {', '.join(names[:4])}{' …' if names[4:] else ''}" for kind, names in by_kind.items()]


def _listeners(made: Sequence[Resource]) -> list[str]:
    """The listeners that its routes are attached to, by Gateway."""
    by_gateway: dict[str, list[str]] = {}
    for one in made:
        for parent in (one.body.get("spec") or {}).get("parentRefs") or ():
            gateway = f"{parent.get('namespace', one.namespace)}/{parent.get('name', '')}"
            names = by_gateway.setdefault(gateway, [])
            if parent.get("sectionName") and parent["sectionName"] not in names:
                names.append(parent["sectionName"])
    return [
        f"Gateway {gateway}" + (f" listener {', '.join(names[:4])}{' …' if names[4:] else ''}" if names else "")
        for gateway, names in by_gateway.items()
    ]


def _finding(title: str, one: Finding, also: Sequence[Finding]) -> Iterator[str]:
    accepted = f" (accepted: {clean(one.accepted)})" if one.accepted else ""
    facts = ", ".join(_fact(each) for each in (one, *also[:_MOST]))
    yield f"  {title}: {facts}{' …' if also[_MOST:] else ''}{accepted}"
    yield f"    {one.code}: {clean(one.message)} {clean(describe_fields(one.fields))}".rstrip()
    if one.example:
        yield f"    example: {clean(describe_example(one.example, one.affects))}"
    if one.hint:
        yield f"    what to do: {clean(one.hint)}"


def _fact(one: Finding) -> str:
    line = one.origin.location.line
    return f"line {line}, {describe_fact(one)}" if line else describe_fact(one)


def files(plan: Any, changes: Mapping[str, ObjectChanges]) -> Iterator[str]:
    """What would happen on disk, file by file, as a plan."""
    for path in plan.added:
        yield f"+ {path}"
    for path in plan.changed:
        yield f"~ {path}"
        yield from objects(changes.get(path))
    for path in plan.edited:
        yield f"! {path}  edited by hand; kept without --force"
        yield from objects(changes.get(path))
    for path in plan.vanished:
        edited = ", edited by hand" if path in plan.vanished_edited else ""
        yield f"- {path}  no longer needed{edited}; removed only with --prune"
    if refusal := plan.refusal():
        yield f"convert writes nothing: {refusal}"
    kinds = {"new": plan.added, "changed": plan.changed, "edited by hand": plan.edited, "left over": plan.vanished}
    counts = [f"{len(some)} {what}" for what, some in kinds.items() if some]
    yield ", ".join([*counts, f"{plural(len(plan.same), 'file')} unchanged"])


def objects(changes: ObjectChanges | None, gone: str = "") -> Iterator[str]:
    """New, gone and changed objects with their fields; `gone`: what it means that an object is not made."""
    if changes is None:
        return
    yield from (f"    + {ref}" for ref in changes.added)
    note = f"  {gone}" if gone else ""
    yield from (f"    {'=' if gone else '-'} {ref}{note}" for ref in changes.removed)
    for ref, fields in changes.changed.items():
        yield f"    ~ {ref}"
        secret = ref.kind == "Secret"
        for one in fields:
            yield f"        {_change(one, secret and one.field.startswith(('data', 'stringData')))}"


def _change(one: FieldChange, hidden: bool) -> str:
    if hidden:
        return f"~ {one.field}: (hidden)"
    if one.before is None:
        return f"+ {one.field}: {_short(one.after)}"
    if one.after is None:
        return f"- {one.field}: {_short(one.before)}"
    return f"~ {one.field}: {_short(one.before)} -> {_short(one.after)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _WORTH else f"{text[:_WORTH]}…"
