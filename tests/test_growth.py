"""Cost grows in step with the input, whatever its shape: calls are counted, as time depends on the machine."""

from __future__ import annotations

import cProfile
import pstats
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from converter.model.options import Options
from converter.pipeline.run import convert
from converter.reporting import render
from converter.reporting.report import report_of
from converter.routing.host_patterns import HostPatterns
from converter.routing.matchers import ValueMatcher
from converter.routing.regex import compiled, literal_start
from converter.routing.table import VirtualHost
from tools.estates import GROWING, OWN_VALUES, Shape

SMALL = 48
ALLOWED = 2.5
"""Doubling the addition doubles its cost (2.0), with some room for indexes; what asks every pair takes four times."""


def calls(shape: Shape, count: int, folder: Path) -> int:
    """Function calls of a whole run, JSON report included."""
    path = folder / f"{count}.yaml"
    path.write_text("---\n".join(shape(count)))
    profile = cProfile.Profile()
    profile.enable()
    render("json", report_of(convert([str(path)], Options())))
    profile.disable()
    return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]


SAMPLE = ("own limits and hosts", "own auth URLs", "own CORS origins and timeouts")
OTHERS = [pytest.param(name, marks=pytest.mark.long) for name in OWN_VALUES if name not in SAMPLE]


@pytest.mark.parametrize("name", [*GROWING, *SAMPLE, *OTHERS])
def test_cost_grows_in_step_with_the_input(name: str, tmp_path: Path) -> None:
    shape = (GROWING | OWN_VALUES)[name]
    calls(shape, 2, tmp_path)  # what is loaded once
    one, two, four = (calls(shape, SMALL * factor, tmp_path) for factor in (1, 2, 4))
    assert four - two <= ALLOWED * (two - one), (one, two, four)


def test_fields_of_a_host_are_those_of_its_own_route(tmp_path: Path) -> None:
    path = tmp_path / "in.yaml"
    path.write_text("---\n".join(GROWING["hosts of one Ingress"](40)))
    result = convert([str(path)], Options())
    routes = {one.name: one.body["spec"]["hostnames"] for one in result.resources if one.kind == "HTTPRoute"}
    assert len(routes) == 3
    for number in range(40):
        key = f"spec.rules[{number}].http.paths[0]"
        found = next(one for one in result.findings if one.origin.key == key)
        assert {field.name for field in found.fields} == {
            name for name, hosts in routes.items() if f"h{number}.example.com" in hosts
        }


LABELS = st.sampled_from(["a", "b", "shop", "x1"])
NAMES = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
PATTERNS = st.one_of(
    st.tuples(st.sampled_from(["label", "domain"]), NAMES.map("*.{}".format)),
    st.tuples(st.just("ends"), NAMES.map(".{}".format)),
    st.tuples(st.just("regex"), st.sampled_from(["a.*", ".*", "shop"])),
).map(lambda pair: ValueMatcher(*pair))


@given(st.lists(PATTERNS, max_size=8), NAMES)
def test_host_patterns_choose_as_trying_each_would(patterns: list[ValueMatcher], name: str) -> None:
    hosts = [VirtualHost((test,)) for test in patterns]
    best: tuple[int, VirtualHost] | None = None
    for test, vhost in zip(patterns, hosts, strict=True):
        rank = len(test.value) if test.op == "domain" else 0
        if test.holds(name) and (best is None or rank > best[0]):
            best = rank, vhost
    assert HostPatterns(zip(patterns, hosts, strict=True)).select(name) is (best and best[1])


@given(st.text("ab/|()[]^\\.*", max_size=10), st.text("ab/|()[]^", max_size=6))
def test_everything_that_an_expression_takes_starts_with_its_literal_start(pattern: str, text: str) -> None:
    expression = compiled(pattern, ignore_case=True)
    if expression is not None and expression.fullmatch(text):
        assert text.lower().startswith(literal_start(pattern))
