"""Lines of --requests: each is a request, or is refused with its number."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.cli.requests import problems
from converter.routing.exchange import Request
from tests.test_cli import WEB, Shell, shell

__all__ = ["shell"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{}", "names no host"),
        ('{"path": "/"}', "names no host"),
        ('{"request": {"path": "/"}}', "names no host"),
        ("[]", "must be an object"),
        ("7", "must be an object"),
        ('{"request": 3}', "must be an object"),
        ('{"host": 3}', "host must be text"),
        ('{"host": "a", "headers": [1]}', "headers must be"),
        ('{"host": "a", "headers": {"x": {}}}', "header x must be"),
        ('{"host": "a", "port": "x"}', "port must be"),
        ('{"host": "a", "port": 70000}', "port must be"),
        ('{"host": "a", "scheme": "ftp"}', "scheme must be"),
        ('{"host": "a", "source": "office"}', "source must be an IP address"),
        ('{"host": "a", "method": "G T"}', "method must be"),
        ('{"host": "a"', "r.jsonl:2:13: not a request"),
        ("[" * 100_000, "r.jsonl:2"),
        ('"\\ud800"', "must be an object"),
        ("\x00", "r.jsonl:2:1"),
    ],
)
def test_lines_that_are_no_requests(shell: Shell, line: str, message: str) -> None:
    shell.write("web.yaml", WEB)
    shell.write("r.jsonl", f'{{"host": "shop.example.com", "path": "/"}}\n{line}\n')
    ran = shell("trace", "web.yaml", "--requests", "r.jsonl")
    assert ran.code == 2
    assert message in ran.err
    assert "r.jsonl:2" in ran.err
    assert ran.out == ""


def test_bytes_that_are_no_text(shell: Shell) -> None:
    shell.write("web.yaml", WEB)
    (shell.folder / "r.jsonl").write_bytes(b'{"host": "\xff"}\n')
    ran = shell("trace", "web.yaml", "--requests", "r.jsonl")
    assert ran.code == 2
    assert "r.jsonl:1" in ran.err


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        ("--request", "GET http://[::1", "Invalid IPv6"),
        ("--request", "GET http://:80/", "write a method and a URL"),
        ("--request", "GET http://user@/", "write a method"),
        ("--request", "GET http://a:99999/", "Port out of range"),
        ("--request", "", "write a method"),
        ("--header", ": x", "Name: value"),
        ("--header", "a b: x", "Name: value"),
        ("--source", "office", "must be an IP address"),
    ],
)
def test_options_that_are_no_request(shell: Shell, option: str, value: str, message: str) -> None:
    shell.write("web.yaml", WEB)
    ran = shell("trace", "web.yaml", "--request", "GET http://a/", option, value)
    assert ran.code == 2
    assert message in ran.err


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
)


@given(
    st.dictionaries(
        st.sampled_from(["host", "path", "method", "scheme", "headers", "source", "port", "sni", "entry", "repeat"]),
        ANYTHING,
        max_size=6,
    )
)
@settings(max_examples=300, deadline=None)
def test_what_is_no_problem_is_a_request(line: dict[str, Any]) -> None:
    if not list(problems(line)):
        json.dumps(Request.from_json(line).to_json())
