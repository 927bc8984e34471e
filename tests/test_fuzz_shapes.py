"""Any field of any object may hold anything: it costs its object, is reported, and is never a bug of ours.

Seeds are the inputs of the fixtures and of recorded situations; each example changes a few nodes of one of them.
"""

from __future__ import annotations

import copy
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.comparison.manifests import compare
from converter.model.options import Options
from converter.pipeline.input_gateways import input_gateway_tables
from converter.pipeline.run import Result, convert
from converter.pipeline.verify import verify_against
from converter.reading.manifests import as_written
from converter.validation import profile_for
from converter.validation.defaults import with_defaults
from converter.writing.yaml import dump_all

ROOT = Path(__file__).parent.parent / "fixtures"
ODD = st.sampled_from(
    [
        None,
        "",
        "x",
        [],
        {},
        ["x", 1, None],
        -1,
        0,
        float("inf"),
        float("nan"),
        True,
        {"a": "b"},
        [{}],
        [[]],
        {"": None},
        "a" * 300,
        "\x1b[31m",
        "::error::x",
        "0",
        "true",
        {"name": "x"},
        [{"name": None}],
        2**70,
        "é",
        "*",
        "/",
        "../..",
        "{{ x }}",
        "$(x)",
        "\n",
        " ",
        "65536",
        65536,
        "-1",
        "10.0.0.0/33",
        "{",
        "[",
        '{"a":',
        "[{}]",
        '{"Type":"forward"}',
        "null",
        "a,b;c",
        "%",
        "\\",
        "(",
        "*" * 80,
        "2001-99-99",
        "0x10",
        "1e3",
        "y",
    ]
)
EXTRA = st.sampled_from(["x", "name", "port", "1", "", "spec", "namespace", "<<"])


def seeds(pattern: str, most: int) -> list[tuple[Path, list[Any]]]:
    out = []
    for path in sorted(ROOT.glob(pattern)):
        try:
            documents = [one for one in yaml.safe_load_all(path.read_text()) if isinstance(one, dict)]
        except yaml.YAMLError:  # (templates)
            continue
        if 0 < len(documents) <= most:
            out.append((path, documents))
    return out


INPUTS, OUTPUTS = seeds("**/input.yaml", 40), seeds("*/*/expected/*.yaml", 60)


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    out = [path] if path else []
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in items:
        out += places(value, (*path, key))
    return out


def changed(draw: st.DrawFn, documents: list[Any]) -> list[Any]:
    """A few nodes replaced, removed or added."""
    documents = copy.deepcopy(documents)
    for _ in range(draw(st.integers(1, 4))):
        some = places(documents)
        if not some:
            break
        *way, last = draw(st.sampled_from(some))
        owner = documents
        for key in way:
            owner = owner[key]
        how = draw(st.sampled_from(["replace", "replace", "replace", "remove", "add"]))
        if how == "remove":
            del owner[last]
        elif how == "add" and isinstance(owner, dict):
            owner[draw(EXTRA)] = copy.deepcopy(draw(ODD))
        else:
            owner[last] = copy.deepcopy(draw(ODD))
    return documents


@st.composite
def inputs(draw: st.DrawFn) -> str:
    _, documents = draw(st.sampled_from(INPUTS))
    return dump_all(one if isinstance(one, dict) else {"": one} for one in changed(draw, documents))


@st.composite
def outputs(draw: st.DrawFn) -> tuple[Path, list[Any]]:
    path, documents = draw(st.sampled_from(OUTPUTS))
    return path, [one for one in changed(draw, documents) if isinstance(one, dict)]


def bugs(result: Result) -> list[str]:
    return [f"{one.code}: {one.message}" for one in result.findings if one.code.startswith("internal.")]


MORE = int(os.environ.get("ING2GW_FUZZ", "0"))
"""So many examples, other ones in each run; without it a few that are always the same."""
BOUNDED = settings(
    max_examples=MORE or 160,
    derandomize=not MORE,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


OPTIONS = st.builds(
    Options,
    target=st.sampled_from(["envoy-gateway", "envoy-gateway@1.7", "gateway-api", "gateway-api@1.4", "aws"]),
    strict=st.booleans(),
    source=st.sampled_from(["auto", "auto", "auto", "generic"]),
    l4=st.sampled_from(["service", "route"]),
    parity=st.booleans(),
)


@given(inputs(), OPTIONS)
@BOUNDED
def test_any_value_anywhere_in_the_input(tmp_path_factory: pytest.TempPathFactory, text: str, options: Options) -> None:
    path = tmp_path_factory.getbasetemp() / "input.yaml"
    path.write_text(text)
    assert not bugs(convert([str(path)], options))


_converted: dict[Path, Result] = {}


@given(outputs())
@BOUNDED
def test_any_value_anywhere_in_what_is_compared_with(
    tmp_path_factory: pytest.TempPathFactory, drawn: tuple[Path, list[Any]]
) -> None:
    """`verify --against` and `diff --against` read what others wrote."""
    golden, documents = drawn
    path = tmp_path_factory.getbasetemp() / "against.yaml"
    path.write_text(dump_all(documents))
    options = Options(target="aws" if golden.name.startswith("aws") else "envoy-gateway")
    tables, _ = input_gateway_tables([str(path)], options)
    source = golden.parent.parent / "input.yaml"
    result = _converted.get(source) or _converted.setdefault(source, convert([str(source)], options))
    if tables:
        list(verify_against(result, tables))
    profile = profile_for(options)
    there = [with_defaults(as_written(one), profile) for one in documents]
    compare(there, [with_defaults(as_written(one.body), profile) for one in result.resources])


def test_changed_fields_are_in_order_whatever_their_keys_are() -> None:
    keys = ["port²", "²", "9" * 5000]
    before, after = (
        {"kind": "ConfigMap", "metadata": {"name": "x"}, "data": {**dict.fromkeys(keys, value), "list": [value] * 12}}
        for value in (1, 2)
    )
    [changes] = compare([before], [after]).changed.values()
    names = [one.field.removeprefix("data.") for one in changes]
    assert {*keys} < {*names}
    assert [name for name in names if name.startswith("list")] == [f"list[{number}]" for number in range(12)]
