"""The text report: one line a finding, short enough to be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from converter.model import Fidelity, Finding, Location, ObjectStatus, Origin
from converter.reporting import Look, dry_run, render
from tests import reports


def test_small_report_shows_each_loss_with_place_and_advice() -> None:
    text = render("text", reports.small())
    lines = text.splitlines()
    assert "apps/bad.yaml: failed not YAML: a tab where a space is needed (line 3)" in lines
    assert "apps/api.yaml:1:1: withheld Ingress shop/api: a protecting feature would be lost (waf)" in lines
    place = lines.index(
        "apps/web.yaml:7:5: approximate regex.case use-regex: paths are compared with case "
        "[HTTPRoute spec.rules[0].matches[0].path]"
    )
    assert lines[place + 1] == ("    example: GET https://shop.example.com/API: before 200 from shop/web:80; after 404")
    assert lines[place + 2] == "    what to do: list the spellings that you need"
    assert "3 objects: 1 converted, 1 withheld, 1 skipped" in lines
    assert lines[-2].startswith("8 findings: 1 exact, 1 obsolete, 2 approximate, 1 manual, 1 unsupported, 2 unknown")


def test_exact_and_accepted_findings_are_shown_only_when_asked_for() -> None:
    short, long = render("text", reports.small()), render("text", reports.small(), Look(verbose=True))
    for word in ("becomes a match", "has no effect", "streams are on another host", "apps/notes.yaml"):
        assert word not in short
        assert word in long


def test_lost_protection_and_broken_files_come_first() -> None:
    text = render("text", reports.small())
    first = text[text.index("Do first") :].splitlines()
    assert first[1].startswith("  1. Repair 1 file that cannot be read, apps/bad.yaml first")
    assert first[2].startswith(
        "  2. Decide about the protection that 1 object would lose: waf.lost (1), snippet.raw (1). "
    )
    assert first[3].startswith("  3. Settle annotation.unknown (unknown, 1 object)")


def test_three_thousand_ingresses_fit_on_a_page() -> None:
    text = render("text", reports.large())
    assert len(text.splitlines()) < 70
    assert "unsupported auth.lost  300 findings in 300 objects · protects" in text
    assert " 300 × auth-type: auth 0 is lost" in text
    assert "apps/app-0.yaml:8:5, apps/app-10.yaml:8:5, apps/app-20.yaml:8:5 and 297 more" in text
    assert "  50 × no known controller serves class gce" in text


def test_defaults_of_a_controller_stand_together_and_under_no_ingress() -> None:
    report = reports.small()
    place = Origin("default", "proxy-read-timeout", "60s", Location("apps/web.yaml", 1, 1), reports.WEB)
    report.findings = [*report.findings, Finding("timeouts.policy", Fidelity.APPROXIMATE, "one limit", place)]
    text = render("text", report)
    assert "Ingress shop/web  1 approximate" in text
    assert (
        "defaults of ingress-nginx nginx  1 approximate\napps/web.yaml:1:1: approximate timeouts.policy one limit"
        in text
    )


def test_settings_of_an_object_that_say_the_same_are_one_line() -> None:
    report = reports.small()
    some = [
        Finding(
            "cors.filter", Fidelity.APPROXIMATE, "becomes a filter", reports.annotation(reports.WEB, key, "x", line)
        )
        for line, key in enumerate(("enable-cors", "cors-allow-origin", "cors-max-age"), 20)
    ]
    report.findings = some
    text = render("text", report)
    body = text.partition("Do first")[0]
    assert body.count("becomes a filter") == 1
    assert "enable-cors, cors-allow-origin, cors-max-age: becomes a filter" in text
    assert "also at: apps/web.yaml:21:5, apps/web.yaml:22:5" in text
    assert render("text", report, Look(verbose=True)).partition("Do first")[0].count("becomes a filter") == 3


def twice(folder: str) -> tuple[ObjectStatus, Finding]:
    """The same name in several files, as in a repository of several clusters."""
    place = Location(f"{folder}/web.yaml", 1, 1)
    origin = Origin("field", "spec", folder, Location(f"{folder}/web.yaml", 9, 3), reports.WEB)
    return ObjectStatus(reports.WEB, place, "converted", "ingress-nginx", "nginx"), Finding(
        "path.odd", Fidelity.APPROXIMATE, f"said of {folder}", origin
    )


@pytest.mark.parametrize("name", ["dryrun", "junit"])
def test_a_finding_stands_once_although_its_name_is_in_the_input_twice(name: str) -> None:
    report = reports.small()
    pairs = [twice(folder) for folder in ("one", "two", "three")]
    report.objects, report.findings = [status for status, _ in pairs], [finding for _, finding in pairs]
    text = dry_run.render(report).partition("Do first")[0] if name == "dryrun" else render(name, report)
    for folder in ("one", "two", "three"):
        assert text.count(f"said of {folder}") == 1
    assert (
        text.index("one/web.yaml") < text.index("said of one") < text.index("two/web.yaml") < text.index("said of two")
    )


def test_colour_only_when_asked_for() -> None:
    assert "\x1b" not in render("text", reports.small())
    assert "\x1b[31munsupported\x1b[0m" in render("text", reports.small(), Look(colour=True))


def test_paragraphs_are_wrapped_to_the_terminal_and_never_in_pipes() -> None:
    report = reports.small()
    report.findings = [replace(one, hint="word " * 60) for one in report.findings]
    assert max(len(line) for line in render("text", report).splitlines() if "what to do" in line) > 200
    wrapped = render("text", report, Look(width=80)).splitlines()
    assert max(len(line) for line in wrapped if line.startswith("    ")) <= 80


def test_hostile_values_cannot_steer_the_terminal() -> None:
    report = reports.small()
    report.findings = [
        replace(one, message="red\x1b[31m\nnew\u202eline\x07", hint="\x1b]0;title\x07") for one in report.findings
    ]
    text = render("text", report, Look(verbose=True))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "red\\x1b[31m new\\u202eline\\x07" in text


def test_nothing_to_say_is_short() -> None:
    report = reports.small()
    report.findings = [one for one in report.findings if one.fidelity is Fidelity.EXACT]
    report.inputs, report.objects = report.inputs[1:2], report.objects[:1]
    assert render("text", report) == "\n1 object: 1 converted\n1 finding: 1 exact\n2 resources\n"
