"""Paths that objects of the input name."""

from __future__ import annotations

import os
from typing import Any


def is_path(value: Any) -> bool:
    """False for what no file can be called: other types, more than one line, NUL, half a character."""
    if not isinstance(value, str) or "\n" in value or "\0" in value:
        return False
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        return False
    return True
