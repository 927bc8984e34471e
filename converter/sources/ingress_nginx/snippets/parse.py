"""A piece of nginx.conf as directives, by the parser of ngxparse; no file is ever opened."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from converter.model.data import dataclass

MAX_DEPTH = 20
"""Blocks in blocks: nginx itself has no use for more, and the parser goes down by recursion."""
MAX_LENGTH = 200_000
"""Characters; an annotation has at most 256 KiB in all."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive with its arguments (without quotes) and the directives of its block."""

    name: str
    args: tuple[str, ...]
    line: int
    """From 1, in the text of the snippet."""
    block: tuple[Directive, ...] | None = None

    def walk(self) -> Iterator[Directive]:
        """Itself and everything in its block."""
        yield self
        for one in self.block or ():
            yield from one.walk()


@dataclass(frozen=True, slots=True)
class Parsed:
    """The directives of a text; `problem` says why nginx could not read it either."""

    directives: tuple[Directive, ...] = ()
    problem: str = ""


@lru_cache(maxsize=4096)
def parse(text: str) -> Parsed:
    """Read a snippet. `include` is a directive like any other: what it names is not opened."""
    depth = _depth(text)
    if depth > MAX_DEPTH or len(text) > MAX_LENGTH:
        return Parsed(problem="it is too long or too deeply nested to be read")
    import crossplane
    from crossplane.errors import NgxParserBaseException

    try:
        found = crossplane.parse_string(
            text, filename="snippet", single=True, catch_errors=False, check_ctx=False, check_args=False
        )
    except (NgxParserBaseException, RuntimeError) as error:
        return Parsed(problem=_problem(error))
    (config,) = found["config"]
    if config["errors"]:
        return Parsed(problem=str(config["errors"][0]["error"]))
    return Parsed(tuple(_directive(one) for one in config["parsed"]))


def _depth(text: str) -> int:
    depth = most = 0
    for char in text:
        if char in "{}":
            depth += 1 if char == "{" else -1
            most = max(most, depth)
    return most


def _problem(error: Exception) -> str:
    words, line = getattr(error, "strerror", None), getattr(error, "lineno", None)
    return f"{words or 'it is not an nginx configuration'}{f' (line {line} of the snippet)' if line else ''}"


def _directive(found: dict[str, Any]) -> Directive:
    block = found.get("block")
    inner = None if block is None else tuple(_directive(one) for one in block)
    return Directive(found["directive"], tuple(found["args"]), found["line"], inner)
