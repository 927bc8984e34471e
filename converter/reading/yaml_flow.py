"""Mappings and lists in flow style on one line, as `{name: web, port: {number: 80}}`; see `yaml_subset.py`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from converter.reading.positioned import (
    AMBIGUOUS_BOOLEANS,
    NAMES,
    AmbiguousBoolean,
    Map,
    Seq,
    key_text,
    unquoted_scalar,
)

ITEM = r"[A-Za-z0-9_/][A-Za-z0-9_/.-]*+"
"""A plain value that no reader can take for anything else."""
_FLOW = re.compile(rf"([\[{{]) *| *([\]}}])|(, +)|({ITEM}): +|({ITEM})(?=[,\]}} ])|'([^']*)'(?!')|\"([^\"\\]*)\"")
"""An opening bracket, a closing one, a comma, a key, a plain value, and quoted ones."""


class OtherFormError(ValueError):
    """What this reader leaves to a real parser."""


@lru_cache(maxsize=1024)
def read_key(text: str) -> str | None:
    """A key as it is read; None where it is no text."""
    return key_text(unquoted_scalar(text))


def read_flow(text: str, line: int, column: int) -> Any:
    """A mapping or list in flow style; raises OtherFormError where a real parser has to decide."""
    stack: list[Any] = []
    current: Any = None
    key: str | None = None
    due, end = True, 0  # an entry may come; how far the text is read
    for found in _FLOW.finditer(text):
        form, at = found.lastindex, (line, column + found.start())
        if found.start() != end:
            raise OtherFormError
        end = found.end()
        if form == 2:
            if not stack or key is not None or (due and current) or (type(current) is Map) != (found[2] == "}"):
                raise OtherFormError
            root, current, due = current, stack.pop(), False
            if current is None and end == len(text):
                return root
        elif form == 3:
            if due or current is None:
                raise OtherFormError
            due = True
        elif form == 4:
            key = _key_due(current, found[4]) if due and key is None else None
            if key is None:
                raise OtherFormError
            current.at[key] = at
        elif not due or (current is None and stack):
            raise OtherFormError
        else:
            value = _container(found[1], at) if form == 1 else _flow_scalar(found, key)
            _put(current, key, value, at)
            key, due = None, form == 1
            if form == 1:
                stack.append(current)
                current = value
    raise OtherFormError


def _key_due(current: Any, text: str) -> str | None:
    known = read_key(text) if type(current) is Map else None
    return None if known in (current or ()) else known


def _container(bracket: str, at: tuple[int, int]) -> Any:
    return Map(at) if bracket == "{" else Seq(at)


def _flow_scalar(found: re.Match[str], key: str | None) -> Any:
    text = found[5]
    if text is None:
        return found[found.lastindex or 0]
    return AmbiguousBoolean(text) if text in AMBIGUOUS_BOOLEANS and key in NAMES else unquoted_scalar(text)


def _put(current: Any, key: str | None, value: Any, at: tuple[int, int]) -> None:
    if type(current) is Seq:
        current.append(value)
        current.at.append(at)
    elif key is not None:
        current[key] = value
    elif current is not None:
        raise OtherFormError
