"""The fast check: each node of a schema becomes a function when the first object needs it.

A function returns only "certainly valid" or "look again": False, or an exception, sends the object to `explaining`,
which has the last word. So nothing is formatted, copied or defaulted for a valid object.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.validation.cel.compiler import Compiler
from converter.validation.scalars import (
    Check,
    boolean_check,
    bounds,
    composed,
    int_or_string_check,
    number_check,
    remembering,
    string_check,
)
from converter.validation.schemas import Bundle, Node

_SCALARS: dict[str, Callable[[Node], Check]] = {
    "string": string_check,
    "integer": number_check,
    "number": number_check,
    "boolean": boolean_check,
}
_BESIDE = frozenset({"cel", "oneOf", "anyOf", "not", "intstr"})
"""What a scalar needs a function of its own for."""


def anything(value: Any) -> bool:
    """Takes every value."""
    return True


def _kind_and_size(kind: str, node: Node, what: str) -> str:
    sizes = [f"len(o) {sign} {node[key]}" for key, sign in ((f"min{what}", "<"), (f"max{what}", ">")) if key in node]
    return f"if {' or '.join([f'not isinstance(o, {kind})', *sizes])}: return False"


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
        plain = self._without_rules(node)
        rules = self._rules(node)
        if not rules and not any(key in node for key in ("oneOf", "anyOf", "not")):
            return plain
        children = {key: self.bundle.resolve(child) for key, child in node.get("properties", {}).items()}
        defaults = {key: child["default"] for key, child in children.items() if "default" in child}
        return lambda value: (
            plain(value)
            and all(rule(value) for rule in rules)
            and composed(node, defaults | value if defaults else value)
        )

    def _without_rules(self, node: Node) -> Check:
        kind = node.get("type")
        if node.get("intstr"):
            return int_or_string_check(node)
        if kind == "object":
            return self._object(node)
        if kind == "array":
            return self._array(node)
        return _SCALARS[kind](node) if kind else anything

    def _rules(self, node: Node) -> list[Check]:
        """The rules of a scalar; those of objects and lists are part of their functions."""
        if "cel" not in node or node.get("type") in {"object", "array"}:
            return []
        return [self._function([f"return {self._cel(node)}"])]

    def _cel(self, node: Node) -> str:
        """All CEL rules of a node as one expression; where a rule cannot be compiled, every object is sent on."""
        try:
            return self.compiler.rules([self.bundle.rules[index][0] for index in node.get("cel", ())], node) or "True"
        except Exception:  # (a definition of somebody else's; the CEL library decides)
            return "False"

    def _function(self, lines: list[str]) -> Check:
        """The function of a value `o` with these lines."""
        source = "".join(["def check(o):\n", *(f"    {line}\n" for line in lines)])
        made: dict[str, Check] = {}
        exec(compile(source, f"<{self.bundle.name}>", "exec"), self.compiler.names, made)  # noqa: S102 - as above
        return made["check"]

    def _named(self, value: Any) -> str:
        """A name for something that functions need."""
        name = f"n{len(self.compiler.names)}"
        self.compiler.names[name] = value
        return name

    def _test(self, reference: Any) -> str:
        """An expression for "`v` is valid": scalars on the spot, anything else by its own function."""
        node = self.bundle.resolve(reference)
        kind = node.get("type")
        if kind not in _SCALARS or not _BESIDE.isdisjoint(node):
            return f"{self._later(reference)}(v)"
        if kind == "string" and "enum" in node:
            return f"(v in {self._named(frozenset(node['enum']))})"
        if kind == "string":
            good, check = remembering(node)
            return f"(v in {self._named(good)} or {self._named(check)}(v))"
        if kind == "integer" and "enum" not in node:
            low, high = bounds(node)
            return f"(type(v) is int and {low} <= v <= {high})"
        return f"{self._named(_SCALARS[kind](node))}(v)"

    def _later(self, reference: Any) -> str:
        """The name of a function that makes the real one, puts it in its own place, and calls it."""

        def first(value: Any) -> bool:
            self.compiler.names[name] = made = self.check(reference)
            return made(value)

        name = self._named(first)
        return name

    def _object(self, node: Node) -> Check:
        if node.get("open") and "properties" not in node:
            return lambda value: isinstance(value, dict)
        if "additional" in node:
            return self._mapping(node)
        properties = node.get("properties", {})
        required = [key for key in node.get("required", ()) if "default" not in self._property(node, key)]
        lines = [_kind_and_size("dict", node, "Properties"), f"left = len(o) - {len(required)}"]
        for key in required:
            test = self._test(properties[key]) if key in properties else "False"
            lines += [f"v = o[{key!r}]", f"if not {test}: return False"]
        for key, child in properties.items():
            if key not in required:
                test = self._test(child)
                lines += [
                    f"if {key!r} in o:",
                    f"    v = o[{key!r}]",
                    f"    if not {test}: return False",
                    "    left -= 1",
                ]
        return self._function([*lines, f"return not left and {self._cel(node)}"])

    def _property(self, node: Node, key: str) -> Node:
        return self.bundle.resolve(node.get("properties", {}).get(key, {}))

    def _mapping(self, node: Node) -> Check:
        return self._function(
            [
                _kind_and_size("dict", node, "Properties"),
                "for key, v in o.items():",
                f"    if type(key) is not str or not {self._test(node['additional'])}: return False",
                f"return {self._cel(node)}",
            ]
        )

    def _array(self, node: Node) -> Check:
        if "items" not in node:
            return lambda value: isinstance(value, list)
        test = self._test(node["items"])
        lines = [_kind_and_size("list", node, "Items"), "for v in o:", f"    if not {test}: return False"]
        if "unique" in node:
            lines.append(f"if len(o) > 1 and not {self._named(self._distinct(node))}(o): return False")
        return self._function([*lines, f"return {self._cel(node)}"])

    def _distinct(self, node: Node) -> Check:
        keys = node["unique"]
        if keys is True:
            return lambda value: len(set(value)) == len(value)
        item = self.bundle.resolve(node["items"])
        pairs = [(key, self._property(item, key).get("default")) for key in keys]
        if len(pairs) == 1:
            name, default = pairs[0]
            return lambda value: len({entry.get(name, default) for entry in value}) == len(value)
        return lambda value: len({tuple([entry.get(k, d) for k, d in pairs]) for entry in value}) == len(value)
