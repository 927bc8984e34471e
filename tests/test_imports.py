"""Data flows one way, and so do imports."""

import ast
from pathlib import Path

ROOT = Path(__file__).parent.parent / "converter"
FORBIDDEN = {
    "routing": (
        "reading",
        "packs",
        "sources",
        "targets",
        "validation",
        "comparison",
        "reporting",
        "writing",
        "pipeline",
    ),
    "reading": ("packs", "sources", "targets", "validation", "comparison", "reporting", "writing", "pipeline"),
    "packs": ("sources", "targets", "reporting", "writing", "pipeline"),
    "sources": ("targets", "validation", "comparison", "reporting", "writing", "pipeline"),
    "targets": ("sources", "reporting", "writing", "pipeline"),
    "reporting": ("sources", "targets"),
    "writing": ("sources", "targets", "reporting"),
}


def _imports(path: Path) -> list[str]:
    """Modules imported at run time (imports for types alone are no dependency)."""
    tree = ast.parse(path.read_text())
    typing_only = {
        id(node)
        for block in ast.walk(tree)
        if isinstance(block, ast.If) and ast.unparse(block.test) == "TYPE_CHECKING"
        for node in ast.walk(block)
    }
    found = []
    for node in ast.walk(tree):
        if id(node) in typing_only:
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def test_imports_follow_the_arrows():
    wrong = []
    for room, forbidden in FORBIDDEN.items():
        for path in sorted((ROOT / room).rglob("*.py")):
            wrong += [
                f"{path.relative_to(ROOT)} imports {name}"
                for name in _imports(path)
                if name.startswith(tuple(f"converter.{other}" for other in forbidden))
            ]
    assert not wrong, "\n".join(wrong)


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
