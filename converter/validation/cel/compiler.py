"""CEL rules to Python expressions, with the schema at hand: defaults are in effect without being written anywhere.

An expression raises (KeyError, IndexError, TypeError, ValueError) where CEL would return an error. CEL's `||` and
`&&` forgive an error on one side when the other decides; the caller asks the CEL library in that case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from converter.validation.cel.functions import FUNCTIONS
from converter.validation.cel.syntax import CelError, Tree, parse
from converter.validation.cel.uniqueness import Uniqueness, uniqueness
from converter.validation.patterns import searcher

Node = dict[str, Any]
Resolve = Callable[[Any], Node]

_METHODS = {
    "startsWith": "{0}.startswith({1})",
    "endsWith": "{0}.endswith({1})",
    "contains": "({1} in {0})",
    "size": "len({0})",
    "lowerAscii": "lower_ascii({0})",
    "upperAscii": "upper_ascii({0})",
    "split": "{0}.split({1})",
    "substring": "substring({0}, {1})",
}
_OPERATORS = {"||": "or", "&&": "and"}


class Compiler:
    """Compiles rules; constants, patterns and defaults that they need are collected in `names`."""

    def __init__(self, resolve: Resolve) -> None:
        self.resolve = resolve
        self.names: dict[str, Any] = {**FUNCTIONS, "ABSENT": object()}
        self.constants: dict[str, str] = {}

    def rule(self, source: str, node: Node, self_name: str = "o") -> str:
        """The Python expression of a rule at a node; raises CelError where it cannot be compiled."""
        return self._expr(parse(source), {"self": (self_name, node)})[0]

    def rules(self, sources: Iterable[str], node: Node) -> str:
        """Several rules of a node in one expression; those that begin with the same question ask it once."""
        scope = {"self": ("o", node)}
        groups: dict[str, list[str]] = {}
        for tree in map(parse, sources):
            if tree[0] == "if" and tree[3] == ("lit", True):
                groups.setdefault(f"not {self._source(tree[1], scope)} or ", []).append(self._source(tree[2], scope))
            else:
                groups.setdefault("", []).append(self._source(tree, scope))
        return " and ".join(f"({test}{' and '.join(parts)})" for test, parts in groups.items())

    def constant(self, kind: str, value: Any, made: Callable[[Any], Any] = lambda value: value) -> str:
        """A name for a value; equal values share one."""
        key = f"{kind}{value!r}"
        if key not in self.constants:
            self.constants[key] = f"{kind}{len(self.constants)}"
            self.names[self.constants[key]] = made(value)
        return self.constants[key]

    def _expr(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        made: tuple[str, Node] = getattr(self, f"_{tree[0]}")(tree, scope)
        return made

    def _source(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> str:
        return self._expr(tree, scope)[0]

    def _lit(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        return repr(tree[1]), {}

    def _name(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        if tree[1] not in scope:
            raise CelError(f"unknown name {tree[1]}")
        return scope[tree[1]]

    def _field(self, of: Node, name: str) -> tuple[str, Node]:
        """The key of a field and its schema; reserved words are written `__word__` in rules."""
        properties = of.get("properties", {})
        if name not in properties and name.startswith("__") and name.endswith("__"):
            name = name[2:-2]
        if name in properties:
            return name, self.resolve(properties[name])
        return name, self.resolve(of["additional"]) if "additional" in of else {}

    def _select(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        source, node = self._expr(tree[1], scope)
        key, child = self._field(node, tree[2])
        if "default" in child:
            return f"{source}.get({key!r}, {self._default(child)})", child
        return f"{source}[{key!r}]", child

    def _default(self, node: Node) -> str:
        value = node["default"]
        return self.constant("D", value) if isinstance(value, (dict, list)) else repr(value)

    def _has(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        source, node = self._expr(tree[1], scope)
        key, child = self._field(node, tree[2])
        if "default" in child:
            return ("True" if source.isidentifier() else f"({source} is not None)"), {}
        return f"({key!r} in {source})", {}

    def _index(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        source, node = self._expr(tree[1], scope)
        inner = node.get("items", node.get("additional"))
        return f"{source}[{self._source(tree[2], scope)}]", {} if inner is None else self.resolve(inner)

    def _call(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        arguments = ", ".join(self._source(item, scope) for item in tree[2])
        name = {"size": "len", "isIP": "is_ip", "duration": "duration"}.get(tree[1])
        if name is None:
            raise CelError(f"unknown function {tree[1]}()")
        if name == "duration" and tree[2][0][0] == "lit":
            return repr(FUNCTIONS["duration"](tree[2][0][1])), {}
        return f"{name}({arguments})", {}

    def _method(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        source, name = self._source(tree[1], scope), tree[2]
        if name == "matches":
            if tree[3][0][0] != "lit":
                raise CelError("matches() with a pattern that is not a literal")
            return f"({self.constant('R', tree[3][0][1], searcher)}({source}) is not None)", {}
        if name not in _METHODS:
            raise CelError(f"unknown method {name}()")
        return _METHODS[name].format(source, *(self._source(item, scope) for item in tree[3])), {}

    def _macro(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        source, node = self._expr(tree[2], scope)
        item = node.get("items")
        variable = f"v{len(scope)}"
        inner = scope | {tree[3]: (variable, {} if item is None else self.resolve(item))}
        if tree[1] == "all" and (found := uniqueness(tree)) is not None:
            asked = [self._field(inner[tree[3]][1], key)[1] for key in (*found.where, *found.optional)]
            if not any("default" in child for child in asked):
                return self._unique(found, source, tree[3], inner), {}
        body = self._source(tree[4], inner)
        if tree[1] == "all":
            return f"all([{body} for {variable} in {source}])", {}
        if tree[1] == "exists":
            return f"any([{body} for {variable} in {source}])", {}
        if tree[1] == "exists_one":
            return f"([{body} for {variable} in {source}].count(True) == 1)", {}
        if tree[1] == "filter":
            return f"[{variable} for {variable} in {source} if {body}]", node
        return f"[{body} for {variable} in {source}]", {}

    def _unique(self, found: Uniqueness, source: str, name: str, scope: dict[str, tuple[str, Node]]) -> str:
        """All items have different keys; the library decides where a key is missing or cannot be hashed."""
        variable = scope[name][0]
        parts = [self._source(("select", ("name", name), key), scope) for key in found.keys]
        parts += [f"{variable}.get({key!r}, ABSENT)" for key in found.optional]
        key = f"({', '.join(parts)}, )" if len(parts) > 1 else parts[0]
        if not found.where:
            return f"(len({{{key} for {variable} in {source}}}) == len({source}))"
        where = " and ".join(f"{field!r} in {variable}" for field in sorted(found.where))
        keys = f"[{key} for {variable} in {source} if {where}]"
        return f"(lambda keys: len(set(keys)) == len(keys))({keys})"

    def _list(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        items = [self._source(item, scope) for item in tree[1]]
        return "(" + "".join(f"{item}, " for item in items) + ")", {}

    def _map(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        pairs = ((self._source(key, scope), self._source(value, scope)) for key, value in tree[1])
        return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}", {}

    def _if(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        test, yes, no = (self._source(part, scope) for part in tree[1:])
        if no == "True":
            return f"(not {test} or {yes})", {}
        return f"({yes} if {test} else {no})", {}

    def _op(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        left, right = self._source(tree[2], scope), self._source(tree[3], scope)
        if tree[1] in {"/", "%"}:
            raise CelError(f"operator {tree[1]}")
        return f"({left} {_OPERATORS.get(tree[1], tree[1])} {right})", {}

    def _not(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        return f"(not {self._source(tree[1], scope)})", {}

    def _neg(self, tree: Tree, scope: dict[str, tuple[str, Node]]) -> tuple[str, Node]:
        return f"(-{self._source(tree[1], scope)})", {}
