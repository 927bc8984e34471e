"""The example of a finding is a request whose difference its setting causes: without the setting its answers change."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from converter.model import Finding
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from tests.complete import convert_documents, documents

FIXTURES = Path(__file__).parent.parent / "fixtures"
INPUTS = sorted(
    path
    for source in ("ingress-nginx", "aws-alb", "alauda-alb")
    for path in (FIXTURES / source).glob("*/input.yaml")
    if not path.parent.name.startswith("every-")
)
WITHHELD = frozenset({"manual", "unsupported"})
"""A route that is withheld stays so for the other reasons; each of them is one."""


def without(some: list[dict[str, Any]], finding: Finding, keys: set[str]) -> list[dict[str, Any]]:
    """The input without the annotations of a feature on one Ingress."""
    left = copy.deepcopy(some)
    ref = finding.origin.object
    for one in left:
        meta = one["metadata"]
        if one["kind"] == "Ingress" and ref and (meta.get("namespace", "default"), meta["name"]) == ref[1:3]:
            meta["annotations"] = {key: text for key, text in meta["annotations"].items() if key not in keys}
    return left


def answers(result: Result, request: dict[str, Any]) -> tuple[Any, ...]:
    found = trace(result, Request.from_json(request))
    sides = [
        {key: value for key, value in found[side].items() if key not in ("rule", "origin")}
        for side in ("before", "after")
    ]
    return tuple(sides)


def of_settings(result: Result) -> Iterator[tuple[Finding, set[str]]]:
    """Findings on annotations that have an example, with the annotations of their feature on the same Ingress."""
    for finding in result.findings:
        origin = finding.origin
        if finding.example and origin.kind == "annotation" and finding.fidelity.value not in WITHHELD:
            yield (
                finding,
                {
                    one.origin.key.partition(" ")[0]
                    for one in result.findings
                    if one.origin.object == origin.object and one.feature == finding.feature
                },
            )


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_an_example_changes_without_the_setting_it_stands_for(path: Path) -> None:
    some = documents(path)
    result = convert_documents(some)
    for finding, keys in of_settings(result):
        assert finding.example is not None
        request = finding.example.request
        other = convert_documents(without(some, finding, keys))
        assert answers(result, request) != answers(other, request), (finding.code, finding.origin.key, request)


@pytest.mark.parametrize("path", INPUTS, ids=lambda path: f"{path.parent.parent.name}/{path.parent.name}")
def test_an_example_shows_what_differs(path: Path) -> None:
    """Whatever the finding is about: an example whose two sides read the same shows nothing."""
    for finding in convert([str(path)], Options()).findings:
        if finding.example is not None:
            before, after = (
                {key: value for key, value in side.items() if key not in ("rule", "origin")}
                for side in (finding.example.before, finding.example.after)
            )
            assert before != after, (finding.code, finding.origin.key, finding.example.request)


def test_a_header_that_another_host_asks_for_is_no_example_of_escaped_slashes() -> None:
    """X-Original-URL for a service that decides about requests is set for the whole listener."""
    result = convert([str(FIXTURES / "ingress-nginx" / "product-authentik" / "input.yaml")], Options())
    refused = next(one for one in result.findings if one.code == "path-normalisation.refused")
    assert refused.example is None or refused.example.before["status"] != refused.example.after["status"]
