"""What somebody may have meant who misspelt a name."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 6


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """`; did you mean shop?`, else the names that there are; "" where there are none."""
    names = sorted(set(known))
    near = get_close_matches(name, names, 1, 0.6)
    if near:
        return f"; did you mean {near[0]}?"
    more = f" and {len(names) - _MOST:,} more" if names[_MOST:] else ""
    return f"; there are {', '.join(names[:_MOST])}{more}" if names else ""
