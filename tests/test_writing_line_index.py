"""From a line of a written file to the field that stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.writing.line_index import place_at
from converter.writing.yaml import dump_all
from tests.command import invoke

TEXT = dump_all(
    [
        {
            "kind": "HTTPRoute",
            "metadata": {"name": "web", "namespace": "shop"},
            "spec": {
                "rules": [{"matches": [{"path": {"value": "/a"}}, {"path": {"value": "/b"}}]}, {"name": "x\ny\n"}]
            },
        },
        {"kind": "GatewayClass", "metadata": {"name": "envoy"}, "spec": {"controllerName": "c"}},
    ]
)


@pytest.mark.parametrize(
    ("line", "kind", "field"),
    [
        ("metadata:", "HTTPRoute", "metadata"),
        ("  - matches:", "HTTPRoute", "spec.rules[0].matches"),
        ("        value: /b", "HTTPRoute", "spec.rules[0].matches[1].path.value"),
        ("      y", "HTTPRoute", "spec.rules[1].name"),
        ("  controllerName: c", "GatewayClass", "spec.controllerName"),
        ("kind: GatewayClass", "GatewayClass", "kind"),
    ],
)
def test_innermost_field_of_a_line(line: str, kind: str, field: str) -> None:
    place = place_at(TEXT, TEXT.splitlines().index(line) + 1)
    assert place is not None
    assert (place.kind, place.field) == (kind, field)


def test_no_object_on_a_line() -> None:
    assert place_at(TEXT, 1000) is None
    assert place_at("- a\n", 1) is None


@pytest.mark.parametrize(
    "text",
    [
        "metadata: '07'",
        "metadata: [a, b]",
        "metadata:",
        "kind: {a: b}",
        "{[a]: b, {c: d}: e}",
        "a: &a {b: *a}",
        "a: &a [*a, *a]",
    ],
)
def test_objects_of_any_shape(text: str) -> None:
    """Files that others have edited are asked about, too."""
    place = place_at(text, 1)
    assert place is not None
    assert (place.namespace, place.name) == ("", "")


def test_explain_of_a_file_that_is_no_yaml(tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("a: [b\n")
    done = invoke(["explain", "out.yaml:1"], tmp_path)
    assert done.code == 2
    assert "out.yaml: is no YAML that can be read" in done.err
