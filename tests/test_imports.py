"""Data flows one way, and so do imports: those for types count as well."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parent.parent / "converter"
MAY_IMPORT = {
    "model": set(),
    "routing": {"model"},
    "reading": {"model"},
    "packs": {"model", "routing", "reading"},
    "sources": {"model", "routing", "reading", "packs"},
    "comparison": {"model", "routing"},
    "targets": {"model", "routing", "reading", "packs", "comparison", "validation"},
    "validation": {"model", "routing", "reading", "packs"},
    "writing": {"model", "reading"},
    "pipeline": {
        "model", "routing", "reading", "packs", "sources", "targets", "validation", "comparison", "writing"
    },
    "replay": {"model", "routing", "packs", "sources", "comparison", "pipeline"},
    "probe": {"model", "routing", "comparison"},
    "reporting": {"model", "packs", "comparison", "writing", "probe", "status"},
    "cluster": {"model", "reading", "writing"},
    "status": {"model", "reading", "packs", "comparison", "validation"},
    "rendering": {"model", "reading", "writing"},
    "acceptance": {"model", "reading", "reporting", "packs"},
    "staging": {"model", "routing", "reading", "packs", "sources", "writing", "pipeline"},
    "planning": {"model", "routing", "reading", "packs", "writing", "pipeline", "reporting", "staging"},
}  # fmt: skip
"""What a room may import beside itself; `cli` may import everything."""
LOOSE = {"__init__", "__main__", "api"}


def test_every_room_has_a_row_in_the_docs():
    table = (ROOT.parent / "docs/architecture.md").read_text()
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert [room for room in sorted(rooms) if not re.search(rf"^\| `{room}/", table, re.M)] == []
    assert rooms - {"cli"} == set(MAY_IMPORT)


def _modules() -> dict[str, Path]:
    return {
        ".".join(path.relative_to(ROOT.parent).with_suffix("").parts).removesuffix(".__init__"): path
        for path in sorted(ROOT.rglob("*.py"))
    }


def _imports(path: Path, modules: dict[str, Path]) -> set[str]:
    """Modules that a module imports, wherever and for whatever."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            assert not node.level, f"{path}: relative import"
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            submodules = {name for name in names & set(modules) if not _defines(modules, node.module, name)}
            found |= submodules | ({node.module} if submodules != names else set())
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
    return found & set(modules)


def _defines(modules: dict[str, Path], package: str, name: str) -> bool:
    """True where a package itself has a name that one of its modules has, too."""
    body = ast.parse(modules[package].read_text()).body
    imported = {alias.name for node in body if isinstance(node, ast.ImportFrom) for alias in node.names}
    own = {node.name for node in body if isinstance(node, ast.ClassDef | ast.FunctionDef)}
    return name.rpartition(".")[2] in imported | own


def _room(module: str) -> str:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_imports_follow_the_arrows():
    modules = _modules()
    wrong = [
        f"{module} imports {other}"
        for module, path in modules.items()
        if _room(module) in MAY_IMPORT
        for other in _imports(path, modules)
        if _room(other) not in MAY_IMPORT[_room(module)] | {_room(module), ""}
    ]
    assert not wrong, "\n".join(wrong)


def test_every_room_is_known():
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and (path / "__init__.py").exists()}
    assert rooms == set(MAY_IMPORT) | {"cli"}
    assert {path.stem for path in ROOT.glob("*.py")} == LOOSE


def test_no_module_imports_in_a_circle():
    modules = _modules()
    left = {module: _imports(path, modules) - {module} for module, path in modules.items()}
    while done := [module for module, imports in left.items() if not imports & set(left)]:
        for module in done:
            del left[module]
    circles = "\n".join(f"{module} -> {', '.join(sorted(imports & set(left)))}" for module, imports in left.items())
    assert not left, circles


def test_no_annotation_prefix_outside_sources():
    prefixes = ("nginx.ingress.kubernetes.io", "alb.ingress.kubernetes.io", "alb.ingress.cpaas.io", "alb.cpaas.io")
    wrong = [
        f"{path.relative_to(ROOT)}: {prefix}"
        for path in sorted(ROOT.rglob("*.py"))
        if "sources" not in path.relative_to(ROOT).parts
        for prefix in prefixes
        if prefix in path.read_text()
    ]
    assert not wrong, "\n".join(wrong)
