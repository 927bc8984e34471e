"""Reports for pull requests, code scanning and CI servers."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from functools import partial
from typing import Any

import jsonschema
import pytest

from converter.acceptance.exit_status import FAIL_ON, fails_run, objections
from converter.model import Fidelity, Location
from converter.reporting import FORMATS, Look, Report, render
from converter.reporting.markdown import LIMIT, code, escape
from tests import reports
from tests.shared_data import SHARED

SCHEMA = SHARED / "schemas/sarif-schema-2.1.0.json"
HOSTILE = "<script>alert(1)</script> | `x` \x1b[31m\x00 \u202e ]]> & \" ' @team ::error::%0A {{7*7}} \ud800"


def hostile() -> Report:
    report = reports.small()
    report.findings = [
        replace(
            one,
            message=HOSTILE,
            hint=HOSTILE,
            accepted=HOSTILE if one.accepted else "",
            origin=one.origin._replace(value=HOSTILE),
        )
        for one in report.findings
    ]
    return report


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "html"])
def test_every_format_survives_hostile_values(name: str) -> None:
    text = render(name, hostile(), Look(verbose=True))
    assert "\x1b" not in text.replace("\\u001b", "")
    if name in ("markdown", "junit"):
        assert "<script>" not in re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", text)


def sarif(report: Report) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render("sarif", report))
    return parsed


@pytest.mark.skipif(not SCHEMA.is_file(), reason="the official SARIF schema is not beside the repository")
@pytest.mark.parametrize("report", [reports.small(), reports.large(100), hostile()], ids=["small", "large", "hostile"])
def test_sarif_is_valid(report: Report) -> None:
    validator = jsonschema.validators.validator_for(json.loads(SCHEMA.read_text()))
    validator(json.loads(SCHEMA.read_text())).validate(sarif(report))


def test_sarif_holds_rules_results_and_suppressions() -> None:
    run = sarif(reports.small())["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules[:2]] == ["waf.lost", "snippet.raw"]
    assert "put a firewall in front" in rules[0]["help"]["text"]
    assert "security" in rules[0]["properties"]["tags"]
    by_rule = {one["ruleId"]: one for one in run["results"]}
    assert set(by_rule) == {
        "input.unreadable",
        "regex.case",
        "snippet.raw",
        "waf.lost",
        "annotation.unknown",
        "timeouts.read",
    }
    case = by_rule["regex.case"]
    assert rules[case["ruleIndex"]]["id"] == "regex.case"
    assert case["level"] == "warning"
    assert case["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "apps/web.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 5},
    }
    assert by_rule["timeouts.read"]["suppressions"][0]["justification"] == "streams are on another host"
    assert "suppressions" not in case


def test_sarif_fingerprints_survive_moved_lines() -> None:
    def marks(report: Report) -> list[str]:
        return [one["partialFingerprints"]["ing2gw/v1"] for one in sarif(report)["runs"][0]["results"]]

    moved = reports.small()
    moved.findings = [
        replace(
            one,
            origin=one.origin._replace(location=Location(one.origin.location.path, one.origin.location.line + 40, 9)),
        )
        for one in moved.findings
    ]
    assert marks(moved) == marks(reports.small())
    assert len(set(marks(moved))) == len(marks(moved))


def test_markdown_puts_the_worst_first_and_folds_details() -> None:
    text = render("markdown", reports.small())
    assert text.startswith("## ing2gw: 1 object converted\n")
    codes = re.findall(r"<summary>\S+ <code>([a-z.-]+)</code>", text)
    assert codes == ["waf.lost", "snippet.raw", "annotation.unknown", "input.unreadable", "regex.case"]
    assert text.count("<details>") == text.count("</details>") == 7
    assert "1. unreadable: 1 file: apps/bad.yaml" in text
    assert "Example: `GET https://shop.example.com/API: before 200" in text


def test_markdown_fits_a_comment() -> None:
    report = reports.large(400)
    report.findings = [
        replace(one, code=f"c{number % 300}.x", message="word " * 100, hint="advice " * 50)
        for number, one in enumerate(report.findings)
    ]
    text = render("markdown", report, Look(verbose=True))
    assert len(text) < LIMIT + 200
    assert "left out here for length" in text
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize(
    ("text", "shown"), [("a", "`a`"), ("a`b", "``a`b``"), ("`", "`` ` ``"), ("a|b", "`a\\|b`"), ("", "")]
)
def test_markdown_code(text: str, shown: str) -> None:
    assert code(text) == shown


def test_markdown_words() -> None:
    assert escape("a*b <i>@x\n|") == "a\\*b &lt;i&gt;@\u200bx \\|"


def test_github_annotations() -> None:
    lines = render("github", reports.small()).splitlines()
    assert lines[0] == "::error file=apps/bad.yaml,title=not readable::not YAML: a tab where a space is needed (line 3)"
    assert (
        "::warning file=apps/web.yaml,line=7,col=5,title=approximate regex.case::paths are compared with case%0A"
        "example: GET https://shop.example.com/API: before 200 from shop/web:80; after 404%0A"
        "what to do: list the spellings that you need"
    ) in lines
    assert (
        "::warning file=apps/api.yaml,line=1,title=withheld::Ingress shop/api: a protecting feature would be lost (waf)"
        in lines
    )
    assert all(line.startswith("::") for line in lines)


def test_github_commands_cannot_be_injected() -> None:
    lines = render("github", hostile(), Look(verbose=True)).splitlines()
    assert all(re.match(r"::(error|warning|notice) file=[^:]*::", line) for line in lines)


def test_junit_counts_add_up() -> None:
    root = ET.fromstring(render("junit", reports.small()))
    suites = root.findall("testsuite")
    assert [suite.get("name") for suite in suites] == [
        "input",
        "Ingress shop/web",
        "Ingress shop/api",
        "Ingress shop/old",
    ]
    for name, mark in (("tests", "testcase"), ("failures", "testcase/failure"), ("skipped", "testcase/skipped")):
        assert (
            sum(int(suite.get(name, "")) for suite in suites)
            == int(root.get(name, ""))
            == len(root.findall(f"testsuite/{mark}"))
        )
    case = root.find(
        "testsuite[@name='Ingress shop/api']/testcase[@name='annotation.unknown nginx.ingress.kubernetes.io/rewrite-taget']"
        "/failure"
    )
    assert case is not None
    assert case.get("type") == "unknown annotation.unknown"
    assert "apps/api.yaml:8:5" in (case.text or "")


@pytest.mark.parametrize("fail_on", FAIL_ON)
@pytest.mark.parametrize("trial", [False, True])
def test_machines_fail_what_fails_the_run(fail_on: str, trial: bool) -> None:
    report = reports.small()
    report.fails = partial(fails_run, fail_on=fail_on, allow_unprotected=trial)
    report.fails_on_errors = fail_on != "never"
    for number in range(len(report.findings) + 1):
        some = list(report.findings)[:number]
        for inputs, objects in ((report.inputs, report.objects), (report.inputs[1:], report.objects[:1])):
            part = replace(report, findings=some, inputs=inputs, objects=objects)
            # a trial fails in any case, which is not the fault of a finding
            fails = bool(objections(inputs, objects, some, fail_on, trial and any(map(report.fails, some))))
            root = ET.fromstring(render("junit", part))
            assert bool(root.findall(".//failure")) is fails
            assert ("::error " in render("github", part)) is fails


def test_junit_shows_exact_findings_when_asked_for() -> None:
    short, long = (ET.fromstring(render("junit", reports.small(), Look(verbose=flag))) for flag in (False, True))
    exact = sum(one.fidelity in (Fidelity.EXACT, Fidelity.OBSOLETE) for one in reports.small().findings)
    assert int(long.get("tests", "")) == int(short.get("tests", "")) + exact
    assert long.get("failures") == short.get("failures")
