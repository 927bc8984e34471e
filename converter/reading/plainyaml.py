"""The YAML that most manifests are written in, read three times as fast as by a YAML parser.

A document qualifies where every line is blank, a comment, `key:`, `key: value`, `- value` or `- key: value`, with plain
or simply quoted one-line values. At the first line that could mean anything else the reader gives up and the document
goes through libyaml; tests hold the two together.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from converter.reading.values import LETTERS, NAMES, Letter, Map, Seq, key_text, plain
from converter.reading.yamltext import Loaded, Wanted

_WORD = r"[^\s:#]++(?::[^\s:#]++)*+"
_ITEM = r"[A-Za-z0-9_/][A-Za-z0-9_/.-]*+"
_LINE = re.compile(
    r"( *+)(?:(?:#.*+)?"
    r"|(- )?(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,200}+):(?: ++|$))?"
    rf"(?:((?=[A-Za-z0-9/_.$^(~]){_WORD}(?: {_WORD})*+)|\"([^\"\\]*+)\"|'([^']*+)'"
    rf"|(\[(?:{_ITEM}(?:, {_ITEM})*+)?\]|\{{\}}))?+(?: ++#.*+)?)"
)
_HEAD = re.compile(r"---[ ]*(?:#.*)?")
_FLOW_ITEM = re.compile(_ITEM)
_MAX_DEPTH = 100
_NAMING = frozenset({"kind", "apiVersion"})


class _Line(NamedTuple):
    """What one line says."""

    at: int
    """Column of its first entry, from 0."""
    dash: bool
    key: str | None
    given: int
    """0: no value on this line | 1: `value` | 2: `value` is a list or mapping in flow style, as text."""
    value: Any
    column: int
    """Where the value starts, from 1."""


_BLANK, _OTHER = object(), object()
_LINES: dict[str, Any] = {}
"""Lines that were seen already: most lines of most manifests are the same."""
_MAX_LINES = 20_000


def _line(text: str) -> Any:
    found = _LINE.fullmatch(text)
    if found is None:
        said: Any = _OTHER
    elif found.lastindex == 1:
        said = _BLANK
    else:
        said = _entry(found)
    if len(_LINES) >= _MAX_LINES:
        _LINES.clear()
    _LINES[text] = said
    return said


def _entry(found: re.Match[str]) -> Any:
    spaces, dash, key, bare, double, single, flow = found.groups()
    known = key_text(plain(key)) if key is not None else None
    if key is not None and known is None:
        return _OTHER
    given, value, column = 1, None, 0
    if bare is not None:
        value = Letter(bare) if bare in LETTERS and key in NAMES else plain(bare)
        column = found.start(4) + 1
    elif double is not None or single is not None:
        value = double if double is not None else single
        column = (found.start(5) if double is not None else found.start(6))
    elif flow is not None:
        given, value, column = 2, flow, found.start(7) + 1
    else:
        given = 0
    if key is None and (not dash or not given):
        return _OTHER
    return _Line(len(spaces), bool(dash), known, given, value, column)


def load(text: str, number: int, wanted: Wanted) -> Loaded | None:  # noqa: PLR0912, PLR0915  (one loop, for speed)
    """The document, or None where it needs a real parser."""
    lines = text.split("\n")
    if not "".join(lines).isprintable():
        return None
    first = number
    if _HEAD.fullmatch(lines[0]):
        lines[0] = ""
        first += 1
    stack: list[tuple[int, Any]] = []  # open containers by the column of their entries
    column = -1
    current: Any = None  # the innermost of them
    pending: tuple[Map, str, int] | None = None  # a key whose value has not come yet, and its column
    root: Any = None
    number -= 1
    for raw in lines:
        number += 1
        said = _LINES.get(raw)
        if said is None:
            said = _line(raw)
        if said is _BLANK:
            continue
        if said is _OTHER:
            return None
        at, dash, key, given, value, place = said
        if given == 2:
            value = _flow(value, number, place)
        if dash:
            if pending is not None:
                owner, name, outer = pending
                pending = None
                if at >= outer:
                    stack.append((column, current))
                    column, current = at, Seq((number, at + 1))
                    owner[name] = current
                else:
                    owner[name] = None
            while column > at or (column == at and type(current) is Map):
                if not stack:
                    return None
                column, current = stack.pop()
            if type(current) is not Seq or column != at:
                return None
            if key is None:
                current.append(value)
                current.at.append((number, place))
                continue
            at += 2
            inner = Map((number, at + 1))
            current.append(inner)
            current.at.append(inner.pos)
            stack.append((column, current))
            column, current = at, inner
        else:
            if pending is not None:
                owner, name, outer = pending
                pending = None
                if at > outer:
                    inner = Map((number, at + 1))
                    owner[name] = inner
                    stack.append((column, current))
                    column, current = at, inner
                else:
                    owner[name] = None
            elif current is None:
                root = current = Map((number, at + 1))
                column = at
            while column > at or (column == at and type(current) is Seq):
                if not stack:
                    return None
                column, current = stack.pop()
            if column != at or type(current) is not Map:
                return None
        if key in current or len(stack) > _MAX_DEPTH:
            return None
        current.at[key] = (number, at + 1)
        if given:
            current[key] = value
            if not stack and key in _NAMING and _is_foreign(current, wanted):
                return Loaded(current, first, True)
        else:
            current[key] = None
            pending = (current, key, at)
    return Loaded(root, first)


def _is_foreign(root: Map, wanted: Wanted) -> bool:
    kind, version = root.get("kind"), root.get("apiVersion")
    return isinstance(kind, str) and isinstance(version, str) and not wanted(version, kind)


def _flow(text: str, line: int, column: int) -> Any:
    if text == "{}":
        return Map((line, column))
    out = Seq((line, column))
    for item in _FLOW_ITEM.finditer(text):
        out.append(plain(item.group()))
        out.at.append((line, column + item.start()))
    return out
