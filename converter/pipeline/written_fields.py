"""The fields that findings name, held against the resources that were written: each names a field that exists."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from converter.model import FieldRef, Finding, Resource
from converter.validation.withhold import INVALID

_STEP = re.compile(r"\[([^\]]*)\]|([^.\[]+)")
_OF_RULE = re.compile(r"(spec\.rules\[\d+\])\.(.+)")
FILTERS = {
    "requestHeaders": "requestHeaderModifier",
    "responseHeaders": "responseHeaderModifier",
    "rewrite": "urlRewrite",
    "mirror": "requestMirror",
    "redirect": "requestRedirect",
}
"""Names in the draft of a rule -> fields of a filter of Gateway API."""
Position = tuple[str, str, str]


class _Reached(NamedTuple):
    path: str
    """As far as it exists."""
    complete: bool


def hold_fields(findings: Iterable[Finding], resources: Sequence[Resource]) -> None:
    """Correct the fields of findings by what was written.

    A field of a draft that became part of a policy or filter is looked up there. What is left of a path that does not
    exist is its existing part; a field of an object that was not written is left out.
    """
    written = _Written(resources)
    known: dict[FieldRef, FieldRef | None] = {}
    for finding in findings:
        if not finding.fields or finding.code == INVALID:
            continue  # of an object that is refused, the field says what is wrong
        for field in finding.fields:
            if field not in known:
                known[field] = written.find(field)
        if any(known[field] is not field for field in finding.fields):
            finding.fields = tuple(dict.fromkeys(one for one in map(known.__getitem__, finding.fields) if one))


class _Written:
    def __init__(self, resources: Sequence[Resource]) -> None:
        self._objects = {(one.kind, one.namespace, one.name): one for one in resources}
        self._attached: dict[Position, list[Resource]] | None = None
        self._parents: dict[tuple[Position, str], tuple[str, Any]] = {}
        """Where the parent of a field was written, and what stands there: fields of one filter are named together."""

    def find(self, field: FieldRef) -> FieldRef | None:
        """The field where it was written; None: its object was not."""
        position = field[:3]
        found = self._objects.get(position)
        if found is None:
            return None
        parent, _, key = field.field.rpartition(".")
        if key.isalnum():
            known = self._parents.get((position, parent))
            if known is None:
                known = self._parents[position, parent] = _parent(found, parent)
            path, value = known
            if type(value) is dict and value.get(key) is not None:
                return field if path == parent else FieldRef(*position, sys.intern(f"{path}.{key}"))
        return self._found(found, field)

    def _found(self, found: Resource, field: FieldRef) -> FieldRef | None:
        reached = reach(found.body, field.field)
        if reached.complete:
            return field
        inner = _OF_RULE.fullmatch(field.field)
        if inner is None:
            return field._replace(field=reached.path)
        return (
            _filter(found, field, *inner.groups())
            or self._policy(field, inner[2])
            or field._replace(field=reached.path)
        )

    def _policy(self, field: FieldRef, path: str) -> FieldRef | None:
        """The same field of a policy of the route."""
        if self._attached is None:
            self._attached = {}
            for one in self._objects.values():
                for target in _targets(one.body):
                    place = (str(target.get("kind")), one.namespace, str(target.get("name")))
                    self._attached.setdefault(place, []).append(one)
        for policy in self._attached.get(field[:3], ()):
            if reach(policy.body, f"spec.{path}").complete:
                return FieldRef(policy.kind, policy.namespace, policy.name, f"spec.{path}")
        return None


def _parent(found: Resource, path: str) -> tuple[str, Any]:
    """Where the parent of a field was written, and its value; None where it was not."""
    inner = _OF_RULE.fullmatch(path)
    if inner is not None:
        head, _, name = inner[2].partition(".")
        known = _of_filter(found, inner[1], name) if head == "filters" and name.isalpha() else None
        if known is not None:
            return known
    return path, value_at(found.body, path)


def _of_filter(found: Resource, rule: str, name: str) -> tuple[str, Any] | None:
    """Where the filter of this name in a draft was written, and its value."""
    name = FILTERS.get(name, name)
    filters = value_at(found.body, f"{rule}.filters")
    for index, one in enumerate(filters if isinstance(filters, list) else ()):
        if isinstance(one, dict) and name in one:
            return f"{rule}.filters[{index}].{name}", one[name]
    return None


def _targets(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    spec = body.get("spec")
    targets = spec.get("targetRefs") if isinstance(spec, dict) else None
    yield from targets if isinstance(targets, list) else ()


def _filter(found: Resource, field: FieldRef, rule: str, rest: str) -> FieldRef | None:
    """`filters.cors.maxAge` of a draft: the field of the filter with its index."""
    head, _, inner = rest.partition(".")
    name, _, inner = inner.partition(".")
    if head != "filters" or not name:
        return None
    known = _of_filter(found, rule, name)
    if known is None:
        return None
    path = f"{known[0]}.{inner}" if inner else known[0]
    return field._replace(field=reach(found.body, path).path)


@lru_cache(maxsize=20_000)
def _steps(path: str) -> tuple[tuple[str, str, int], ...]:
    """Key in brackets, key after a dot, and where in the path it ends."""
    return tuple((one[1] or "", one[2] or "", one.end()) for one in _STEP.finditer(path))


def reach(body: Any, path: str) -> _Reached:
    """How far a dotted path leads; items of lists by index or by name, keys with dots in brackets."""
    end = 0
    for inside, key, place in _steps(path):
        body = _item(body, inside or key)
        if body is None:
            return _Reached(path[:end], False)
        end = place
    return _Reached(path, True)


def value_at(body: Any, path: str) -> Any:
    """What stands at a dotted path; None: nothing does."""
    for inside, key, _ in _steps(path):
        body = _item(body, inside or key)
    return body


def _item(body: Any, key: str) -> Any:
    if isinstance(body, dict):
        return body.get(key)
    if not isinstance(body, list):
        return None
    if key.isdigit():
        return body[int(key)] if int(key) < len(body) else None
    return next((one for one in body if one == key or (isinstance(one, dict) and one.get("name") == key)), None)
