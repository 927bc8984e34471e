"""Reports of replays: text, JSON and Markdown of their own, the other formats by the findings that traffic meets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from converter.model import Finding
from converter.model.traffic import Traffic
from converter.reporting import render
from converter.reporting.report import DEFAULT_LOOK, Look, Report
from converter.reporting.terminal import json_safe, printable
from converter.reporting.traffic.findings import findings_of

_OWN = ("text", "json", "markdown")
"""Each is a module of this package with `render(traffic, look) -> str`."""


def render_traffic(name: str, traffic: Traffic, report: Report, look: Look = DEFAULT_LOOK) -> str:
    """A replay in one of the formats.

    Args:
        name: One of `reporting.FORMATS`.
        traffic: What the printers show; its requests are shortened already.
        report: The run that was replayed: its files and objects, and the findings that traffic may meet.
        look: How it is to look.
    """
    if name not in _OWN:
        return render(name, _of_findings(traffic, report), look)
    printer: Callable[[Traffic, Look], str] = import_module(f"{__name__}.{name}").render
    text = printer(traffic, look)
    return json_safe(text) if name == "json" else printable(text, colour=look.colour)


def _of_findings(traffic: Traffic, report: Report) -> Report:
    made: Sequence[Finding] = findings_of(traffic, report.findings)
    return Report(
        report.inputs,
        report.objects,
        made,
        report.resources,
        target=report.target,
        preset=report.preset,
        fails=lambda finding: finding.code == "traffic.unannounced",
        fails_on_errors=False,
    )
