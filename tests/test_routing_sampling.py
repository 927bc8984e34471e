"""Examples of matchers pass the matchers they are made for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.routing.matchers import ValueMatcher
from converter.routing.pattern_samples import neighbours, samples

PATTERNS = [
    "/\\H+",
    "/\\Qa.b\\E",
    "/a(/|$)(.*)",
    "^/v[0-9]+/x",
    "/(foo|bar)/?",
    "/x{3}",
    "[^/]+",
    "/a\\.b",
    "(?i)/Api.*",
    "/\\d+/\\w+",
    "^/$",
]


@pytest.mark.parametrize("op", ["regex", "search"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_regex_examples_match(op, pattern):
    test = ValueMatcher(op, pattern)
    assert samples(test)
    assert all(test.holds(text) for text in samples(test))


@pytest.mark.parametrize(
    "test",
    [
        ValueMatcher("glob", "/a/*/b?"),
        ValueMatcher("cidr", "10.0.0.0/8"),
        ValueMatcher("range", "10.0.0.1\x0010.0.0.9"),
        ValueMatcher("label", "*.x.org"),
        ValueMatcher("domain", "*.x.org"),
        ValueMatcher("ends", ".x.org"),
        ValueMatcher("prefix", "/p"),
        ValueMatcher("segment", "/p/"),
        ValueMatcher("present"),
    ],
)
def test_other_examples_match(test):
    assert samples(test)
    assert all(test.holds(text) for text in samples(test) if test.op != "segment" or text != "/p/")


def test_never_has_no_example():
    assert samples(ValueMatcher("never", "*.x")) == ()


def test_neighbours_of_a_path():
    assert neighbours("/p") == ("/p", "/p/", "/p/x1", "/px1", "/P")


@pytest.mark.parametrize("pattern", ["/[[]a", "/[a&&b]", "/[a||b]", "/[a~~b]"])
def test_what_python_warns_of_is_literal(pattern):
    assert [ValueMatcher("search", pattern).holds(f"/{mark}") for mark in ("c", "]", "x")] == [False, False, False]
    assert any(ValueMatcher("search", pattern).holds(f"/{mark}") for mark in ("a", "[a"))


@given(st.text(max_size=30))
def test_no_pattern_breaks_the_sampler(pattern):
    for text in samples(ValueMatcher("search", pattern)):
        assert ValueMatcher("search", pattern).holds(text)
