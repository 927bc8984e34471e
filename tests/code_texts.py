"""String literals of modules, for rules about what may stand in code."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path


@cache
def texts(path: Path) -> tuple[str, ...]:
    """The string literals of a module; docstrings, those of attributes too, are none."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    docs = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
    return tuple(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    )
