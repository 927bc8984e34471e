"""What has to be there before the output works, with commands: from the resources, and from findings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from converter.model import Finding, Resource
from converter.packs.prerequisites import PrerequisiteRow, prerequisite_rows
from converter.reporting.common_text import summary
from converter.reporting.grouping import few
from converter.reporting.terminal import clean

_NAME = re.compile(r"[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?")
_MOST = 3


class Prerequisite(NamedTuple):
    """A step before the output is applied."""

    title: str
    commands: tuple[str, ...] = ()
    code: str = ""
    """Of the findings that ask for it."""


def prerequisites(
    pack: str, preset: str, resources: Sequence[Resource], findings: Sequence[Finding], steps: Sequence[Finding]
) -> list[Prerequisite]:
    """All steps of a run, in the order in which they are done.

    Args:
        pack: Name of the target pack.
        preset: Name of the preset; "" for none.
        resources: What was written.
        findings: All findings; a Secret that one of them names is in the cluster.
        steps: The findings that ask for a step.
    """
    if not resources:
        return []
    out: list[Prerequisite] = []
    covered: set[str] = set()
    for row in prerequisite_rows(pack, preset):
        count = _count(row, resources)
        if count:
            out.append(Prerequisite(row.title.format(count=count), row.run))
            covered.update(row.codes)
    out += _secrets(resources, findings)
    by_code: dict[str, list[Finding]] = {}
    for one in steps:
        if one.code not in covered:
            by_code.setdefault(one.code, []).append(one)
    return out + [_step(code, some) for code, some in by_code.items()]


def _count(row: PrerequisiteRow, resources: Sequence[Resource]) -> int:
    if not row.kind:
        return 1
    return sum(
        one.kind == row.kind and (not row.field or row.field in (one.body.get("spec") or {})) for one in resources
    )


def _step(code: str, findings: Sequence[Finding]) -> Prerequisite:
    """A step that findings ask for: what they have in common."""
    texts = list(dict.fromkeys(clean(one.hint or one.message) for one in findings))
    places = few([one.origin.location for one in findings], _MOST)
    text = summary(texts)
    return Prerequisite(f"{text[:1].upper()}{text[1:]} ({places})", (), code)


def _secrets(resources: Sequence[Resource], findings: Sequence[Finding]) -> list[Prerequisite]:
    """Secrets that the output refers to, and that nothing of the input names."""
    wanted = dict.fromkeys(name for one in resources for name in _references(one.body.get("spec"), one.namespace))
    if not wanted:
        return []
    known = {name for one in findings for name in _NAME.findall(one.origin.value)}
    missing = [f"{namespace}/{name}" for namespace, name in wanted if name not in known]
    if not missing:
        return []
    shown = ", ".join(missing[:_MOST]) + (f" and {len(missing) - _MOST:,} more" if missing[_MOST:] else "")
    return [Prerequisite(f"Create these Secrets, which the output refers to: {shown}")]


def _references(spec: Any, namespace: str) -> Iterator[tuple[str, str]]:
    """Namespace and name of each Secret that is referred to by kind."""
    if "'Secret'" not in repr(spec):  # ten times as fast as looking into each part, and nearly always enough
        return
    todo = [spec]
    while todo:
        node = todo.pop()
        if isinstance(node, dict) and node.get("kind") == "Secret" and isinstance(node.get("name"), str):
            yield node.get("namespace") or namespace, node["name"]
        parts = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        todo += [part for part in parts if isinstance(part, (dict, list))][::-1]
