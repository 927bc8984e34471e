"""The fast check: each node of a schema becomes a function when the first object needs it.

A function answers only "certainly valid" or "look again": False, or an exception, sends the object to `explaining`,
which has the last word. So nothing is formatted, copied or defaulted for a valid object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.checking.cel_python import Compiler
from converter.checking.cel_syntax import CelError
from converter.checking.scalars import (
    Check,
    boolean_check,
    composed,
    int_or_string_check,
    number_check,
    string_check,
)
from converter.checking.schemas import Bundle, Node

_SCALARS: dict[str, Callable[[Node], Check]] = {
    "string": string_check, "integer": number_check, "number": number_check, "boolean": boolean_check,
}


def anything(value: Any) -> bool:
    """Takes every value."""
    return True


class Checks:
    """The functions of one bundle, made on first use."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.compiler = Compiler(bundle.resolve)
        self._shared: dict[int, Check] = {}

    def check(self, reference: Any) -> Check:
        """The function of a node, or of the node with this index."""
        if isinstance(reference, int):
            if reference not in self._shared:
                self._shared[reference] = self._made(self.bundle.resolve(reference))
            return self._shared[reference]
        return self._made(reference)

    def _made(self, node: Node) -> Check:
        plain = self._plain(node)
        rules = self._rules(node)
        if not rules and not any(key in node for key in ("oneOf", "anyOf", "not")):
            return plain
        children = {key: self.bundle.resolve(child) for key, child in node.get("properties", {}).items()}
        defaults = {key: child["default"] for key, child in children.items() if "default" in child}
        return lambda value: (
            plain(value) and all(rule(value) for rule in rules)
            and composed(node, defaults | value if defaults else value)
        )

    def _plain(self, node: Node) -> Check:
        kind = node.get("type")
        if node.get("intstr"):
            return int_or_string_check(node)
        if kind == "object":
            return self._object(node)
        if kind == "array":
            return self._array(node)
        return _SCALARS[kind](node) if kind else anything

    def _rules(self, node: Node) -> list[Check]:
        """The rules of a node as one function; it sends every object on where a rule cannot be compiled."""
        if "cel" not in node or node.get("type") in {"object", "array"}:
            return []
        return [self.cel(node)]

    def cel(self, node: Node) -> Check:
        """All CEL rules of a node in one function."""
        try:
            sources = [self.compiler.rule(self.bundle.rules[index][0], node) for index in node.get("cel", ())]
        except CelError:
            return lambda value: False
        code = compile("lambda o: " + (" and ".join(sources) or "True"), f"<{self.bundle.name}>", "eval")
        made: Check = eval(code, self.compiler.names)  # noqa: S307 - made of the schema's own rules, parsed before
        return made

    def _lazy(self, table: dict[str, Check], key: str, reference: Any) -> Check:
        """A function that makes the real one, puts it in its own place, and calls it."""
        def first(value: Any) -> bool:
            table[key] = self.check(reference)
            return table[key](value)

        return first

    def _object(self, node: Node) -> Check:
        if node.get("open") and "properties" not in node:
            return lambda value: isinstance(value, dict)
        if "additional" in node:
            return self._mapping(node)
        table: dict[str, Check] = {}
        for key, child in node.get("properties", {}).items():
            table[key] = self._lazy(table, key, child)
        required = [key for key in node.get("required", ()) if "default" not in self._property(node, key)]
        low, high = node.get("minProperties", 0), node.get("maxProperties", 1 << 31)
        rules = self.cel(node) if "cel" in node else anything

        def check(value: Any) -> bool:
            if not isinstance(value, dict) or not low <= len(value) <= high:
                return False
            for key, item in value.items():
                if not table[key](item):
                    return False
            for key in required:
                if key not in value:
                    return False
            return rules(value)

        return check

    def _property(self, node: Node, key: str) -> Node:
        return self.bundle.resolve(node.get("properties", {}).get(key, {}))

    def _mapping(self, node: Node) -> Check:
        table: dict[str, Check] = {}
        table["item"] = self._lazy(table, "item", node["additional"])
        low, high = node.get("minProperties", 0), node.get("maxProperties", 1 << 31)
        rules = self.cel(node) if "cel" in node else anything

        def check(value: Any) -> bool:
            return (
                isinstance(value, dict) and low <= len(value) <= high and all(type(key) is str for key in value)
                and all(table["item"](item) for item in value.values()) and rules(value)
            )

        return check

    def _array(self, node: Node) -> Check:
        if "items" not in node:
            return lambda value: isinstance(value, list)
        table: dict[str, Check] = {}
        table["item"] = self._lazy(table, "item", node["items"])
        low, high = node.get("minItems", 0), node.get("maxItems", 1 << 31)
        distinct = self._distinct(node)
        rules = self.cel(node) if "cel" in node else anything

        def check(value: Any) -> bool:
            if not isinstance(value, list) or not low <= len(value) <= high:
                return False
            for item in value:
                if not table["item"](item):
                    return False
            return (len(value) < 2 or distinct(value)) and rules(value)

        return check

    def _distinct(self, node: Node) -> Check:
        keys = node.get("unique")
        if keys is None:
            return anything
        if keys is True:
            return lambda value: len(set(value)) == len(value)
        item = self.bundle.resolve(node["items"])
        pairs = [(key, self._property(item, key).get("default")) for key in keys]
        if len(pairs) == 1:
            name, default = pairs[0]
            return lambda value: len({entry.get(name, default) for entry in value}) == len(value)
        return lambda value: len({tuple([entry.get(k, d) for k, d in pairs]) for entry in value}) == len(value)
