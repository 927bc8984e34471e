"""The example of a finding is a request whose difference its setting causes: without the setting its answers change."""

from __future__ import annotations

import copy
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.model import Finding
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.pipeline.trace import trace
from converter.routing.exchange import Request

FIXTURES = Path(__file__).parent.parent / "fixtures"
INPUTS = sorted(
    path
    for source in ("ingress-nginx", "aws-alb")
    for path in (FIXTURES / source).glob("*/input.yaml")
    if not path.parent.name.startswith("every-")
)
WITHHELD = frozenset({"manual", "unsupported"})
"""A route that is withheld stays so for the other reasons; each of them is one."""
SAME_BY_DEFAULT = {
    ("real-registry", "ssl-redirect"),
    ("product-harbor", "ssl-redirect"),
    ("product-argo-cd", "force-ssl-redirect"),
}
"""The controller does without the annotation what it says."""
OF_ANOTHER = {
    ("product-oauth2-proxy", "auth-signin"),
    ("configuration-snippet", "configuration-snippet"),
    ("cors-with-auth", "cors-allow-origin"),
    ("cors-with-auth", "enable-cors"),
}
"""Known to fall short: the request is refused before the headers of this setting are added, or for another setting."""


def documents(path: Path) -> list[dict[str, Any]]:
    found = [one for one in yaml.safe_load_all(path.read_text()) if one]
    return [item for one in found for item in (one["items"] if one["kind"].endswith("List") else [one])]


def converted(some: list[dict[str, Any]]) -> Result:
    return convert(["-"], Options(), io.BytesIO(yaml.safe_dump_all(some).encode()))


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
    result = converted(some)
    for finding, keys in of_settings(result):
        short = finding.origin.key.partition(" ")[0].rpartition("/")[2]
        if (path.parent.name, short) in SAME_BY_DEFAULT | OF_ANOTHER or finding.example is None:
            continue
        request = finding.example.request
        other = converted(without(some, finding, keys))
        assert answers(result, request) != answers(other, request), (finding.code, finding.origin.key, request)
