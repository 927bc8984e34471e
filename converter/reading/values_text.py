"""YAML that stands as text inside of another document."""

from __future__ import annotations

from converter.reading.positioned import Map


def mapping_of(text: str) -> Map | None:
    """The mapping that a text holds, None where it holds none. Its positions are those in the text."""
    from converter.reading.load import Broken, load

    try:
        first = next(iter(load(text.encode("utf-8", "surrogateescape"), every=True)), None)
    except ValueError:
        return None
    if first is None or isinstance(first, Broken) or not isinstance(first.value, Map):
        return None
    return first.value
