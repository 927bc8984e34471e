"""The explaining check: what exactly is wrong with an object, in the API server's own terms.

Defaults are laid into a copy first, as the API server does, and CEL rules are judged by the CEL library.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.validation.cel.library import evaluate
from converter.validation.patterns import searcher
from converter.validation.scalars import FORMATS, boolean_check, composed, int_or_string_check, number_check, patterns
from converter.validation.schemas import Bundle, Node

Found = tuple[str, str, str]
"""Field, message, kind of a problem."""

RESERVED = frozenset(
    {
        "true",
        "false",
        "null",
        "in",
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    }
)
"""Words of CEL; a property of that name is written `__word__` in rules."""


def explain(bundle: Bundle, node: Node, value: Any, path: str = "") -> Iterator[Found]:
    """All problems of a value; rules are judged only where the structure is sound, as the API server does it."""
    value = defaulted(bundle, node, value)
    found = list(_structure(bundle, node, value, path))
    yield from found
    if not found:
        yield from _rules(bundle, node, value, path)


def defaulted(bundle: Bundle, node: Node, value: Any) -> Any:
    """A copy of the value with all defaults of its schema."""
    if isinstance(value, dict) and node.get("type") == "object":
        children = {key: bundle.resolve(child) for key, child in node.get("properties", {}).items()}
        other = bundle.resolve(node.get("additional", {}))
        out = {key: defaulted(bundle, children.get(key, other), item) for key, item in value.items()}
        for key, child in children.items():
            if key not in out and "default" in child:
                out[key] = defaulted(bundle, child, child["default"])
        return out
    if isinstance(value, list) and "items" in node:
        item_node = bundle.resolve(node["items"])
        return [defaulted(bundle, item_node, item) for item in value]
    return value


def _structure(bundle: Bundle, node: Node, value: Any, path: str) -> Iterator[Found]:
    kind = node.get("type")
    if node.get("intstr"):
        if not int_or_string_check(node)(value):
            yield path, f"{value!r} must be a number or text of the form {' and '.join(patterns(node))}", "schema"
    elif kind == "object":
        yield from _object(bundle, node, value, path)
    elif kind == "array":
        yield from _array(bundle, node, value, path)
    elif kind == "string":
        yield from _string(node, value, path)
    elif kind in {"integer", "number"}:
        if not number_check(node)(value):
            yield path, f"{value!r} must be {_numbers(node)}", "schema"
    elif kind == "boolean" and not boolean_check(node)(value):
        yield path, f"{value!r} must be true or false", "schema"
    if not composed(node, value):
        yield path, "does not fit the alternatives that the schema allows", "schema"


def _numbers(node: Node) -> str:
    if "enum" in node:
        return "one of " + ", ".join(map(str, node["enum"]))
    words = {"integer": "a whole number", "number": "a number"}[node["type"]]
    bounds = [f"{word} {node[key]}" for key, word in (("minimum", "from"), ("maximum", "to")) if key in node]
    return " ".join([words, *bounds])


def _string(node: Node, value: Any, path: str) -> Iterator[Found]:
    if not isinstance(value, str):
        yield path, f"{value!r} must be text", "schema"
        return
    if "enum" in node and value not in node["enum"]:
        yield path, f"{value!r} must be one of {', '.join(map(repr, node['enum']))}", "schema"
    if len(value) > node.get("maxLength", len(value)):
        yield path, f"has {len(value)} characters, {node['maxLength']} are allowed", "limit"
    if len(value) < node.get("minLength", 0):
        yield path, f"{value!r} should be at least {node['minLength']} characters long", "schema"
    for pattern in patterns(node):
        if not searcher(pattern)(value):
            yield path, f"{value!r} should match {pattern}", "schema"
    if node.get("format") in FORMATS and not FORMATS[node["format"]](value):
        yield path, f"{value!r} is not of the format {node['format']}", "schema"


def _object(bundle: Bundle, node: Node, value: Any, path: str) -> Iterator[Found]:
    if not isinstance(value, dict):
        yield path, f"{value!r} must be an object", "schema"
        return
    if len(value) > node.get("maxProperties", len(value)):
        yield path, f"has {len(value)} entries, {node['maxProperties']} are allowed", "limit"
    if len(value) < node.get("minProperties", 0):
        yield path, f"must have at least {node['minProperties']} entries", "schema"
    for key in node.get("required", ()):
        if key not in value:
            yield _joined(path, key), "is required", "schema"
    properties = node.get("properties", {})
    for key, item in value.items():
        if not isinstance(key, str):
            yield path, f"the key {key!r} must be text", "schema"
        elif key in properties:
            yield from _structure(bundle, bundle.resolve(properties[key]), item, _joined(path, key))
        elif "additional" in node:
            yield from _structure(bundle, bundle.resolve(node["additional"]), item, f"{path}[{key}]")
        elif not node.get("open"):
            yield _joined(path, key), "unknown field; the API server would drop it silently", "schema"


def _array(bundle: Bundle, node: Node, value: Any, path: str) -> Iterator[Found]:
    if not isinstance(value, list):
        yield path, f"{value!r} must be a list", "schema"
        return
    if len(value) > node.get("maxItems", len(value)):
        yield path, f"has {len(value)} items, {node['maxItems']} are allowed", "limit"
    if len(value) < node.get("minItems", 0):
        yield path, f"must have at least {node['minItems']} items", "schema"
    if "items" not in node:
        return
    item_node = bundle.resolve(node["items"])
    for index, item in enumerate(value):
        yield from _structure(bundle, item_node, item, f"{path}[{index}]")
    keys = node.get("unique")
    seen = set()
    for index, item in enumerate(value if keys else ()):
        text = repr([item.get(key) for key in keys] if isinstance(keys, list) and isinstance(item, dict) else item)
        if text in seen:
            yield f"{path}[{index}]", "appears twice in a list whose items must differ", "schema"
        seen.add(text)


def _rules(bundle: Bundle, node: Node, value: Any, path: str) -> Iterator[Found]:
    for index in node.get("cel", ()):
        rule, message = bundle.rules[index]
        holds, error = evaluate(rule, _renamed(bundle, node, value))
        if not holds:
            yield path, f"{message} ({error})" if error else message, "cel"
    if isinstance(value, dict):
        properties = node.get("properties", {})
        for key, item in value.items():
            if key in properties:
                yield from _rules(bundle, bundle.resolve(properties[key]), item, _joined(path, key))
            elif "additional" in node:
                yield from _rules(bundle, bundle.resolve(node["additional"]), item, f"{path}[{key}]")
    elif isinstance(value, list) and "items" in node:
        for index, item in enumerate(value):
            yield from _rules(bundle, bundle.resolve(node["items"]), item, f"{path}[{index}]")


def _renamed(bundle: Bundle, node: Node, value: Any) -> Any:
    """The value as rules see it: properties that are reserved words are written `__word__`."""
    if isinstance(value, dict):
        properties = node.get("properties", {})
        inner = bundle.resolve(node.get("additional", {}))
        return {
            (f"__{key}__" if key in properties and key in RESERVED else key): _renamed(
                bundle, bundle.resolve(properties[key]) if key in properties else inner, item
            )
            for key, item in value.items()
        }
    if isinstance(value, list):
        item_node = bundle.resolve(node.get("items", {}))
        return [_renamed(bundle, item_node, item) for item in value]
    return value


def _joined(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
