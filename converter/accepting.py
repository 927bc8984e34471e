"""Losses that an Ingress accepts for itself: `ing2gw/accept: "<code>: <reason>"`, one a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from converter.options import Options
from converter.reading.inventory import Inventory

ANNOTATION = "ing2gw/accept"


def acceptances(text: str) -> Iterator[tuple[str, str, str]]:
    """Line, code and reason of each acceptance; the reason is empty where somebody left it out."""
    for line in filter(None, map(str.strip, text.splitlines())):
        code, _, reason = (part.strip() for part in line.partition(":"))
        yield line, code, reason


def with_acceptances(inventory: Inventory, options: Options) -> Options:
    """The options, with what the Ingresses accept beside what waivers do."""
    found = [
        (code, f"{one.namespace}/{one.name}", "")
        for one in inventory.ingresses if ANNOTATION in one.annotations
        for _, code, reason in acceptances(one.annotations[ANNOTATION]) if reason
    ]
    return replace(options, accepted=(*options.accepted, *found)) if found else options
