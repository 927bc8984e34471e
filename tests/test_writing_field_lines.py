"""Lines that are counted are the lines that are there."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.writing.field_lines import field_lines, find, first_lines, resolved
from converter.writing.line_index import places
from converter.writing.yaml import dump

names = st.text("abcXYZ", min_size=1, max_size=3)
texts = st.text("ab\n :#", max_size=8)
values = st.recursive(
    texts | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(texts | st.dictionaries(names, inner, max_size=3), max_size=3)
        | st.dictionaries(names, inner, max_size=3)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=4))
def test_as_the_reader_sees_them(manifest: dict[str, Any]) -> None:
    got = field_lines(manifest)
    wanted = {one.field: one.first for one in places(dump(manifest)) if one.field}
    assert {name: first for name, (first, _) in got.items()} == wanted
    assert all(first <= last <= dump(manifest).count("\n") for first, last in got.values())


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(names, values, min_size=1, max_size=4), st.data())
def test_some_fields_are_found_where_all_are(manifest: dict[str, Any], data: st.DataObject) -> None:
    lines = field_lines(manifest)
    there = [name for name in lines if resolved(manifest, name) == name]  # (keys may be empty)
    some = data.draw(st.lists(st.sampled_from(there), max_size=4)) if there else []
    assert first_lines(manifest, some) == {name: lines[name][0] for name in some}


BODY = {
    "spec": {
        "rules": [{"filters": [{"type": "X"}, {"type": "CORS", "cors": {"maxAge": 3}}], "backendRefs": [{"name": "a"}]}]
    }
}


@pytest.mark.parametrize(
    ("field", "line"),
    [
        ("spec.rules[0].filters[1].cors.maxAge", 7),
        ("spec.rules[0].filters.cors.maxAge", 7),
        ("spec.rules[0].filters.cors.other", 6),
        ("spec.rules[0]", 3),
        ("spec.rules[7].x", 2),
        ("spec.rules[0].timeouts", 3),
        ("status", None),
    ],
)
def test_fields_that_were_named_loosely(field: str, line: int | None) -> None:
    found = find(field_lines(BODY), BODY, field)
    assert (found and found[0]) == line
