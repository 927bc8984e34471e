"""Characters of paths that no expression distinguishes, such as the digits of identifiers under `/items/[0-9]+`.

Where rules look deep into paths, each distinct path would be asked by itself. Two paths that differ in such characters
alone match the same expressions, as RE2 and PCRE test one character at a time against literals and classes.
"""

from __future__ import annotations

import re
import string
import warnings
from collections.abc import Iterable

_ATOM = re.compile(r"\[\^?\]?(?:\\.|[^\]\\])*\]|\\.|.", re.DOTALL)
"""A class, an escape or a character; digits and names inside of groups and repetitions only distinguish more."""
_UNUSUAL = re.compile(r"\\[^\WdDwWsSbBAzZ]|\[[:.=]")
"""Escapes by number or name, and classes of POSIX: no character stands for another one then."""
_ALPHABET = string.digits + string.ascii_letters


def interchangeable(expressions: Iterable[str]) -> tuple[str, str]:
    """Characters, and at the same places those that stand for them: two texts of the same length.

    Args:
        expressions: Everything that rules compare paths with, regular expressions and texts.
    """
    texts = list(expressions)
    if any(_UNUSUAL.search(text) for text in texts):
        return "", ""
    atoms = sorted({atom for text in texts for atom in _ATOM.findall(text)})
    with warnings.catch_warnings(action="ignore", category=FutureWarning):  # ("[[" is a set of two in Python's future)
        tests = [test for atom in atoms for test in _tests(atom)]
    first: dict[tuple[bool, ...], str] = {}
    given, shown = [], []
    for char in _ALPHABET:
        kept = first.setdefault(tuple(test.fullmatch(char) is not None for test in tests), char)
        if kept != char:
            given.append(char)
            shown.append(kept)
    return "".join(given), "".join(shown)


def _tests(atom: str) -> list[re.Pattern[str]]:
    """What a character is tested by, with and without regard to its case; an atom of another dialect is a text."""
    try:
        return [re.compile(atom), re.compile(atom, re.IGNORECASE)]
    except re.error:
        return [re.compile(f"[{re.escape(atom)}]", re.IGNORECASE)]
