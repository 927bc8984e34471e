"""A page of a plan as HTML: no scripts, no network, everything of the input escaped."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from converter.planning.plan import Page, Plan, PlanStep
from converter.reporting.terminal import clean
from converter.writing.yaml import dump

ENDING = "html"
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#222}"
    "pre{background:#f4f4f4;padding:.75rem;overflow-x:auto}code,pre{font:14px/1.4 ui-monospace,monospace}"
    "table{border-collapse:collapse;display:block;overflow-x:auto}td,th{border:1px solid #ccc;padding:.3rem .5rem;"
    "text-align:left;vertical-align:top}h3 small{color:#666;font-weight:normal}"
    "@media(prefers-color-scheme:dark){body{background:#181818;color:#ddd}pre{background:#262626}a{color:#8bf}}"
)


def render(page: Page, plan: Plan) -> str:
    """One page."""
    body = [f"<h1>{_text(page.title)}</h1>"]
    if page.name == "plan":
        body.append(f"<ul>{''.join(_links(plan))}</ul>")
    body += _sections(page)
    return _document(page.title, body)


def render_all(plan: Plan) -> str:
    """All pages, and the patches, as one document."""
    body: list[str] = []
    for page in plan.pages:
        body += [f"<h1>{_text(page.title)}</h1>", *_sections(page)]
    for path, patch in plan.patches.items():
        body += [f"<h1>{_text(path)}</h1>", f"<pre>{_text(dump(patch))}</pre>"]
    return _document(plan.pages[0].title, body)


def _document(title: str, body: list[str]) -> str:
    policy = "default-src 'none'; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n" + "\n".join(body) + "\n</html>\n"
    )


def _links(plan: Plan) -> Iterator[str]:
    for page in plan.pages[1:]:
        yield f'<li><a href="{escape(page.name)}.{ENDING}">{_text(page.title)}</a></li>'


def _sections(page: Page) -> Iterator[str]:
    for section in page.sections:
        yield f"<h2>{_text(section.title)}</h2>"
        for number, step in enumerate(section.steps, 1):
            yield from _step(number, step)


def _step(number: int, step: PlanStep) -> Iterator[str]:
    yield f"<h3>{number}. {_text(step.title)} <small>{_text(step.kind)}</small></h3>"
    yield from (f"<p>{_text(line)}</p>" for line in step.text)
    if step.table:
        head, *rows = step.table
        yield f"<table><tr>{''.join(f'<th>{_text(cell)}</th>' for cell in head)}</tr>"
        for row in rows:
            yield f"<tr>{''.join(f'<td><code>{_text(cell)}</code></td>' for cell in row)}</tr>"
        yield "</table>"
    if step.commands:
        yield f"<pre>{_text(chr(10).join(clean(line) for line in step.commands))}</pre>"


def _text(text: str) -> str:
    return escape("\n".join(clean(line) for line in text.split("\n")))
