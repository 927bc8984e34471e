"""The YAML that most manifests are written in, read five times as fast as by a YAML parser.

It takes 0.4 of 2.6 s from a run over 2,000 Ingresses as kubectl writes them, and 0.25 s where backends are in braces.
A document qualifies where every line is blank, a comment, `key:`, `key: value`, `- value` or `- key: value`, with plain
or simply quoted values or mappings and lists in flow style, all on one line. At the first line that could mean anything
else the reader gives up and the document goes through libyaml; tests hold the two together.
"""

from __future__ import annotations

import re
from typing import Any

from converter.reading.positioned import (
    AMBIGUOUS_BOOLEANS,
    NAMES,
    AmbiguousBoolean,
    Map,
    Seq,
    unquoted_scalar,
)
from converter.reading.yaml_events import Loaded, Wanted
from converter.reading.yaml_flow import ITEM, OtherFormError, read_flow, read_key

_SCALAR = r"[^\s:#]++(?::[^\s:#]++)*+"
_LINE = re.compile(
    r"( *+)(?:(?:#.*+)?"
    r"|(- )?(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,200}+):(?: ++|$))?"
    rf"(?:((?=[A-Za-z0-9/_.$^(~]){_SCALAR}(?: {_SCALAR})*+)|\"([^\"\\]*+)\"|'([^']*+)'"
    rf"|(\[(?:{ITEM}(?:, {ITEM})*+)?\]|\{{\}}|[\[{{](?:[A-Za-z0-9_/.,:{{}}\[\] -]|'[^']*'|\"[^\"\\]*\")*+(?<=[\]}}]))"
    r")?+(?: ++#.*+)?)"
)
_HEAD = re.compile(r"---[ ]*(?:#.*)?")
_MAX_DEPTH = 100
_NAMING = frozenset({"kind", "apiVersion"})


_Line = tuple[int, bool, str | None, int, Any, int]
"""What one line says: the column of its first entry, from 0 | whether it starts with a dash | its key | 0 where no
value stands on it, 1 for a value, 2 for a list or mapping as text in flow style | that value | its column, from 1."""
_BLANK: _Line | tuple[()] = ()
_OTHER = False
_LINES: dict[str, Any] = {}
"""Lines that were seen already: most lines of most manifests are the same."""
_MAX_LINES = 4096


def _line(text: str) -> Any:
    found = _LINE.fullmatch(text)
    if found is None:
        said: Any = _OTHER
    else:
        said = _BLANK if found.lastindex == 1 else _entry(found)
    if len(_LINES) >= _MAX_LINES:
        _LINES.clear()
    _LINES[text] = said
    return said


def _entry(found: re.Match[str]) -> Any:
    form, key = found.lastindex, found[3]
    known = read_key(key) if key is not None else None
    if key is not None and known is None:
        return _OTHER
    given, value, column = 1, None, 0
    if form == 4:
        bare = found[4]
        value = AmbiguousBoolean(bare) if bare in AMBIGUOUS_BOOLEANS and key in NAMES else unquoted_scalar(bare)
        column = found.start(4) + 1
    elif form in (5, 6):
        value, column = found[form], found.start(form)
    elif form == 7:
        given, value, column = 2, found[7], found.start(7) + 1
    else:
        given = 0
    dash = found[2] is not None
    if key is None and (not dash or not given):
        return _OTHER
    return found.end(1), dash, known, given, value, column


def load(text: str, number: int, wanted: Wanted) -> Loaded | None:
    """The document, or None where it needs a real parser."""
    try:
        return _load(text, number, wanted)
    except OtherFormError:
        return None


def _load(text: str, number: int, wanted: Wanted) -> Loaded | None:  # noqa: PLR0912, PLR0915  (one loop, for speed)
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
    pending: str | None = None  # its last key, where the value has not come yet
    root: Any = None
    known = _LINES.get
    number -= 1
    for raw in lines:
        number += 1
        said = known(raw)
        if not said:
            if said is None:
                said = _line(raw)
            if said is _BLANK:
                continue
            if said is _OTHER:
                return None
        at, dash, key, given, value, place = said
        if dash:
            if pending is not None:
                if at >= column:
                    inner: Any = Seq((number, at + 1))
                    current[pending] = inner
                    stack.append((column, current))
                    column, current = at, inner
                pending = None
            while column > at or (column == at and type(current) is Map):
                if not stack:
                    return None
                column, current = stack.pop()
            if type(current) is not Seq or column != at:
                return None
            if key is None:
                current.append(read_flow(value, number, place) if given == 2 else value)
                current.at.append((number, place))
                continue
            at += 2
            start = (number, at + 1)
            inner = Map(start)
            current.append(inner)
            current.at.append(start)
            stack.append((column, current))
            column, current = at, inner
        else:
            start = (number, at + 1)
            if (pending is not None and at > column) or current is None:
                inner = Map(start)
                if pending is None:
                    root = inner
                else:
                    current[pending] = inner
                    stack.append((column, current))
                column, current = at, inner
            elif column != at or type(current) is not Map:
                while column > at or (column == at and type(current) is Seq):
                    if not stack:
                        return None
                    column, current = stack.pop()
                if column != at or type(current) is not Map:
                    return None
            pending = None
        if key in current or len(stack) > _MAX_DEPTH:
            return None
        current.at[key] = start
        if given:
            current[key] = read_flow(value, number, place) if given == 2 else value
            if not stack and key in _NAMING and _is_foreign(current, wanted):
                return Loaded(current, first, True)
        else:
            current[key] = None
            pending = key
    return Loaded(root, first)


def _is_foreign(root: Map, wanted: Wanted) -> bool:
    kind, version = root.get("kind"), root.get("apiVersion")
    return isinstance(kind, str) and isinstance(version, str) and not wanted(version, kind)
