"""One small printer a format, all from the same list of findings."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from converter.reporting.report import PLAIN, Look, Report, report_of

__all__ = ["FORMATS", "PLAIN", "Look", "Report", "render", "report_of"]

FORMATS = ("text", "json", "markdown", "html", "sarif", "github", "junit")
"""Each is a module of this package with `render(report, look) -> str`."""


def render(name: str, report: Report, look: Look = PLAIN) -> str:
    """The report in one of the formats."""
    printer: Callable[[Report, Look], str] = import_module(f"converter.reporting.{name}").render
    return printer(report, look)
