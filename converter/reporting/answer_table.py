"""The headers of two responses side by side: those that differ, or all of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from converter.reporting.describe import LONGEST_HEADER, REMOVED, cut, describe_answer
from converter.reporting.terminal import clean

ABSENT = "-"
Answer = Mapping[str, Any] | None


class HeaderRow(NamedTuple):
    """One header, before and after."""

    name: str
    before: str
    after: str


def describe_head(answer: Answer) -> str:
    """Status, Location, backends, and the host and path that these get; no other header."""
    if not answer:
        return describe_answer(answer)
    upstream = {key: value for key, value in (answer.get("upstream") or {}).items() if key != "headers"}
    return describe_answer({**answer, "upstream": upstream, "response_headers": {}})


def header_lines(before: Answer, after: Answer, *, every: bool = False, indent: str = "  ") -> Iterator[str]:
    """A heading and one aligned line a header.

    Args:
        before: The response before, as `Decision.to_answer` gives it; None where there is none.
        after: The response after.
        every: All headers, uncut; otherwise those that differ.
        indent: In front of each line.

    Yields:
        Lines; none where there is no header to show.
    """
    rows = [*header_rows(before, after, every=every)]
    if rows:
        table = [HeaderRow("", "before", "after"), *rows]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        for row in table:
            padded = (text.ljust(width) for text, width in zip(row, widths, strict=True))
            yield f"{indent}{'  '.join(padded)}".rstrip()


def header_rows(before: Answer, after: Answer, *, every: bool = False) -> Iterator[HeaderRow]:
    """Headers that a backend gets, where both sides have one, then those of the response."""
    served = [(side or {}).get("upstream") or {} for side in (before, after)]
    if all(served) or every:
        yield from _rows("request header", [side.get("headers") for side in served], every)
    yield from _rows("response header", [(side or {}).get("response_headers") for side in (before, after)], every)


def _rows(title: str, sides: Sequence[Mapping[str, Any] | None], every: bool) -> Iterator[HeaderRow]:
    names = dict.fromkeys(name for side in sides for name in side or ())
    for name in sorted(names):
        values = [_value(side or {}, name, every) for side in sides]
        if every or values[0] != values[1]:
            yield HeaderRow(f"{title} {clean(name)}", *values)


def _value(side: Mapping[str, Any], name: str, every: bool) -> str:
    if name not in side:
        return ABSENT
    text = REMOVED if side[name] is None else clean(str(side[name]))
    return text if every else cut(text, LONGEST_HEADER)
