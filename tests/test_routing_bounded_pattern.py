"""Expressions that backtracking engines try for ever are decided all the same, and like Python decides them."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.routing.bounded_pattern import BoundedPattern, is_endless
from converter.routing.regex import compiled
from tests.complete import broken_promises
from tests.targets_input import ingress, run

ENDLESS = [
    "^/(a+)+$",
    "/(" + "(a+)+" * 12 + ")$",
    "^(/[^/]+)*/x$",
    r"^/(?:\w+\s?)*$",
    "^/(a|aa)+$",
    "^/.*.*.*.*.*.*.*=.*x$",
    "^/(?!x)(a+)+$",
    "^/((((a{1,64}){1,64}){1,64}){1,64})b$",
    "^/([a-z]+)*(?=y)y$",
]
ATOMS = st.sampled_from(
    ["a", "b", "/", ".", "[ab]", "[^a]", r"\w", r"\d", "(?=a)", "(?!b)", "^", "$", r"\b", "(?<=a)", ""]
)


def _joined(children):
    return st.one_of(
        st.lists(children, min_size=1, max_size=3).map("".join),
        st.tuples(children, children).map(lambda two: f"(?:{two[0]}|{two[1]})"),
        st.tuples(children, st.sampled_from(["*", "+", "?", "{2}", "{1,3}", "*?"])).map(
            lambda two: f"({two[0]}){two[1]}"
        ),
    )


PATTERNS = st.recursive(ATOMS, _joined, max_leaves=8)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=300)
@given(PATTERNS, st.text("ab/A1\n", max_size=7), st.booleans())
def test_it_decides_like_python(pattern, text, folded):
    try:
        known = re.compile(pattern, re.ASCII | (re.IGNORECASE if folded else 0))
    except re.error:
        return
    bounded = BoundedPattern(known)
    for one, other in ((bounded.fullmatch(text), known.fullmatch(text)), (bounded.search(text), known.search(text))):
        assert (one and (one.span(), one.groups())) == (other and (other.span(), other.groups()))
    assert bounded.sub(lambda found: "x", text) == known.sub("x", text)
    assert [one.span() for one in bounded.finditer(text)] == [one.span() for one in known.finditer(text)]


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_text_that_is_nearly_taken_is_decided(pattern):
    found = compiled(pattern, True)
    assert found is not None
    for text in ("/" + "a" * 60 + "!", "/a" * 40 + "!", "/" + "=" * 40):
        assert found.fullmatch(text) is None


@pytest.mark.parametrize("pattern", ["^/api/(.*)$", "/a+", "^/(a|b)(/|$)(.*)", "(?i).*(%2f|%5c).*", "^/([0-9]{3}-)+x"])
def test_ordinary_expressions_are_pythons_own(pattern):
    assert not is_endless(re.compile(pattern)) or pattern.endswith("+x")


@pytest.mark.parametrize("pattern", ENDLESS)
def test_a_repository_with_such_a_path_is_converted(pattern):
    annotations = {"nginx.ingress.kubernetes.io/use-regex": "true"}
    document = ingress("web", [(pattern.removeprefix("^"), "web")], annotations=annotations)
    result = run(document.replace("pathType: Prefix", "pathType: ImplementationSpecific"))
    assert broken_promises(result) == []


def test_repetitions_in_choices_do_not_stand_in_a_row() -> None:
    hosts = "|".join(rf"[^.]+\.w{number}\.example\.com" for number in range(200))
    assert not is_endless(re.compile(f"(?i)(?:{hosts})\\.?(?::[0-9]+)?"))
    assert is_endless(re.compile("/(?:a*|b*c*d*e*f*)x"))
