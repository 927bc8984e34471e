"""Numbers in texts that anybody may have written."""

from __future__ import annotations

_MOST_DIGITS = 18


def natural_number(text: str) -> int | None:
    """A number of ASCII digits as C programs read it; None for anything else, or more digits than any of them takes.

    `str.isdigit` is true of digits that `int` refuses, and `int` refuses thousands of digits.
    """
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
