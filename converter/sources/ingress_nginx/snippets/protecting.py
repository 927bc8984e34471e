"""What is left of a snippet: directives that no field says, and whether one of them could refuse a request."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Origin
from converter.packs.directive_rows import INERT, PROTECTING, directive_rows
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.parse import Directive, parse
from converter.sources.ingress_nginx.snippets.snippet import Snippet, source_text


def is_inert(directive: Directive) -> bool:
    """True where a directive refuses no request (nginx-directives.yaml)."""
    rows = directive_rows()
    if directive.name not in rows.inert and list(directive.args) != rows.inert_with.get(directive.name):
        return False
    return directive.block is None or directive.name in rows.blocks


def residual(directive: Directive, origin: Origin) -> Feature:
    """A directive that no field says, by its name, for the row of the target pack."""
    return Feature(INERT if is_inert(directive) else PROTECTING, {directive.name: source_text(directive)}, (origin,))


def residuals(snippets: Iterable[Snippet]) -> list[Feature]:
    """Every directive of some snippets as one that no field says."""
    out = []
    for one in snippets:
        if one.problem:
            out.append(residual(Directive("unreadable", (one.problem,), 1), one.origin))
        out += [residual(directive, one.fact(directive)) for directive in one.directives]
    return out


def named(texts: Iterable[str]) -> str:
    """The feature of some raw configuration as a whole."""
    found = [parse(text) for text in texts]
    inert = not any(one.problem for one in found) and all(is_inert(d) for one in found for d in one.directives)
    return INERT if inert else PROTECTING
