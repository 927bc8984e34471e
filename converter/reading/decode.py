"""Bytes to text, and text to documents: what is known before anything is parsed."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple


class BinaryError(ValueError):
    """Bytes that are no text."""


_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def decode(data: bytes) -> tuple[str, bool]:
    """The text, and whether all of its bytes were valid.

    Invalid bytes become lone surrogates, so that they cost the document that they are in and not its neighbours.
    """
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _lines(data[len(bom) :].decode(encoding, "replace")), True
    if b"\0" in data[:8192]:
        raise BinaryError("a binary file (it holds NUL bytes), or text in an encoding other than UTF-8")
    try:
        return _lines(data.decode("utf-8")), True
    except UnicodeDecodeError:
        return _lines(data.decode("utf-8", "surrogateescape")), False


def _lines(text: str) -> str:
    if "\r" not in text:
        return text
    return text.replace("\r\n", "\n") if "\n" in text else text.replace("\r", "\n")


def is_clean(text: str) -> bool:
    """False where bytes were invalid."""
    return not any("\udc80" <= char <= "\udcff" for char in text)


class Chunk(NamedTuple):
    """One document as text; `line` is the number of its first line, from 1."""

    text: str
    line: int


_DIRECTED = re.compile(r"^(?:%[^\n]*+\n){0,4}---(?=[ \t\r\n]|\Z)", re.M)


def _separators(text: str) -> Iterator[int]:
    """Where `---` lines start, each with the `%` lines before it."""
    if text.startswith("%") or "\n%" in text:
        yield from (found.start() for found in _DIRECTED.finditer(text))
        return
    at = 0 if text.startswith("---") else text.find("\n---") + 1 or -1
    while at >= 0:
        if text[at + 3 : at + 4] in " \t\r\n":  # (nothing at all is in it, too)
            yield at
        at = text.find("\n---", at) + 1 or -1


def split(text: str) -> Iterator[Chunk]:
    """The documents of a stream, by the `---` lines between them: a broken one cannot take others along.

    A line that starts with `---` is a separator wherever it stands, even inside of a block or a quoted text
    (YAML 1.2, 9.1.2 and rule c-forbidden).
    """
    start, line = 0, 1
    for at in _separators(text):
        if at > start:
            yield Chunk(text[start:at], line)
            line += text.count("\n", start, at)
        start = at
    yield Chunk(text[start:], line)


_KIND = re.compile(r"^kind:[ \t]*([\"']?)([A-Za-z0-9]+)\1[ \t]*(?:#.*)?\r?$", re.M)


def kind_line(text: str) -> str:
    """The kind of a document that says it in a plain line of its own, "" where that is not sure."""
    first = 0 if text.startswith("kind:") else text.find("\nkind:") + 1
    if text.find("\nkind:", first) >= 0:
        kinds = _KIND.findall(text)
        return kinds[0][1] if len(kinds) == 1 else ""
    found = _KIND.match(text, first)
    return found[2] if found is not None else ""


_METADATA = r"^metadata:[^\n]*\n(?:[ \t#][^\n]*\n|\n)*?[ ]+%s:[ \t]*[\"']?([^\s\"'#]+)"
_NAMES = {key: re.compile(_METADATA % key, re.M) for key in ("name", "namespace")}


def guessed_name(text: str, key: str = "name") -> str:
    """`metadata.name`, or `metadata.namespace`, of a document that cannot be parsed."""
    found = _NAMES[key].search(text)
    return found.group(1) if found else ""
