"""Text to documents with positions; a broken document costs only itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from converter.reading import json_text, relevant_kinds, yaml_events, yaml_subset
from converter.reading.decode import Chunk, decode, is_clean, kind_line, split
from converter.reading.positioned import DocumentError
from converter.reading.templates import placeholder
from converter.reading.yaml_events import Loaded, Wanted


class Broken(NamedTuple):
    """A document that could not be read."""

    error: DocumentError
    chunk: Chunk
    template: str
    """The placeholder that is the likely cause."""


FOREIGN = Loaded(None, 0, True)


def load(data: bytes, suffix: str = "", every: bool = False) -> Iterator[Loaded | Broken]:
    """The documents of a file; raises `text.BinaryError` where the bytes are no text. Empty documents are left out.

    Objects of kinds that nobody wants are not read further than their kind, unless `every` says so.
    """
    wanted = _any if every else relevant_kinds.wanted
    text, clean = decode(data)
    for chunk in split(text):
        kind = kind_line(chunk.text)
        if kind and not every and relevant_kinds.passes_by(kind, chunk.text):
            yield FOREIGN
            continue
        if not clean and not is_clean(chunk.text):
            line = chunk.line + chunk.text.count("\n", 0, next(i for i, c in enumerate(chunk.text) if not is_clean(c)))
            yield Broken(DocumentError("bytes that are not UTF-8", line, 1, "save the file as UTF-8"), chunk, "")
            continue
        try:
            for loaded in _documents(chunk, suffix, wanted):
                if loaded.value is not None:
                    yield loaded
        except DocumentError as error:
            yield _broken(error, chunk)


def _any(_version: str, _kind: str) -> bool:
    return True


def _documents(chunk: Chunk, suffix: str, wanted: Wanted) -> Iterator[Loaded]:
    simple = yaml_subset.load(chunk.text, chunk.line, wanted)
    if simple is not None:
        yield simple
        return
    body = chunk.text.removeprefix("---").lstrip()
    if body[:1] not in ("{", "[") or body[:2] == "{{":
        yield from yaml_events.load(chunk.text, chunk.line, wanted)
        return
    skipped = chunk.text[: len(chunk.text) - len(body)]
    try:
        found = list(json_text.load(body, chunk.line + skipped.count("\n"), wanted))
    except DocumentError:
        if suffix == ".json":
            raise
        found = list(yaml_events.load(chunk.text, chunk.line, wanted))
    yield from found


def _broken(error: DocumentError, chunk: Chunk) -> Broken:
    found = placeholder(chunk.text) if "{{" in chunk.text or "{%" in chunk.text or "<%" in chunk.text else None
    if found is None:
        return Broken(error, chunk, "")
    line = chunk.line + chunk.text.count("\n", 0, found.offset)
    shown = " ".join(found.text.split())[:60]
    message = f"unrendered template: {shown} in line {line} is not YAML ({error.message})"
    return Broken(DocumentError(message, error.line, error.column, found.hint), chunk, shown)
