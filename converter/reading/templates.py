"""Placeholders of templates that nobody filled in: what they look like and which tool fills them."""

from __future__ import annotations

import re
from typing import NamedTuple


class Placeholder(NamedTuple):
    """A placeholder in a text, and what to do about it."""

    text: str
    offset: int
    hint: str


def _then(verb: str, tools: str) -> str:
    return f"{verb} it first ({tools} …) and convert what comes out"


_KINDS = (
    (
        re.compile(r"\{\{.{0,200}?\}\}|\{\{[^\n]*", re.S),
        _then("render", "--render local for charts, helm template, jinja2"),
    ),
    (re.compile(r"\{%.{0,200}?%\}"), _then("render", "jinja2")),
    (re.compile(r"\$\{[A-Za-z_][^}\n]*\}"), _then("substitute", "envsubst, flux build, terraform")),
    (re.compile(r"\$\([A-Za-z_][\w.-]*\)"), _then("build", "kustomize build")),
    (re.compile(r"<%.{0,200}?%>"), _then("render", "ERB")),
)
_MARKS = ("{{", "{%", "${", "$(", "<%")


def placeholder(text: str) -> Placeholder | None:
    """The first placeholder, if any."""
    if not any(mark in text for mark in _MARKS):
        return None
    for pattern, hint in _KINDS:
        found = pattern.search(text)
        if found:
            return Placeholder(found.group(), found.start(), hint)
    return None


_STANDALONE = re.compile(r"\$[A-Z_][A-Z0-9_]*|<[^<>\n]+>|__[A-Z0-9_]+__")


def stand_in(text: str) -> str:
    """What looks like a place for a real name (`$DOMAIN`, `<your-app>`, `__HOST__`), in values that are names."""
    found = _STANDALONE.search(text)
    return found.group() if found else ""
