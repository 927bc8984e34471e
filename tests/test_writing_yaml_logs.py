"""Manifests on stdout end in the logs of CI servers: what they hold is no command there, and means the same."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from converter.writing.yaml import dump

PARTS = st.lists(
    st.sampled_from(
        [
            "::error::x",
            "##[error]",
            "##vso[a]",
            "#",
            "##",
            "[",
            "\n",
            " ",
            "\t",
            "a",
            "\u202e",
            "\u2028",
            "\x1b",
            ":",
            "\u200f",
            "-",
            "\\",
        ]
    ),
    max_size=8,
)


def harmless(text: str) -> bool:
    return not re.search(
        r"^\s*::|##[A-Za-z]*\[|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\x00-\x08\x0b-\x1f\x7f-\x9f]", text, re.M
    )


@given(PARTS.map("".join), PARTS.map("".join))
def test_no_text_is_a_command_and_all_mean_the_same(key: str, value: str) -> None:
    manifest = {"metadata": {"annotations": {key or "k": value}}, "list": [value, [key], {"x": value}]}
    text = dump(manifest)
    assert harmless(text)
    assert yaml.safe_load(text) == manifest


@pytest.mark.parametrize(
    "value", ["a\n::error::x\n", "a\n  ::error::x", "x ##[error]y", "##vso[task.setvariable]x", "a\n##[x]"]
)
def test_commands(value: str) -> None:
    text = dump({"a": value})
    assert harmless(text)
    assert yaml.safe_load(text) == {"a": value}


def test_ordinary_texts_stay_as_they_were() -> None:
    expected = 'a: "x ## y"\nb: |\n  1\n  2\nc: "a::b"\nd: /x##y\n'
    assert dump({"a": "x ## y", "b": "1\n2\n", "c": "a::b", "d": "/x##y"}) == expected
