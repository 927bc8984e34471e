"""CustomResourceDefinitions of a folder, checked before anything is derived from them.

They decide what code is made for the fast check (`schema_checks.py`), and a folder of them may come with a repository:
every keyword must have the type that JSON Schema gives it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from converter.reading.positioned import Map, Seq
from converter.validation.patterns import searcher

_TYPES = frozenset({"object", "array", "string", "integer", "number", "boolean"})
_SCALARS = (str, int, float, bool, type(None))


def _all(value: Any, *kinds: type) -> bool:
    return isinstance(value, Seq) and all(isinstance(item, kinds) for item in value)


def _is_rule(rule: Map) -> bool:
    return isinstance(rule.get("rule"), str) and isinstance(rule.get("message", ""), str)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return type(value) is int and value >= 0


_KEYWORDS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "type": (lambda value: isinstance(value, str) and value in _TYPES, f"one of {', '.join(sorted(_TYPES))}"),
    **dict.fromkeys(("format", "pattern", "x-kubernetes-list-type"), (_is_text, "text")),
    **dict.fromkeys(
        ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
        (_is_count, "a whole number"),
    ),
    **dict.fromkeys(("minimum", "maximum"), (lambda value: type(value) in {int, float}, "a number")),
    **dict.fromkeys(
        ("nullable", "x-kubernetes-int-or-string", "x-kubernetes-preserve-unknown-fields"), (_is_flag, "true or false")
    ),
    **dict.fromkeys(("required", "x-kubernetes-list-map-keys"), (lambda value: _all(value, str), "a list of texts")),
    **dict.fromkeys(("allOf", "anyOf", "oneOf"), (lambda value: _all(value, Map), "a list of mappings")),
    **dict.fromkeys(("items", "not"), (lambda value: isinstance(value, Map), "a mapping")),
    "enum": (lambda value: _all(value, *_SCALARS), "a list of values"),
    "additionalProperties": (lambda value: isinstance(value, Map | bool), "a mapping, true or false"),
    "properties": (
        lambda value: isinstance(value, Map) and all(isinstance(child, Map) for child in value.values()),
        "a mapping of mappings",
    ),
    "x-kubernetes-validations": (lambda value: _all(value, Map) and all(map(_is_rule, value)), "a list of rules"),
}
"""Keyword -> whether a value of it is one, and what it must be."""


class CrdError(ValueError):
    """A definition that cannot be used; the message names file, line and column."""


def located_crds(directory: Path) -> Iterator[tuple[Path, Map]]:
    """The CustomResourceDefinitions of a folder's YAML and JSON files, in the order of file names.

    Raises:
        CrdError: The folder or one of its files cannot be read.
    """
    from converter.reading.load import Broken, load

    if not directory.is_dir():
        raise CrdError(f"{directory}: is not a folder")
    for path in sorted(p for p in directory.rglob("*") if p.suffix in {".yaml", ".yml", ".json"} and p.is_file()):
        try:
            documents = list(load(path.read_bytes(), path.suffix, every=True))
        except (OSError, ValueError) as error:
            raise CrdError(f"{path}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
        for one in documents:
            if isinstance(one, Broken):
                raise CrdError(f"{path}:{one.error.line}:{one.error.column}: {one.error.message}")
            if isinstance(one.value, Map) and one.value.get("kind") == "CustomResourceDefinition":
                yield path, one.value


def check_crd(path: Path, crd: Map) -> None:
    """Refuse a definition that is none.

    Raises:
        CrdError: A field is missing or of another type.
    """
    checker = _Checker(path)
    spec = checker.field(crd, "spec", Map)
    checker.field(spec, "group", str)
    checker.field(spec, "scope", str)
    checker.field(checker.field(spec, "names", Map), "kind", str)
    versions = checker.field(spec, "versions", Seq)
    for index, version in enumerate(versions):
        if not isinstance(version, Map):
            raise checker.error(versions.at[index], f"versions[{index}] must be a mapping")
        checker.field(version, "name", str)
        if version.get("served"):
            checker.node(checker.field(checker.field(version, "schema", Map), "openAPIV3Schema", Map))


class _Checker:
    def __init__(self, path: Path) -> None:
        self.path = path

    def error(self, at: tuple[int, int], words: str) -> CrdError:
        return CrdError(f"{self.path}:{at[0]}:{at[1]}: {words}")

    def field(self, owner: Map, key: str, kind: type) -> Any:
        """A field that must be there."""
        value = owner.get(key)
        if not isinstance(value, kind):
            what = "a mapping" if kind is Map else "a list" if kind is Seq else "text"
            raise self.error(owner.at.get(key, owner.pos), f"{key} must be {what}")
        return value

    def node(self, node: Map) -> None:
        """A schema with all schemas in it."""
        for key in node:
            self._keyword(node, key)
        children = [node.get("items"), node.get("additionalProperties"), node.get("not")]
        children += node.get("properties", {}).values()
        children += [branch for key in ("allOf", "anyOf", "oneOf") for branch in node.get(key, ())]
        for child in children:
            if isinstance(child, Map):
                self.node(child)

    def _keyword(self, node: Map, key: str) -> None:
        known = _KEYWORDS.get(key)
        if known is not None and not known[0](node[key]):
            raise self.error(node.at[key], f"{key} must be {known[1]}")
        if key == "pattern":
            try:
                searcher(node[key])
            except (re.error, ValueError, RecursionError, OverflowError) as error:
                raise self.error(node.at[key], f"pattern is not a regular expression: {error}") from None
