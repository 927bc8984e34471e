"""Losses that an Ingress accepts for itself: `ing2gw/accept: "<code>: <reason>"`, one a line."""

from __future__ import annotations

from collections.abc import Iterator

ANNOTATION = "ing2gw/accept"


def acceptances(text: str) -> Iterator[tuple[str, str, str]]:
    """Line, code and reason of each acceptance; the reason is empty where somebody left it out."""
    for line in filter(None, map(str.strip, text.splitlines())):
        code, _, reason = (part.strip() for part in line.partition(":"))
        yield line, code, reason
