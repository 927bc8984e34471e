"""RE2's syntax, held against what Go's regexp said of the same patterns (tools/record_re2.py)."""

import json
from pathlib import Path

import pytest

from converter.routing.re2 import re2_error
from converter.routing.regex import compiled, re2_problem

TABLE = json.loads((Path(__file__).parent / "data" / "re2.json").read_text(encoding="utf-8"))


def test_the_recorded_patterns():
    wrong = {
        pattern: re2_error(pattern) for pattern, valid in TABLE.items() if valid is not (re2_error(pattern) is None)
    }
    assert not wrong
    assert sum(TABLE.values()) > 200
    assert len(TABLE) - sum(TABLE.values()) > 200


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("/x(?=y)", "look-around"),
        ("/(?<!x)y", "look-around"),
        ("(?>a)", "atomic group"),
        (r"(a)\1", "back-reference"),
        ("a++", "possessive"),
        ("a**", "quantifier on a quantifier"),
        ("*a", "nothing before it"),
        ("(?1)", "recursion"),
        ("a{1001}", "above 1000"),
        ("(a{100}){100}", "multiply"),
        ("a{3,2}", "below its start"),
        (r"\h", r"escape \h"),
        (r"a\Z", r"escape \Z"),
        (r"\K", r"escape \K"),
        ("[[:foo:]]", "unknown class"),
        (r"\p{Foo}", "Unicode"),
        ("(a", "not closed"),
        ("a)", "closing"),
        ("[a", "not closed"),
        ("[z-a]", "below its start"),
        ("a\\", "backslash"),
        ("(?P<a>x)(?P<a>y)", "two groups"),
        ("(?#c)", "comment"),
    ],
)
def test_words_for_what_it_cannot_do(pattern, words):
    assert words in (re2_problem(pattern) or "")


@pytest.mark.parametrize(
    ("pattern", "text", "matches"),
    [
        (r"^/a\z", "/a\n", False),
        (r"^/a\Z", "/a\n", True),
        (r"/(?<id>\d+)", "/42", True),
        (r"\Qa.b\E", "axb", False),
        (r"\Qa.b\E", "a.b", True),
        ("[[:digit:]]+", "x7", True),
        ("[[:alpha:]_]", "_", True),
        (r"a\hb", "a\tb", True),
        ("^(?i)/shop", "/SHOP", True),
    ],
)
def test_python_reads_the_same_pattern(pattern, text, matches):
    assert (compiled(pattern).search(text) is not None) is matches
