"""Examples of matchers pass the matchers they are made for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.routing.matching import Test
from converter.routing.sampling import neighbours, samples

PATTERNS = ["/\\H+", "/\\Qa.b\\E", "/a(/|$)(.*)", "^/v[0-9]+/x", "/(foo|bar)/?", "/x{3}", "[^/]+", "/a\\.b", "(?i)/Api.*", "/\\d+/\\w+", "^/$"]


@pytest.mark.parametrize("op", ["regex", "search"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_regex_examples_match(op, pattern):
    test = Test(op, pattern)
    assert samples(test)
    assert all(test.holds(text) for text in samples(test))


@pytest.mark.parametrize("test", [
    Test("glob", "/a/*/b?"), Test("cidr", "10.0.0.0/8"), Test("range", "10.0.0.1\x0010.0.0.9"), Test("label", "*.x.org"),
    Test("domain", "*.x.org"), Test("ends", ".x.org"), Test("prefix", "/p"), Test("segment", "/p/"), Test("present"),
])
def test_other_examples_match(test):
    assert samples(test)
    assert all(test.holds(text) for text in samples(test) if test.op != "segment" or text != "/p/")


def test_never_has_no_example():
    assert samples(Test("never", "*.x")) == ()


def test_neighbours_of_a_path():
    assert neighbours("/p") == ("/p", "/p/", "/p/x1", "/px1", "/P")


@pytest.mark.parametrize("pattern", ["/[[]a", "/[a&&b]", "/[a||b]", "/[a~~b]"])
def test_what_python_warns_of_is_literal(pattern):
    assert [Test("search", pattern).holds(f"/{mark}") for mark in ("c", "]", "x")] == [False, False, False]
    assert any(Test("search", pattern).holds(f"/{mark}") for mark in ("a", "[a"))


@given(st.text(max_size=30))
def test_no_pattern_breaks_the_sampler(pattern):
    for text in samples(Test("search", pattern)):
        assert Test("search", pattern).holds(text)
