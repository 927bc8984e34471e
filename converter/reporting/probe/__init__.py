"""What `ing2gw probe` found, one small printer a format."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

from converter.reporting.probe.report import ProbeReport
from converter.reporting.terminal import json_safe, printable

__all__ = ["FORMATS", "ProbeReport", "render"]

FORMATS = ("text", "json", "markdown", "html", "junit")
"""Each is a module of this package with `render(report) -> str`."""


def render(name: str, report: ProbeReport) -> str:
    """The report in one of the formats."""
    printer: Callable[[ProbeReport], str] = import_module(f"converter.reporting.probe.{name}").render
    text = printer(report)
    return json_safe(text) if name == "json" else printable(text)
