"""The YAML that most manifests are written in, read three times as fast as by a YAML parser.

A document qualifies where every line is blank, a comment, `key:`, `key: value`, `- value` or `- key: value`, with plain
or simply quoted one-line values. At the first line that could mean anything else the reader gives up and the document
goes through libyaml; tests hold the two together.
"""

from __future__ import annotations

import re
from typing import Any

from converter.reading.values import LETTERS, NAMES, Letter, Map, Seq, key_text, plain
from converter.reading.yamltext import Loaded, Wanted

_WORD = r"[^\s:#]++(?::[^\s:#]++)*+"
_ITEM = r"[A-Za-z0-9_/][A-Za-z0-9_/.-]*+"
_LINE = re.compile(
    r"( *+)(?:(?:#[^\n]*+)?\n"
    r"|(- )?(?:([A-Za-z0-9_][A-Za-z0-9_./-]{0,200}+):(?: ++|(?=\n)))?"
    rf"(?:((?=[A-Za-z0-9/_.$^(~]){_WORD}(?: {_WORD})*+)|\"([^\"\\\n]*+)\"|'([^'\n]*+)'"
    rf"|(\[(?:{_ITEM}(?:, {_ITEM})*+)?\]|\{{\}}))?+(?: ++#[^\n]*+)?\n)"
)
_HEAD = re.compile(r"---[ ]*(?:#[^\n]*)?\n")
_FLOW_ITEM = re.compile(_ITEM)
_KEYS: dict[str, str | None] = {}
_MAX_DEPTH = 100
_NAMING = frozenset({"kind", "apiVersion"})


def load(text: str, line: int, wanted: Wanted) -> Loaded | None:  # noqa: PLR0912, PLR0915  (a loop over lines; one piece for speed)
    """The document, or None where it needs a real parser."""
    if not text.replace("\n", "").isprintable():
        return None
    if text[-1:] != "\n":
        text += "\n"
    head = _HEAD.match(text)
    start = head.end() if head else 0
    line += bool(head)
    first = line
    stack: list[tuple[int, Any]] = []  # open containers by the column of their entries
    column = -1
    current: Any = None  # the innermost of them
    pending: tuple[Map, str, int] | None = None  # a key whose value has not come yet, and its column
    root: Any = None
    end = start
    for found in iter(_LINE.scanner(text, start).match, None):  # type: ignore[attr-defined]
        end = found.end()
        if found.lastindex == 1:  # blank, or a comment
            line += 1
            continue
        at = found.end(1) - found.start()
        _, dash, key, bare, double, single, flow = found.groups()
        value: Any
        if bare is not None:
            value = Letter(bare) if bare in LETTERS and key in NAMES else plain(bare)
        elif double is not None:
            value = double
        elif single is not None:
            value = single
        elif flow is not None:
            value = _flow(flow, line, found.start(7) - found.start() + 1)
        else:
            value = None
        empty = bare is None and double is None and single is None and flow is None
        if dash:
            if pending is not None:
                owner, name, place = pending
                pending = None
                if at >= place:
                    stack.append((column, current))
                    column, current = at, Seq((line, at + 1))
                    owner[name] = current
                else:
                    owner[name] = None
            while column > at or (column == at and type(current) is Map):
                if not stack:
                    return None
                column, current = stack.pop()
            if type(current) is not Seq or column != at:
                return None
            at += 2
            if key is None:
                if empty:
                    return None
                current.append(value)
                current.at.append((line, (found.start(4) if bare is not None else found.end(2)) - found.start() + 1))
                line += 1
                continue
            inner = Map((line, at + 1))
            current.append(inner)
            current.at.append(inner.pos)
            stack.append((column, current))
            column, current = at, inner
        elif key is None:
            return None
        else:
            if pending is not None:
                owner, name, place = pending
                pending = None
                if at > place:
                    inner = Map((line, at + 1))
                    owner[name] = inner
                    stack.append((column, current))
                    column, current = at, inner
                else:
                    owner[name] = None
            elif current is None:
                if root is not None:
                    return None
                root = current = Map((line, at + 1))
                column = at
            while column > at or (column == at and type(current) is Seq):
                if not stack:
                    return None
                column, current = stack.pop()
            if column != at or type(current) is not Map:
                return None
        known = _KEYS.get(key)
        if known is None:
            known = key_text(plain(key))
            if known is None:
                return None
            if len(_KEYS) < 10000:
                _KEYS[key] = known
        if known in current or len(stack) > _MAX_DEPTH:
            return None
        current.at[known] = (line, at + 1)
        if empty:
            current[known] = None
            pending = (current, known, at)
        else:
            current[known] = value
            if not stack and known in _NAMING and _is_foreign(current, wanted):
                return Loaded(current, first, True)
        line += 1
    return Loaded(root, first) if end == len(text) else None


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
