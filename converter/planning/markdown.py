"""A page of a plan as Markdown; nothing of the input becomes markup."""

from __future__ import annotations

from collections.abc import Iterator

from converter.planning.plan import Page, Plan, PlanStep
from converter.reporting.markdown import code, escape
from converter.reporting.terminal import clean
from converter.writing.yaml import dump

ENDING = "md"
PROSE = frozenset({"hosts", "objects", "risk", "signal", "stop when", "why"})
"""Columns of tables that hold sentences, not code."""


def render(page: Page, plan: Plan) -> str:
    """One page."""
    lines = [f"# {escape(page.title)}", ""]
    if page.name == "plan":
        lines += _links(plan)
    for section in page.sections:
        lines += [f"## {escape(section.title)}", ""]
        for number, step in enumerate(section.steps, 1):
            lines += _step(number, step)
    return "\n".join(lines).rstrip("\n") + "\n"


def render_all(plan: Plan) -> str:
    """All pages, and the patches, as one text."""
    pages = [render(page, plan) for page in plan.pages]
    for path, patch in plan.patches.items():
        pages.append(f"# {escape(path)}\n\n{_fenced(dump(patch), 'yaml')}\n")
    return "\n".join(pages)


def _links(plan: Plan) -> Iterator[str]:
    for page in plan.pages[1:]:
        yield f"- [{escape(page.title)}]({page.name}.{ENDING})"
    yield ""


def _step(number: int, step: PlanStep) -> Iterator[str]:
    yield f"### {number}. {escape(step.title)}"
    yield ""
    yield from (f"{escape(line)}  " for line in step.text)
    if step.text:
        yield ""
    if step.table:
        yield from _table(step.table)
        yield ""
    if step.commands:
        yield _fenced("".join(f"{clean(line)}\n" for line in step.commands), "sh")
        yield ""


def _table(rows: tuple[tuple[str, ...], ...]) -> Iterator[str]:
    head, *body = rows
    yield f"| {' | '.join(map(escape, head))} |"
    yield f"|{'---|' * len(head)}"
    for row in body:
        cells = [escape(cell) if name in PROSE else code(cell) for name, cell in zip(head, row, strict=True)]
        yield f"| {' | '.join(cells)} |"


def _fenced(text: str, language: str) -> str:
    fence = "```"
    while fence in text:
        fence += "`"
    return f"{fence}{language}\n{text}{fence}"
