"""Which field stands on which line of a written file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple


class FieldLine(NamedTuple):
    """A field of an object, with the lines that it takes (from 1, both included)."""

    kind: str
    namespace: str
    name: str
    field: str
    first: int
    last: int


def places(text: str) -> Iterator[FieldLine]:
    """Every field of every object, outer ones first."""
    from ruamel.yaml import YAML

    for node in YAML(typ="safe", pure=True).compose_all(text):
        if node is None or node.id != "mapping":
            continue
        top = {key.value: value for key, value in node.value}
        meta = {key.value: value.value for key, value in top["metadata"].value} if "metadata" in top else {}
        kind = getattr(top.get("kind"), "value", "")
        head = (str(kind), str(meta.get("namespace", "")), str(meta.get("name", "")))
        first, last = node.start_mark.line + 1, _last(node)
        yield FieldLine(*head, "", first, last)
        yield from _fields(node, "", head)


def _fields(node: Any, lead: str, head: tuple[str, str, str]) -> Iterator[FieldLine]:
    if node.id == "mapping":
        for key, value in node.value:
            name = f"{lead}.{key.value}" if lead else str(key.value)
            yield FieldLine(*head, name, key.start_mark.line + 1, max(_last(value), key.start_mark.line + 1))
            yield from _fields(value, name, head)
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            name = f"{lead}[{index}]"
            yield FieldLine(*head, name, item.start_mark.line + 1, _last(item))
            yield from _fields(item, name, head)


def _last(node: Any) -> int:
    """The last line of a node; a collection in block style ends at the start of what follows it."""
    mark = node.end_mark
    line: int = mark.line + 1 if mark.column else mark.line
    if node.id != "scalar" and node.value:
        inner = node.value[-1]
        return _last(inner[1] if isinstance(inner, tuple) else inner)
    first: int = node.start_mark.line + 1
    return max(line, first)


def place_at(text: str, line: int) -> FieldLine | None:
    """The innermost field on a line."""
    found = None
    for place in places(text):
        if place.first <= line <= place.last:
            found = place
    return found
