"""The part of the Common Expression Language that CRD rules use: text to a tree of tuples.

Trees: ("lit", value), ("name", n), ("select", of, field), ("index", of, key), ("has", of, field),
("call", function, args), ("method", of, name, args), ("macro", name, of, variable, body), ("list", items),
("map", pairs), ("if", test, yes, no),
("op", operator, left, right), ("not", of), ("neg", of).
"""

from __future__ import annotations

import re
from typing import Any

Tree = tuple[Any, ...]

MACROS = frozenset({"all", "exists", "exists_one", "filter", "map"})

_TOKEN = re.compile(
    r"""\s+
    |(?P<raw>[rR](?:\"{3}(?:.|\n)*?\"{3}|'{3}(?:.|\n)*?'{3}|"[^"\n]*"|'[^'\n]*'))
    |(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
    |(?P<float>\d+\.\d+(?:[eE][+-]?\d+)?)
    |(?P<int>\d+)
    |(?P<name>[A-Za-z_][A-Za-z_0-9]*)
    |(?P<op>\|\||&&|[<>=!]=|[-+*/%<>!?:.,()\[\]{}])
    """,
    re.VERBOSE,
)
_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "a": "\a", "b": "\b", "f": "\f", "v": "\v"}
_SINGLE_CHARACTER_ESCAPES = frozenset("nrtabfv\\\"'`?")
_LEVELS = (("||",), ("&&",), ("<", "<=", ">", ">=", "==", "!=", "in"), ("+", "-"), ("*", "/", "%"))


class CelError(ValueError):
    """The rule uses something that this compiler does not know."""


def parse(source: str) -> Tree:
    """The tree of an expression; CelError where it is not understood."""
    parser = _ExpressionParser(_tokens(source))
    tree = parser.ternary()
    if parser.position != len(parser.tokens) - 1:
        raise CelError(f"unexpected {parser.tokens[parser.position][1]!r}")
    return tree


def _tokens(source: str) -> list[tuple[str, Any]]:
    out: list[tuple[str, Any]] = []
    position = 0
    while position < len(source):
        match = _TOKEN.match(source, position)
        if match is None:
            raise CelError(f"unexpected character {source[position]!r}")
        position = match.end()
        if match.lastgroup is not None:
            out.append((match.lastgroup, match.group()))
    out.append(("end", ""))
    return out


def _unescaped(text: str) -> str:
    body = text[1:-1]
    if "\\" not in body:
        return body
    for match in _ESCAPE.finditer(body):
        if match.group(1) not in _SINGLE_CHARACTER_ESCAPES:
            raise CelError(f"escape {match.group()} in a string")
    return _ESCAPE.sub(lambda m: _ESCAPES.get(m.group(1), m.group(1)), body)


def _raw(text: str) -> str:
    return text[4:-3] if text[1:4] in ('"""', "'''") else text[2:-1]


class _ExpressionParser:
    def __init__(self, tokens: list[tuple[str, Any]]) -> None:
        self.tokens = tokens
        self.position = 0

    def take(self, text: str) -> bool:
        kind, value = self.tokens[self.position]
        if value == text and kind in {"op", "name"}:
            self.position += 1
            return True
        return False

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise CelError(f"{text!r} expected before {self.tokens[self.position][1]!r}")

    def ternary(self) -> Tree:
        test = self.binary(0)
        if not self.take("?"):
            return test
        yes = self.ternary()
        self.expect(":")
        return ("if", test, yes, self.ternary())

    def binary(self, level: int) -> Tree:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while True:
            kind, value = self.tokens[self.position]
            if kind not in {"op", "name"} or value not in _LEVELS[level]:
                return left
            self.position += 1
            left = ("op", value, left, self.binary(level + 1))

    def unary(self) -> Tree:
        if self.take("!"):
            return ("not", self.unary())
        if self.take("-"):
            return ("neg", self.unary())
        return self.member(self.primary())

    def member(self, tree: Tree) -> Tree:
        while True:
            if self.take("."):
                kind, name = self.tokens[self.position]
                if kind != "name":
                    raise CelError(f"a name expected before {name!r}")
                self.position += 1
                tree = self.method(tree, name) if self.take("(") else ("select", tree, name)
            elif self.take("["):
                key = self.ternary()
                self.expect("]")
                tree = ("index", tree, key)
            else:
                return tree

    def method(self, of: Tree, name: str) -> Tree:
        if name not in MACROS:
            return ("method", of, name, self.items(")"))
        arguments = self.items(")")
        if len(arguments) != 2 or arguments[0][0] != "name":
            raise CelError(f"{name}() with {len(arguments)} arguments")
        return ("macro", name, of, arguments[0][1], arguments[1])

    def items(self, end: str) -> list[Tree]:
        out: list[Tree] = []
        while not self.take(end):
            if out:
                self.expect(",")
            out.append(self.ternary())
        return out

    def primary(self) -> Tree:
        kind, value = self.tokens[self.position]
        self.position += 1
        if kind == "text":
            return ("lit", _unescaped(value))
        if kind == "raw":
            return ("lit", _raw(value))
        if kind in {"int", "float"}:
            return ("lit", int(value) if kind == "int" else float(value))
        if kind == "name":
            return self.named(value)
        if value == "(":
            tree = self.ternary()
            self.expect(")")
            return tree
        if value == "[":
            return ("list", self.items("]"))
        if value == "{":
            return self.mapping()
        raise CelError(f"unexpected {value!r}")

    def named(self, name: str) -> Tree:
        if name in {"true", "false"}:
            return ("lit", name == "true")
        if name == "null":
            return ("lit", None)
        if not self.take("("):
            return ("name", name)
        arguments = self.items(")")
        if name == "has":
            if len(arguments) != 1 or arguments[0][0] != "select":
                raise CelError("has() of something that is not a field")
            return ("has", arguments[0][1], arguments[0][2])
        return ("call", name, arguments)

    def mapping(self) -> Tree:
        pairs: list[tuple[Tree, Tree]] = []
        while not self.take("}"):
            if pairs:
                self.expect(",")
            key = self.ternary()
            self.expect(":")
            pairs.append((key, self.ternary()))
        return ("map", pairs)
