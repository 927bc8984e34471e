"""Annotation values as the controller's parser reads them."""

from __future__ import annotations

from typing import Any

import pytest

from converter.packs.codecs import CodecError
from converter.sources.aws_alb import annotation_json, go_json
from converter.sources.aws_alb.annotation_values import parse_bool, parse_int, port_of, string_map


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("", {}),
        ("a=1", {"a": "1"}),
        (" a = 1 , b=2", {"a": "1", "b": "2"}),
        ("a=1,", {"a": "1,"}),
        (r"path=/x\,/y,expr=k=v", {"path": "/x,/y", "expr": "k=v"}),
        (r"a\=b=c", {"a": "b=c"}),
        ("a=", {"a": ""}),
    ],
)
def test_maps(text: str, values: dict[str, str]) -> None:
    assert string_map(text) == values


@pytest.mark.parametrize("text", ["a", "a=1,b,c=2", "a=1,,b=2", "=1", ",a=1", "a=1,b"])
def test_bad_maps(text: str) -> None:
    with pytest.raises(CodecError):
        string_map(text)


def test_numbers_and_booleans() -> None:
    assert [parse_int("+5"), parse_int("-1000"), parse_int("007")] == [5, -1000, 7]
    assert [parse_bool(text) for text in ("1", "T", "TRUE", "0", "f")] == [True, True, True, False, False]
    assert [port_of("80"), port_of("http"), port_of(8080), port_of("080")] == [80, "http", 8080, 80]


@pytest.mark.parametrize("text", [" 5", "5 ", '"5"', "5s", "1_000", "0x10", "", "2147483648"])
def test_bad_numbers(text: str) -> None:
    with pytest.raises(CodecError, match=r"strconv\.ParseInt"):
        parse_int(text)


@pytest.mark.parametrize("text", ["yes", "on", "True ", "tRUE", ""])
def test_bad_booleans(text: str) -> None:
    with pytest.raises(CodecError, match=r"strconv\.ParseBool"):
        parse_bool(text)


def test_json_keys_match_in_any_case_and_unknown_ones_are_ignored() -> None:
    text = '{"Type":"redirect","RedirectConfig":{"STATUSCODE":"HTTP_301","Protocol":"HTTPS","else":1}}'
    action = go_json.read(annotation_json.ACTION, text)
    assert action["type"] == "redirect"
    assert {key: value for key, value in action["redirectConfig"].items() if value} == {
        "statusCode": "HTTP_301",
        "protocol": "HTTPS",
    }


@pytest.mark.parametrize(
    ("shape", "text", "words"),
    [
        (
            annotation_json.ACTION,
            '{"fixedResponseConfig":{"statusCode":503}}',
            "json: cannot unmarshal number into Go struct field FixedResponseActionConfig.fixedResponseConfig.statusCode "
            "of type string",
        ),
        (
            annotation_json.CONDITIONS,
            '{"field":"x"}',
            "json: cannot unmarshal object into Go value of type []ingress.RuleCondition",
        ),
        (annotation_json.LISTEN_PORTS, '[{"HTTP": "80"}]', "json: cannot unmarshal string into Go value of type int32"),
        (
            annotation_json.LISTEN_PORTS,
            '[{"HTTP": 80.5}]',
            "json: cannot unmarshal number 80.5 into Go value of type int32",
        ),
        (annotation_json.ACTION, "", "unexpected end of JSON input"),
        (annotation_json.ACTION, '{"type":NaN}', "invalid character 'N'"),
    ],
)
def test_json_errors_are_those_of_go(shape: Any, text: str, words: str) -> None:
    with pytest.raises(CodecError) as caught:
        go_json.read(shape, text)
    assert str(caught.value).startswith(words)


def test_deep_json_is_an_error_and_no_crash() -> None:
    with pytest.raises(CodecError):
        go_json.read(annotation_json.ACTION, "[" * 100_000)
