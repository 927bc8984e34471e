"""Paths, conditions and rewrites by themselves: what a test or a step becomes, and that it does the same."""

from __future__ import annotations

import re

import pytest

from converter.packs.load import target_pack
from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.steps import PathRewrite, replace_every
from converter.targets.draft import FieldSet
from converter.targets.gateway_api.http_route.path_patterns import has_top_level_bar
from converter.targets.gateway_api.http_route.write_conditions import demands
from converter.targets.gateway_api.http_route.write_paths import path_match
from converter.targets.gateway_api.http_route.write_rewrites import replacement
from converter.targets.naming import ObjectNames, slug

ENVOY = target_pack("envoy-gateway").capabilities

PATHS = [
    (ValueMatcher("exact", "/a"), "Exact", "/a"),
    (ValueMatcher("exact", "/my app"), "Exact", "/my%20app"),
    (ValueMatcher("exact", "/my%20app"), "Exact", "/my%2520app"),
    (ValueMatcher("segment", "/a"), "PathPrefix", "/a"),
    (ValueMatcher("prefix", "/"), "PathPrefix", "/"),
    (ValueMatcher("search", "^/api", True), "RegularExpression", "(?i)/api.*"),
    (ValueMatcher("search", "^/a|/b", True), "RegularExpression", "(?i).*?(?:^/a|/b).*"),
    (ValueMatcher("search", "^/a(/|$)(.*)", True), "RegularExpression", "(?i)/a(/|$)(.*)"),
    (ValueMatcher("search", "^/a$", False), "RegularExpression", "/a$"),
    (ValueMatcher("glob", "/*"), "PathPrefix", "/"),
    (ValueMatcher("glob", "/a.b"), "Exact", "/a.b"),
    (ValueMatcher("glob", "/a/*/c?"), "RegularExpression", "/a/.*/c."),
    (ValueMatcher("exact", "/A", True), "RegularExpression", "(?i)/A"),
]


@pytest.mark.parametrize(("test", "kind", "value"), PATHS)
def test_paths(test, kind, value):
    found = path_match(test, True, False)

    assert found.match == {"type": kind, "value": value}
    assert found.outcome is None


@pytest.mark.parametrize("value", ["/a//b", "/a/../b", "/a/.", "relative"])
def test_paths_that_no_request_has_are_dead(value):
    found = path_match(ValueMatcher("exact", value), True, False)

    assert found.match is None
    assert found.outcome is not None
    assert found.outcome.code == "path.dead"


@pytest.mark.parametrize("pattern", ["^/(?!admin)", "^/(a)\\1", "^/a++", "^/a{2000}", "^/("])
def test_expressions_beyond_re2_are_not_written(pattern):
    found = path_match(ValueMatcher("search", pattern), True, False)

    assert found.match is None
    assert found.outcome is not None
    assert found.outcome.code == "path.regex-unsupported"


@pytest.mark.parametrize(
    ("pattern", "has"), [("a|b", True), ("(a|b)", False), ("[|]", False), ("a\\|b", False), ("(a)|b", True)]
)
def test_alternatives_outside_of_groups(pattern, has):
    assert has_top_level_bar(pattern) is has


SAMPLES = ["/", "/foo", "/foo/", "/foo/bar", "/x/foo/bar", "/foo/foo", "/foobar", "/FOO/a", "/a%20b/foo"]
STEPS = [
    PathRewrite("full", "/\\2", "^/foo(/|$)(.*)", True),
    PathRewrite("full", "/\\1", "/foo/(.*)", False),
    PathRewrite("full", "/fixed", None),
    PathRewrite("full", "\\0/x", "foo"),
    PathRewrite("prefix", "/bar", "/foo"),
    PathRewrite("prefix", "/", "/foo"),
    PathRewrite("regex", "/bar", "/foo"),
    PathRewrite("regex", "<\\1>", "f(o+)"),
    PathRewrite("regex", "[\\0]", "o"),
    PathRewrite("regex", "/y/\\1\\3", "^/(foo|bar)"),
    PathRewrite("regex", "", "a|o"),
]


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.mode} {step.pattern}")
def test_replacements_do_what_the_step_does(step):
    """Envoy replaces every occurrence; what is written must still change what the step changes."""
    pattern, substitution = replacement(step)
    ignore = re.IGNORECASE if pattern.startswith("(?i)") else 0
    compiled = re.compile(pattern.removeprefix("(?i)"), ignore)
    for path in SAMPLES:
        if step.mode == "prefix" and not re.match("/foo(/|$)", path):
            continue  # the rule takes no such path
        want = step.rewritten(path)
        assert replace_every(compiled, path, substitution) == (path if want is None else want), path


def test_conditions_are_multiplied():
    found = demands(
        (
            Condition("method", "", (ValueMatcher("exact", "GET"), ValueMatcher("exact", "HEAD"))),
            Condition("header", "x-a", (ValueMatcher("exact", "1"), ValueMatcher("prefix", "v"))),
        ),
        "http",
        ENVOY,
    )

    assert len(found.ways) == 4
    assert {"method": "HEAD", "headers": [{"type": "RegularExpression", "name": "x-a", "value": "v.*"}]} in [
        way.fields for way in found.ways
    ]


@pytest.mark.parametrize(
    "condition",
    [
        Condition("header", "x-a", (ValueMatcher("exact", "1"),), negate=True),
        Condition("method", "", (ValueMatcher("exact", "PROPFIND"),)),
        Condition("query", "", (ValueMatcher("exact", "1"),)),
    ],
)
def test_conditions_that_no_route_has(condition):
    found = demands((condition,), "http", ENVOY)

    assert found.ways == []
    assert found.outcome is not None
    assert found.outcome.code == "condition.no-match"


def test_a_field_is_written_once():
    for turn in (("cors", "timeouts"), ("timeouts", "cors")):
        field_set = FieldSet()
        for feature in turn:
            field_set.put(feature, ("filters", "x"), feature)
        assert field_set.nested("filters") == {"x": "timeouts"}
        assert field_set.clashes == [("cors", ("filters", "x"), "timeouts")]


def test_names():
    names = ObjectNames()

    assert slug("*.Example.com") == "wildcard-example-com"
    assert names.claim("A", "n", "web", "one") == "web"
    assert names.claim("A", "n", "web", "one") == "web"
    assert re.fullmatch("web-[0-9a-f]{6}", names.claim("A", "n", "web", "two"))
    assert len(names.claim("A", "n", "x" * 300, "three")) <= 200
