"""The words that several messages have in common, with a dot-dot-dot for what differs."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import SequenceMatcher

MOST = 12
"""So many messages are compared; those of one group differ in names and numbers alone."""


SHOWN = 3
"""Texts that share little are shown one by one, so many of them."""


def summary(texts: Sequence[str]) -> str:
    """What the texts have in common where that is most of them; otherwise the texts themselves."""
    different = list(dict.fromkeys(texts))
    shared = common(different)
    kept = sum(not word.startswith("…") for word in shared.split())
    longest = max((len(text.split()) for text in different), default=0)
    if kept * 2 >= longest:
        return shared
    left = len(different) - SHOWN
    return " / ".join([*different[:SHOWN], *([f"{left:,} more (-v lists all)"] if left > 0 else [])])


def common(messages: Sequence[str]) -> str:
    """`Ingress … has the same host` for messages that differ in one word; one message as it is."""
    if len(messages) < 2:
        return "".join(messages)
    words = messages[0].split()
    for other in messages[1:MOST]:
        words = _shared(words, other.split())
    return " ".join(words)


def _shared(one: list[str], other: list[str]) -> list[str]:
    if one == other:
        return one
    out: list[str] = []
    mine = theirs = 0
    for block in SequenceMatcher(None, one, other, autojunk=False).get_matching_blocks():
        gap = block.a > mine or block.b > theirs
        if gap and out[-1:] != ["…"]:
            out.append(f"…{_end(one[mine : block.a], other[theirs : block.b])}")
        for word in one[block.a : block.a + block.size]:
            if word != "…" or out[-1:] != ["…"]:
                out.append(word)
        mine, theirs = block.a + block.size, block.b + block.size
    return out


def _end(*gaps: list[str]) -> str:
    """The punctuation that what is left out ends with everywhere, without which its sentence would run on."""
    ends = {gap[-1][-1] if gap else "" for gap in gaps}
    end = ends.pop()
    return end if not ends and end in set(",:;.") else ""
