"""Texts of ours in SQL."""

from __future__ import annotations


def literal(text: str) -> str:
    """A text as SQL writes it; nothing in it can end it."""
    return "'" + text.replace("\0", "").replace("'", "''") + "'"
