"""Every finding is held against what was written: its fields exist, an exact one has no example."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from converter.model import Resource
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.pipeline.written_fields import reach

FIXTURES = Path(__file__).parent.parent / "fixtures"
INPUTS = sorted(
    [*(path for path in FIXTURES.glob("*/*/input.yaml") if path.parts[-3] != "faults")]
    + [path.parent for path in FIXTURES.glob("faults/*/expect.yaml")]
)
UNUSED = re.compile(r"[Cc]ertificate .*\bunused\b|\bno listener\b.*certificate")


@pytest.fixture(scope="module", params=INPUTS, ids=lambda path: str(path.relative_to(FIXTURES)))
def result(request: pytest.FixtureRequest) -> Result:
    return convert([str(request.param)], Options())


def test_fields_of_findings_exist(result: Result) -> None:
    written = {(one.kind, one.namespace, one.name): one for one in result.resources}
    for finding in result.findings:
        for field in finding.fields:
            assert field[:3] in written, (finding.code, field)
            assert reach(written[field[:3]].body, field.field).complete, (finding.code, field)


def test_what_is_exact_has_no_example(result: Result) -> None:
    for finding in result.findings:
        assert not (finding.fidelity.lossless and finding.example), (finding.code, finding.message)


def test_an_unused_certificate_is_in_no_listener(result: Result) -> None:
    names = {name for one in result.resources if one.kind in ("Gateway", "ListenerSet") for name in _secrets(one)}
    for finding in result.findings:
        if finding.code.startswith("tls.") and UNUSED.search(finding.message):
            about = finding.origin.value
            assert not any(re.search(rf"\b{re.escape(name)}\b", about) for name in names), (finding.message, names)


def _secrets(one: Resource) -> list[str]:
    listeners = one.body["spec"].get("listeners") or []
    return [ref["name"] for each in listeners for ref in (each.get("tls") or {}).get("certificateRefs") or []]
