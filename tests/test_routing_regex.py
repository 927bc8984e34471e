"""Patterns as PCRE and RE2 read them, compiled for Python."""

from __future__ import annotations

import pytest

from converter.routing.regex import compiled


@pytest.mark.parametrize(
    ("pattern", "taken", "missed"),
    [
        ("/q(?i)abc", ["/qABC", "/qabc"], ["/QABC"]),
        ("^(?i)/x", ["/X"], ["/y"]),
        ("/a(?i)b|/c[|d]", ["/aB", "/C|"], ["/AB", "/c"]),
        ("/(a(?i)b)", ["/aB"], ["/c"]),
        (r"/x\|(?i)y", ["/x|Y"], ["/X|y"]),
    ],
)
def test_a_later_case_flag_holds_for_what_follows_it(pattern: str, taken: list[str], missed: list[str]):
    known = compiled(pattern)
    assert known is not None
    assert [text for text in taken if not known.fullmatch(text)] == []
    assert [text for text in missed if known.fullmatch(text)] == []
