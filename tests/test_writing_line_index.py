"""From a line of a written file to the field that stands there."""

from __future__ import annotations

import pytest

from converter.writing.line_index import place_at
from converter.writing.yaml import dump_all

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
