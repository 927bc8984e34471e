"""A value together with the facts that say it."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import Origin


class SourcedValue(NamedTuple):
    """What somebody configured, and where."""

    value: Any
    origins: tuple[Origin, ...] = ()
    note: str = ""


class Term(NamedTuple):
    """One condition of a Rule: rows are ORed, terms are ANDed."""

    type: str
    rows: tuple[tuple[str, ...], ...]
    key: str = ""
