"""Durations and quantities as Kubernetes writes them."""

from __future__ import annotations

import re

_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_PART = re.compile(r"(\d+)(ms|h|m|s)")
_SIZES = {
    "": 1,
    "k": 10**3,
    "M": 10**6,
    "G": 10**9,
    "T": 10**12,
    "Ki": 2**10,
    "Mi": 2**20,
    "Gi": 2**30,
    "Ti": 2**40,
    "m": 0,
}


def seconds(text: object) -> float | None:
    """`1h2m3s4ms` in seconds; None where it is no duration."""
    parts = _PART.findall(str(text)) if text is not None else []
    return sum(int(count) * _UNITS[unit] for count, unit in parts) if parts else None


def as_duration(number: float) -> str:
    """Seconds as Gateway API writes them: whole units, no fractions."""
    if number == int(number) and number <= 99_999:
        return f"{int(number)}s"
    milliseconds = max(1, round(number * 1000))
    return f"{milliseconds}ms" if milliseconds <= 99_999 else f"{min(99_999, milliseconds // 3_600_000)}h"


def quantity(text: object) -> int | None:
    """`1Mi` in bytes; None where it is no quantity."""
    found = re.fullmatch(r"([0-9.]+)([A-Za-z]*)", str(text).strip())
    if found is None or found.group(2) not in _SIZES:
        return None
    return int(float(found.group(1)) * _SIZES[found.group(2)])
