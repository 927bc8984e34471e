"""Which lines a field takes in a written manifest, without reading it back: the rules of `yaml.dump`, counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

Lines = dict[str, tuple[int, int]]


def field_lines(manifest: Mapping[str, Any]) -> Lines:
    """Dotted path of every field -> its first and last line, from 1."""
    out: Lines = {}
    _mapping(manifest, "", 1, out)
    return out


def _mapping(node: Mapping[str, Any], lead: str, line: int, out: Lines) -> int:
    """Returns the line after it."""
    for key, value in node.items():
        name = f"{lead}.{key}" if lead else key
        first, line = line, _value(value, name, line, out)
        out[name] = (first, line - 1)
    return line


def _value(value: Any, name: str, line: int, out: Lines) -> int:
    """What stands after `key:` on this line."""
    if isinstance(value, str):
        return line + 1 + _more_lines(value)
    if isinstance(value, dict) and value:
        return _mapping(value, name, line + 1, out)
    if isinstance(value, (list, tuple)) and value:
        return _sequence(value, name, line + 1, out)
    return line + 1


def _sequence(node: Sequence[Any], name: str, line: int, out: Lines) -> int:
    for index, item in enumerate(node):
        path, first = f"{name}[{index}]", line
        if isinstance(item, dict) and item:
            line = _mapping(item, path, line, out)
        elif isinstance(item, (list, tuple)) and item:
            line = _sequence(item, path, line + 1, out)
        else:
            line = _value(item, path, line, out)
        out[path] = (first, line - 1)
    return line


def first_lines(manifest: Mapping[str, Any], fields: Iterable[str]) -> dict[str, int]:
    """The first lines of some fields, from 1, by whole paths as `resolved` gives them; nothing else is named."""
    tree = _tree(tuple(fields))
    out: dict[str, int] = {}
    _first_lines(manifest, tree, 1, out)
    return out


class _Branch(dict["str | int", "_Branch"]):
    """Parts of paths by their first steps."""

    __slots__ = ("field",)

    def __init__(self) -> None:
        super().__init__()
        self.field = ""
        """The path that ends here."""


@lru_cache(maxsize=4096)
def _tree(fields: tuple[str, ...]) -> _Branch:
    root = _Branch()
    for field in fields:
        place = root
        for part in _parts(field):
            place = place.setdefault(part, _Branch())
        place.field = field
    return root


def _first_lines(node: Any, tree: _Branch, line: int, out: dict[str, int]) -> None:
    """`line`: where the first part of a mapping or sequence stands."""
    left = len(tree)
    is_list = not isinstance(node, dict)
    for key, value in enumerate(node) if is_list else node.items():
        inner = tree.get(key)
        beside = is_list and isinstance(value, dict) and len(value) > 0  # its first field stands beside the dash
        if inner is not None:
            left -= 1
            if inner.field:
                out[inner.field] = line
            if inner and isinstance(value, (dict, list, tuple)):
                _first_lines(value, inner, line + 1 - beside, out)
        if not left:
            return
        line += _height(value) - beside


def _height(value: Any) -> int:
    """Lines of a key or dash with what stands there."""
    if isinstance(value, str):
        return 1 + _more_lines(value) if "\n" in value else 1
    if isinstance(value, dict):
        return 1 + sum(map(_height, value.values()))
    if isinstance(value, (list, tuple)):  # the first field of an item stands beside its dash
        return 1 + sum([_height(one) - (isinstance(one, dict) and len(one) > 0) for one in value])
    return 1


def _more_lines(text: str) -> int:
    """Lines of a block scalar below its key."""
    if "\n" not in text:
        return 0
    from converter.writing.yaml import is_block

    return len((text.removesuffix("\n")).split("\n")) if is_block(text) else 0


def find(lines: Lines, body: Any, field: str) -> tuple[int, int] | None:
    """Lines of a field; an index that was left out stands for the first item that has what follows."""
    if field in lines:
        return lines[field]
    path, node, found = "", body, None
    for part in field.replace("[", ".[").split("."):
        path, node = _step(path, node, part)
        if path not in lines:
            break
        found = lines[path]
    return found


def resolved(body: Any, field: str) -> str:
    """A field as a whole path: indexes that were left out are those of the first item that has what follows.

    As far as the field exists; "" where not even its first part does.
    """
    if _stands(body, field):
        return field
    path, node, found = "", body, ""
    for part in field.replace("[", ".[").split("."):
        path, node = _step(path, node, part)
        if node is None:
            break
        found = path
    return found


def _stands(body: Any, field: str) -> bool:
    """Whether a path leads to a field as it is, as nearly all do."""
    node = body
    try:
        for part in _parts(field):
            if type(part) is int and type(node) is not list:
                return False
            node = node[part]
    except (KeyError, IndexError, TypeError):
        return False
    return node is not None


@lru_cache(maxsize=20_000)
def _parts(field: str) -> tuple[str | int, ...]:
    """Keys and indexes; paths of thousands of objects are the same."""
    parts = field.replace("[", ".[").split(".")
    return tuple([int(one[1:-1]) if one[:1] == "[" and one[1:-1].isdecimal() else one for one in parts])


def _index(node: Any, name: str) -> int:
    """By number, or by the name of an item (`listeners[https]`)."""
    if name.isdigit():
        return int(name)
    items = node if isinstance(node, list) else []
    return next((number for number, one in enumerate(items) if isinstance(one, dict) and one.get("name") == name), -1)


def _step(path: str, node: Any, part: str) -> tuple[str, Any]:
    if part.startswith("["):
        index = _index(node, part[1:-1])
        inside = isinstance(node, list) and 0 <= index < len(node)
        return f"{path}[{index}]", node[index] if inside else None
    if isinstance(node, list):
        index = next((number for number, item in enumerate(node) if isinstance(item, dict) and part in item), -1)
        if index < 0:
            return f"{path}.{part}", None
        path, node = f"{path}[{index}]", node[index]
    value = node.get(part) if isinstance(node, dict) else None
    return (f"{path}.{part}" if path else part), value
