"""Names are terms of the field, modules have a size that can be read, and functions one that can be seen at once."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent / "converter"
PRIVATE_VOCABULARY = frozenset(
    [
        "said",
        "told",
        "tells",
        "twins",
        "plain",
        "bare",
        "home",
        "moved",
        "odd",
        "thin",
        "letter",
        "sheet",
        "fate",
        "foreseen",
        "leftovers",
        "whole",
        "again",
        "usual",
        "aside",
        "exhibits",
        "uncollected",
        "likeness",
        "literals",
        "printed",
        "existing",
        "surroundings",
        "gate",
        "words",
    ]
)
MAX_LINES, MAX_FUNCTION_LINES = 300, 40
INNER_LOOPS = {"reading/yaml_events.py: document", "reading/yaml_subset.py: _load"}
"""Each reads a document in one loop; split, reading takes 40 % longer."""
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z0-9]+|[A-Z]+")


def _parts(name: str) -> set[str]:
    """Words of a name in snake case or camel case."""
    return {part.lower() for part in _PARTS.findall(name)}


def _names(tree: ast.Module) -> Iterator[str]:
    """Names of classes, functions, methods, attributes and of what a module defines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.attr
        if isinstance(node, ast.ClassDef | ast.Module):
            for statement in node.body:
                targets = statement.targets if isinstance(statement, ast.Assign) else []
                targets = [statement.target] if isinstance(statement, ast.AnnAssign) else targets
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def test_no_private_vocabulary():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        names = {*path.relative_to(ROOT).with_suffix("").parts, *_names(ast.parse(path.read_text()))}
        wrong += [f"{path.relative_to(ROOT)}: {name}" for name in sorted(names) if _parts(name) & PRIVATE_VOCABULARY]
    assert not wrong, "\n".join(wrong)


def test_parts_of_names():
    assert _parts("_told_otherwise") == {"told", "otherwise"}
    assert _parts("UsualBodyLimit") == {"usual", "body", "limit"}
    assert _parts("HTTPRoute") == {"http", "route"}


def test_modules_and_functions_are_short():
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        text = path.read_text()
        if (lines := text.count("\n")) > MAX_LINES:
            wrong.append(f"{path.relative_to(ROOT)}: {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if (
                isinstance(node, ast.FunctionDef)
                and (lines := (node.end_lineno or 0) - node.lineno + 1) > MAX_FUNCTION_LINES
            ):
                name = f"{path.relative_to(ROOT)}: {node.name}"
                wrong += [f"{name} has {lines} lines"] if name not in INNER_LOOPS else []
    assert not wrong, "\n".join(wrong)


def test_no_attribute_takes_anything():
    """What rules, ports, tables, requests and options carry has a type: no dictionary with keys of everybody's own."""
    shared = {
        "routing/table.py",
        "routing/exchange.py",
        "routing/decision.py",
        "model/options.py",
        "targets/context.py",
    }
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        module = path.relative_to(ROOT).as_posix()
        for owner in ast.walk(ast.parse(path.read_text())):
            for field in owner.body if isinstance(owner, ast.ClassDef) else ():
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    untyped = module in shared and ast.unparse(field.annotation).startswith("dict[str, Any]")
                    if field.target.id == "extra" or untyped:
                        wrong.append(f"{module}: {field.target.id} of a class is untyped")
    assert not wrong, "\n".join(wrong)


def test_a_class_name_is_defined_once():
    places: dict[str, list[str]] = {}
    for path in sorted(ROOT.rglob("*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef):
                places.setdefault(node.name, []).append(path.relative_to(ROOT).as_posix())
    assert {name: where for name, where in places.items() if len(where) > 1} == {}
