"""Comments in written manifests: a line above the field that it is about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.writing.field_lines import field_lines


def commented(text: str, body: Mapping[str, Any], comments: Mapping[str, str]) -> str:
    """A manifest with comments.

    Args:
        text: The manifest as `yaml.dump` writes it.
        body: What it holds.
        comments: Dotted path of a field -> what stands above it, one line.
    """
    known = field_lines(body)
    above: dict[int, list[str]] = {}
    for field, comment in comments.items():
        if field in known:
            above.setdefault(known[field][0], []).append(comment)
    out = []
    for number, line in enumerate(text.split("\n"), 1):
        indent = line[: len(line) - len(line.lstrip(" "))]
        out += [f"{indent}# {comment}" for comment in above.get(number, ())]
        out.append(line)
    return "\n".join(out)
