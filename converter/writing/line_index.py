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
        top = _by_name(node)
        meta = _by_name(top.get("metadata"))
        kind, namespace, name = (_text(one) for one in (top.get("kind"), meta.get("namespace"), meta.get("name")))
        head = (kind, namespace, name)
        first, last = node.start_mark.line + 1, _last(node)
        yield FieldLine(*head, "", first, last)
        yield from _fields(node, "", head, set())


def _by_name(node: Any) -> dict[str, Any]:
    """The values of a mapping by their keys; empty for what is none."""
    pairs = node.value if node is not None and node.id == "mapping" else ()
    return {key.value: value for key, value in pairs if key.id == "scalar"}


def _text(node: Any) -> str:
    return str(node.value) if node is not None and node.id == "scalar" else ""


def _fields(node: Any, lead: str, head: tuple[str, str, str], seen: set[int]) -> Iterator[FieldLine]:
    """`seen`: collections whose fields are named already; an alias stands where its anchor stands."""
    if id(node) in seen:
        return
    if node.id != "scalar":
        seen.add(id(node))
    if node.id == "mapping":
        for key, value in node.value:
            name = f"{lead}.{key.value}" if lead else str(key.value)
            yield FieldLine(*head, name, key.start_mark.line + 1, max(_last(value), key.start_mark.line + 1))
            yield from _fields(value, name, head, seen)
    elif node.id == "sequence":
        for index, item in enumerate(node.value):
            name = f"{lead}[{index}]"
            yield FieldLine(*head, name, item.start_mark.line + 1, _last(item))
            yield from _fields(item, name, head, seen)


def _last(node: Any) -> int:
    """The last line of a node; a collection in block style ends at the start of what follows it."""
    mark = node.end_mark
    line: int = mark.line + 1 if mark.column else mark.line
    if node.id != "scalar" and node.value:
        inner = node.value[-1][1] if isinstance(node.value[-1], tuple) else node.value[-1]
        if inner.start_mark.index > node.start_mark.index:  # else an alias of what stands before
            return _last(inner)
    first: int = node.start_mark.line + 1
    return max(line, first)


def place_at(text: str, line: int) -> FieldLine | None:
    """The innermost field on a line."""
    found = None
    for place in places(text):
        if place.first <= line <= place.last:
            found = place
    return found
