"""What is written must be read back to the same values, by readers of YAML 1.1 and 1.2 alike."""

from __future__ import annotations

import math
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from converter.writing.yaml import dump, dump_all, scalar

TRAPS = [
    "",
    " ",
    "~",
    "null",
    "Null",
    "true",
    "True",
    "yes",
    "Yes",
    "no",
    "NO",
    "on",
    "off",
    "y",
    "Y",
    "n",
    "0",
    "00",
    "007",
    "0o7",
    "0x1F",
    "0b1",
    "1_000",
    "1e3",
    "1E-3",
    "1.",
    ".5",
    "-1",
    "+1",
    "-",
    "--",
    "---",
    "...",
    ".inf",
    "-.inf",
    ".NaN",
    "12:30",
    "190:20:30",
    "1.2.3.4",
    "10.0.0.0/8",
    "2001-12-14",
    "2001-12-14t21:59:43.10-05:00",
    "<<",
    "=",
    "!x",
    "&a",
    "*a",
    "*.example.com",
    "a: b",
    "a:",
    ":a",
    "a #b",
    "#a",
    "a#b",
    "- a",
    "? a",
    "| a",
    "> a",
    "%a",
    "@a",
    "`a",
    "{a",
    "[a",
    "]",
    "}",
    ",a",
    "'a'",
    '"a"',
    "a\tb",
    "\ta",
    "a ",
    " a",
    "a\nb",
    "a\n",
    "a\n\n",
    "\na",
    "\n",
    "\n\n",
    " a\nb",
    "a\n b\n",
    "a\n\n\nb",
    "a  \nb",
    "a\n \nb",
    "\ta\nb",
    "a\r\nb",
    "a\rb",
    "\x00",
    "\x07",
    "\x7f",
    "\x85",
    "\xa0",
    "\u2028",
    "\ufeff",
    "😀",
    "ü",
    "日本語",
    "a\nü\n",
    "/foo(/|$)(.*)",
    "https://x.example.com/a?b=c#d",
    "$1",
    "10s",
    "1m30s",
    "500ms",
    "10Mi",
    "1k",
    "2G",
    "1d",
    "5e",
    "1h",
    "a\\b",
    "a\nb: c\n# d\n--- e",
    "x" * 2000,
    "server {\n  listen 80;\n}\n",
    "---\na",
    "--- a\n...\n",
    "a\x0bb",
    "a\nb\x00",
    "a\n\ufeffb",
]


def read_all(text: str) -> list[list[Any]]:
    new = YAML(typ="safe", pure=True)
    return [list(yaml.safe_load_all(text)), list(yaml.load_all(text, yaml.CSafeLoader)), list(new.load_all(text))]


@pytest.mark.parametrize("text", TRAPS, ids=repr)
def test_strings_stay_strings_as_value_key_and_item(text: str) -> None:
    manifest = {"value": text, text: "key", "list": [text, {text: text}], "deep": {"a": {"b": text}}, "last": text}
    for back in read_all(dump_all([manifest, manifest])):
        assert back == [manifest, manifest]


@pytest.mark.parametrize(
    "text",
    ["shop", "/api/v1", "a b", "10.0.0.0/8", "30s", "a:b", "/foo(/|$)(.*)", "https://a.example.com:8443/x"],
)
def test_harmless_strings_are_written_plain(text: str) -> None:
    assert scalar(text) == text


@pytest.mark.parametrize("text", ["on", "y", "No", "1.10", "012", "*", "1:30", "2020-01-01", "0x10", "1_0"])
def test_strings_that_kubernetes_would_misread_are_quoted(text: str) -> None:
    assert scalar(text) == f'"{text}"'


def test_numbers_booleans_and_empty_collections() -> None:
    manifest: dict[Any, Any] = {
        "i": 8080,
        "f": 0.5,
        "t": True,
        "n": None,
        "m": {},
        "l": [],
        "b": 1e30,
        "s": 1e-7,
        "ll": [[1, 2], [], [{}]],
        8: "x",
    }
    for back in read_all(dump(manifest)):
        assert back == [manifest]
    assert math.isnan(yaml.safe_load(dump({"a": math.nan}))["a"])
    assert yaml.safe_load(dump({"a": -math.inf}))["a"] == -math.inf
    assert dump({}) == "{}\n"


def test_style_is_the_one_of_kubectl() -> None:
    manifest = {"spec": {"rules": [{"matches": [{"path": {"value": "/"}}], "filters": []}], "names": ["a", "*.b"]}}
    assert dump(manifest) == (
        'spec:\n  rules:\n  - matches:\n    - path:\n        value: /\n    filters: []\n  names:\n  - a\n  - "*.b"\n'
    )


def test_several_lines_are_written_as_a_block() -> None:
    assert dump({"a": {"b": "x\n  y: z\n"}, "c": "d\ne"}) == "a:\n  b: |\n    x\n      y: z\nc: |-\n  d\n  e\n"


@pytest.mark.parametrize("char", [*map(chr, (0, 8, 11, 13, 31, 127, 133)), "\ufeff", "\ufffe", "\u2028"])
def test_characters_that_no_block_can_hold(char):
    for text in (f"{char}\n", f"{char}\nx", f"{char}a\nb\n", f"a{char}\nb", f"a\n{char}"):
        for back in read_all(dump({"k": text})):
            assert back == [{"k": text}]


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30) | st.text(
    " \n\t:#-?|>'\"\\{}[]&*!%@`,yn01.e_~/a",
    max_size=12,
)
values = st.recursive(
    texts | st.booleans() | st.none() | st.integers(-(2**63), 2**63) | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=15,
)


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(texts, values, max_size=4))
def test_any_manifest_is_read_back(manifest: dict[str, Any]) -> None:
    for back in read_all(dump(manifest)):
        assert back == [manifest]
