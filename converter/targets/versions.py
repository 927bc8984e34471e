"""Older versions of a target: what they do not have yet is taken out of the output, and every fact concerned says so.

The pack of an older version names, in its settings, the kinds, fields and values that came later (`kinds`,
`api_versions`, `absent`, `absent_kinds`, `values`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ASPECTS, Fidelity, FieldRef, Finding, ObjectRef, Origin, Outcome, Resource
from converter.model.ledger import Ledger
from converter.model.request_kind import parse_kind
from converter.packs.load import TargetPack
from converter.reading.inventory import Document
from converter.routing.table import Rule
from converter.targets.context import Context

SHELL = frozenset({"targetRefs", "mergeType"})
"""Of a policy: without any other field it says nothing."""


def fit(context: Context) -> None:
    """Make the output what the chosen version takes."""
    settings = context.pack.settings
    if not context.pack.is_older:
        return
    known = _WrittenFindings(context.ledger)
    for resource in list(context.output.objects.by_ref.values()):
        gone = settings.get("absent_kinds", {}).get(resource.kind)
        if gone is not None:
            _say(context, known, resource, "spec", gone, whole=True)
            del context.output.objects.by_ref[resource.kind, resource.namespace, resource.name]
            continue
        for path, row in settings.get("absent", {}).get(resource.kind, {}).items():
            if _removed(resource.body, path.split(".")):
                _say(context, known, resource, path, row)
        for path, row in settings.get("values", {}).get(resource.kind, {}).items():
            for index in _replaced(resource.body, path.split("."), row["instead"]):
                place = f"spec.rules[{index}]" if index is not None else path
                _say(context, known, resource, place, row | {"field": path.rpartition(".")[2]})
        if resource.kind.endswith("Policy") and set(resource.body["spec"]) <= SHELL:
            del context.output.objects.by_ref[resource.kind, resource.namespace, resource.name]
    _rename(context, settings.get("kinds", {}), known)
    for resource in context.output.objects.by_ref.values():
        version = settings.get("api_versions", {}).get(resource.kind)
        if version:
            resource.api_version = resource.body["apiVersion"] = version


def prune(documents: Iterable[Document], pack: TargetPack) -> None:
    """Take from objects that exist what an older API server has dropped silently."""
    absent = pack.settings.get("absent", {})
    for document in documents:
        for path in absent.get(document.kind, ()):
            _removed(document.body, path.split("."))


class _WrittenFindings:
    """Findings by the object that they have written to."""

    def __init__(self, ledger: Ledger) -> None:
        self._by_object: dict[tuple[str, str, str], list[tuple[Finding, str]]] = {}
        self.findings = ledger.findings()
        for finding in self.findings:
            for ref in finding.fields:
                self._by_object.setdefault((ref.kind, ref.namespace, ref.name), []).append((finding, ref.field))

    def of(self, resource: Resource, path: str) -> list[Finding]:
        """The findings that have written this field, a part of it, or the whole that it belongs to."""
        found = self._by_object.get((resource.kind, resource.namespace, resource.name), ())
        inner = (f"{path}.", f"{path}[")
        return [
            finding
            for finding, field in found
            if field == path or field.startswith(inner) or path.startswith((f"{field}.", f"{field}["))
        ]


def _say(
    context: Context,
    known: _WrittenFindings,
    resource: Resource,
    path: str,
    row: dict[str, Any],
    *,
    whole: bool = False,
) -> None:
    """The loss, on every fact that had asked for the field (or the object as a `whole`)."""
    version = context.pack.version
    fidelity = Fidelity.MANUAL if whole else Fidelity.APPROXIMATE
    code = f"version.{(resource.kind if whole else row.get('field') or path.rpartition('.')[2]).lower()}"
    affects = row.get("announces")
    outcome = Outcome(
        code,
        fidelity,
        row.get("note") or f"{path} of {resource.kind} came after version {version}",
        row.get("hint") or "set it after the step to a later version",
        affects=ASPECTS if affects is None else frozenset(affects),
        when=parse_kind(row.get("when", "")),
    )
    findings = known.of(resource, path)
    gone = resource.ref
    for finding in findings:
        if not whole and not path.startswith("spec.rules["):
            finding.fields = tuple(
                ref for ref in finding.fields if ref[:3] != tuple(gone) or not f"{ref.field}.".startswith(f"{path}.")
            )
        context.ledger.settle(finding.origin, outcome, finding.feature, finding.protects)
    for rule in _rules(context, resource, path):
        context.notes.settle_rule([rule], outcome)
    if not findings:
        source = resource.sources[0] if resource.sources else resource.ref
        context.ledger.settle(Origin("default", f"{resource.ref} {path}", "", _place(context, source), source), outcome)


def _place(context: Context, ref: ObjectRef) -> Any:
    from converter.model import Location

    found = context.inventory.get(*ref)
    return found.location if found is not None else Location("")


def _rules(context: Context, resource: Resource, path: str) -> Iterator[Rule]:
    if not path.startswith("spec.rules["):
        return
    index, match = int(path[11:].partition("]")[0]), 0
    head = (resource.kind, resource.namespace, resource.name)
    while (rule := context.output.provenance.get((*head, index, match))) is not None:
        yield rule
        match += 1


def _removed(body: Any, path: list[str]) -> bool:
    """Remove a field wherever it stands; holders that are left empty go too."""
    if isinstance(body, list):
        return sum(_removed(item, path) for item in body) > 0
    if not isinstance(body, dict) or path[0] not in body:
        return False
    if len(path) == 1:
        del body[path[0]]
        return True
    done = _removed(body[path[0]], path[1:])
    if done and body[path[0]] == {}:
        del body[path[0]]
    return done


def _replaced(body: Any, path: list[str], instead: dict[Any, Any], index: int | None = None) -> Iterator[int | None]:
    """Put other values; returns the index of the outermost list for each."""
    if isinstance(body, list):
        for place, item in enumerate(body):
            yield from _replaced(item, path, instead, place if index is None else index)
    elif isinstance(body, dict) and path[0] in body:
        if len(path) > 1:
            yield from _replaced(body[path[0]], path[1:], instead, index)
        elif body[path[0]] in instead:
            body[path[0]] = instead[body[path[0]]]
            yield index


def _rename(context: Context, kinds: dict[str, str], known: _WrittenFindings) -> None:
    """Kinds by their older names: the objects, what refers to them, and what findings say of them."""
    by_ref = context.output.objects.by_ref
    old = [resource for resource in by_ref.values() if resource.kind in kinds]
    if not old:
        return
    versions = context.pack.settings["api_versions"]
    groups = {new: versions[new].partition("/")[0] for new in kinds.values()}
    for resource in old:
        resource.kind = resource.body["kind"] = kinds[resource.kind]
    context.output.objects.by_ref = {(one.kind, one.namespace, one.name): one for one in by_ref.values()}
    for resource in by_ref.values():
        spec = resource.body["spec"]
        for name in ("parentRefs", "targetRefs", "from"):
            for ref in spec.get(name, ()):
                if ref.get("kind") in kinds:
                    ref["kind"] = kinds[ref["kind"]]
                    ref["group"] = groups[ref["kind"]]
    for finding in known.findings:
        finding.fields = tuple(
            FieldRef(kinds.get(ref.kind, ref.kind), ref.namespace, ref.name, ref.field) for ref in finding.fields
        )
