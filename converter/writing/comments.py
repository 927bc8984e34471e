"""Comments in written manifests: a line above the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.writing.field_lines import first_lines


def commented(text: str, body: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """A manifest with comments.

    Args:
        text: The manifest as `yaml.dump` writes it.
        body: What it holds.
        comments: Dotted path of a field -> what stands above it, one line.
    """
    known = first_lines(body, comments)
    above: dict[int, list[str]] = {}
    for field, comment in comments.items():
        if field in known:
            above.setdefault(known[field], []).append(comment)
    lines = text.split("\n")
    for number in sorted(above, reverse=True):  # from below, so that the numbers of the others stay
        line = lines[number - 1]
        indent = line[: len(line) - len(line.lstrip(" "))]
        lines[number - 1 : number - 1] = [f"{indent}# {comment}" for comment in above[number]]
    return "\n".join(lines)
