"""A snippet with the fact that each of its directives is."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Location, Origin
from converter.model.ledger import Ledger
from converter.sources.ingress_nginx.snippets.parse import Directive, parse

SHOWN_ARGUMENTS = {
    "if": 2,
    "rewrite": 1,
    "set": 1,
    "more_set_headers": 0,
    "more_set_input_headers": 0,
    "return": 1,
    "auth_basic": 0,
}
"""How many arguments a finding repeats where that is not the first alone: values may be secrets."""


class Snippet:
    """The text of one annotation or key of a ConfigMap.

    Attributes:
        origin: The annotation or key.
        directives: What is in it, in order.
        problem: Why nginx cannot read it; "" where it can.
    """

    __slots__ = ("_origins", "directives", "origin", "problem")

    def __init__(self, text: str, origin: Origin) -> None:
        found = parse(text)
        self.origin, self.directives, self.problem = origin, found.directives, found.problem
        self._origins = {id(one): self._fact(one) for top in found.directives for one in top.walk()}

    def fact(self, directive: Directive) -> Origin:
        """The fact that a directive is, with its own line."""
        return self._origins[id(directive)]

    def facts(self) -> Iterator[Origin]:
        """Those of all directives that end in a finding: blocks, and what is in `location` and `if` in server{}."""
        yield from dict.fromkeys(fact for _, fact in self.pairs())

    def pairs(self) -> Iterator[tuple[Directive, Origin]]:
        """The directives that end in a finding, with their facts."""
        for top in self.directives:
            for one in findable(top):
                yield one, self.fact(one)

    def divide(self, ledger: Ledger) -> None:
        """Let the directives speak in place of the whole."""
        ledger.divide(self.origin, {fact: label(one) for one, fact in self.pairs()})

    def _fact(self, directive: Directive) -> Origin:
        place = self.origin.location
        # A block scalar starts on the line after its key; a text without line breaks stands beside it.
        lines = "\n" in self.origin.value.strip("\n") and place.line and not place.path.endswith(".json")
        where = Location(place.path, place.line + directive.line, place.column) if lines else place
        return self.origin._replace(value=source_text(directive), location=where)


def findable(directive: Directive) -> Iterator[Directive]:
    """The directives of which each has a finding of its own: a `location` and all in it, an `if` as one."""
    yield directive
    if directive.name == "location":
        for one in directive.block or ():
            yield from findable(one)


def label(directive: Directive) -> str:
    """What a finding calls a directive, without values that may be secret."""
    args, name = directive.args, directive.name
    if name.startswith("more_set"):
        shown = [text.partition(":")[0] for text in args if ":" in text]
    elif name == "rewrite":
        shown = [*args[:1], *args[2:]]
    elif name == "location":
        shown = list(args)
    else:
        shown = list(args[: SHOWN_ARGUMENTS.get(name, 1)])
    if directive.block is not None and name in ("if", "location"):
        shown.append(f"{{ {', '.join(label(one) for one in directive.block)} }}")
    text = " ".join([name, *shown])
    return text if len(text) <= 100 else f"{text[:97]}..."


def source_text(directive: Directive) -> str:
    """The directive in nginx's own syntax, on one line."""
    head = " ".join([directive.name, *directive.args])
    if directive.block is None:
        return f"{head};"
    return f"{head} {{ {' '.join(map(source_text, directive.block))} }}"
