"""A plan as files: a page a file, and patches as kubectl takes them."""

from __future__ import annotations

from types import ModuleType

from converter.model.credentials import without_passwords
from converter.planning import html, json, markdown
from converter.planning.plan import Plan
from converter.writing.yaml import dump

_RENDERERS = {"markdown": markdown, "html": html, "json": json}


def renderer(shape: str) -> ModuleType:
    """The printer of a format: markdown | html | json."""
    return _RENDERERS[shape]


def contents(plan: Plan, shape: str) -> dict[str, str]:
    """Path -> text, below the output directory."""
    out = {path: dump(patch) for path, patch in plan.patches.items()}
    if shape == "json":
        return {"plan.json": without_passwords(json.render_all(plan)), **out}
    pages = markdown if shape == "markdown" else html
    return {f"{page.name}.{pages.ENDING}": without_passwords(pages.render(page, plan)) for page in plan.pages} | out
