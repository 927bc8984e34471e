"""One small printer a format, all from the same list of findings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from converter.reporting.report import DEFAULT_LOOK, Look, Report, report_of
from converter.reporting.terminal import json_safe, printable

__all__ = ["DEFAULT_LOOK", "FORMATS", "Look", "Report", "render", "report_of"]

FORMATS = ("text", "json", "markdown", "html", "sarif", "github", "junit")
"""Each is a module of this package with `render(report, look) -> str`."""
_MACHINES = ("json", "sarif", "html")
"""Formats that are JSON, or hold all of their texts as JSON."""


def render(name: str, report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The report in one of the formats."""
    printer: Callable[[Report, Look], str] = import_module(f"converter.reporting.{name}").render
    text = printer(report, look)
    if name in _MACHINES:
        return json_safe(text)
    return printable(text, colour=look.colour, commands=name == "github")
