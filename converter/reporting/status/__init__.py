"""What `ing2gw status` found, one small printer a format."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from converter.reporting.report import DEFAULT_LOOK, Look
from converter.reporting.terminal import json_safe, printable
from converter.status.check import IngressStatus

__all__ = ["FORMATS", "render_status"]

FORMATS = ("text", "json", "markdown", "html", "junit", "github")
"""Each is a module of this package with `render(statuses, look) -> str`."""


def render_status(name: str, statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """The status of Ingresses in one of the formats."""
    printer: Callable[[Sequence[IngressStatus], Look], str] = import_module(f"{__name__}.{name}").render
    text = printer(statuses, look)
    return json_safe(text) if name == "json" else printable(text, commands=name == "github")
