"""The text report: one line a finding, short enough to be read."""

from __future__ import annotations

from dataclasses import replace

import pytest

from converter.model import Fidelity, Finding, Location, ObjectStatus, Origin
from converter.reporting import Look, dry_run, render, report_of
from converter.reporting.common_text import common, summary
from tests import reports
from tests.targets_input import ingress, run


def test_small_report_shows_each_loss_with_place_and_advice() -> None:
    text = render("text", reports.small())
    lines = text.splitlines()
    assert lines[0] == "4 decisions, 1 prerequisite, 1 difference to review, 1 withheld, 1 of 2 ready"
    assert "     apps/bad.yaml: not YAML: a tab where a space is needed (line 3)" in lines
    place = lines.index("  approximate regex.case (Ingress shop/web)")
    assert lines[place + 1 : place + 7] == [
        "    use-regex: paths are compared with case",
        "    at:      apps/web.yaml:7:5",
        "    request: GET https://shop.example.com/API",
        "    before:  200 from shop/web:80",
        "    after:   404",
        "    do:      list the spellings that you need",
    ]
    assert lines[-1].startswith(
        "3 objects (1 converted, 1 withheld, 1 skipped), 8 findings (1 exact, 1 obsolete, 2 approximate, 1 manual"
    )


def test_exact_and_accepted_findings_are_shown_only_when_asked_for() -> None:
    short, long = render("text", reports.small()), render("text", reports.small(), Look(verbose=True))
    for word in ("becomes a match", "has no effect", "streams are on another host", "apps/notes.yaml"):
        assert word not in short
        assert word in long


def test_lost_protection_and_broken_files_come_first() -> None:
    text = render("text", reports.small())
    decided = [line for line in text.splitlines() if line[:5].strip(" .").isdigit()]
    assert [line.strip() for line in decided[:4]] == [
        "1. unreadable (1 file)",
        "2. unsupported waf.lost (Ingress shop/api, protects)",
        "3. manual snippet.raw (Ingress shop/api, protects)",
        "4. unknown annotation.unknown (Ingress shop/api)",
    ]


def test_three_thousand_ingresses_fit_on_a_page() -> None:
    text = render("text", reports.large())
    assert len(text.splitlines()) < 60
    assert "  2. unsupported auth.lost (300 findings in 300 objects, protects)" in text
    assert "     auth-type: auth … is lost\n" in text
    assert "apps/app-0.yaml:8:5, apps/app-10.yaml:8:5, apps/app-20.yaml:8:5 and 297 more" in text
    assert "  skipped (50 objects)\n    no known controller serves class gce\n" in text


def standard(code: str, kind: str, key: str, value: str = "", feature: str = "") -> Finding:
    origin = Origin(kind, key, value, Location("apps/web.yaml", 1, 1), reports.WEB)
    return Finding(code, Fidelity.APPROXIMATE, "one limit", origin, feature=feature)


def test_what_everybody_meets_is_one_line_unless_asked_for() -> None:
    report = reports.small()
    some = [
        standard("timeouts.policy", "default", "proxy-read-timeout", "60s"),
        standard("response-headers.proxy-names", "default", ""),
    ]
    report.findings = [*report.findings, *some]
    short, shown = render("text", report), render("text", report, Look(standard=True))
    assert ", 1 standard difference (folded), " in short.splitlines()[0]
    assert "1 standard difference for everybody who leaves ingress-nginx" in short
    assert "response-headers.proxy-names" in short  # of another controller
    assert "one stream idle timeout" not in short
    assert "one stream idle timeout" in shown


def test_a_standard_difference_that_matters_is_shown() -> None:
    report = reports.small()
    report.findings = [
        standard("redirect.location", "field", "spec.rules[0].http.paths[0]", "shop.example.com/ (Prefix)", "path"),
        standard("redirect.location", "field", "spec.rules[0].http.paths[1]", "shop.example.com/api/ (Exact)", "path"),
        standard("body-limit.lifted", "default", "proxy-body-size", "1m"),
        standard("body-limit.lifted", "annotation", "proxy-body-size", "8m"),
    ]
    classes = report.classes()
    assert [one.origin.value for one in classes.differences] == ["shop.example.com/api/ (Exact)", "8m"]
    assert set(classes.standard) == {("ingress-nginx", "redirect-slash"), ("ingress-nginx", "body-size")}


def test_defaults_of_a_controller_stand_together_and_under_no_ingress() -> None:
    report = reports.small()
    report.findings = [*report.findings, standard("timeouts.policy", "default", "proxy-read-timeout", "60s")]
    text = render("text", report, Look(verbose=True))
    assert (
        "defaults of ingress-nginx nginx  1 approximate\napps/web.yaml:1:1: approximate timeouts.policy one limit"
        in text
    )


def test_settings_of_an_object_that_say_the_same_are_one_entry() -> None:
    report = reports.small()
    report.findings = [
        Finding(
            "cors.filter", Fidelity.APPROXIMATE, "becomes a filter", reports.annotation(reports.WEB, key, "x", line)
        )
        for line, key in enumerate(("enable-cors", "cors-allow-origin", "cors-max-age"), 20)
    ]
    text = render("text", report)
    assert text.count("becomes a filter") == 1
    assert "enable-cors, cors-allow-origin, cors-max-age: becomes a filter" in text
    assert "at:      apps/web.yaml:20:5, apps/web.yaml:21:5, apps/web.yaml:22:5" in text


@pytest.mark.parametrize(
    ("messages", "shared"),
    [
        (["the limit is 5"], "the limit is 5"),
        (["the limit is 5", "the limit is 7"], "the limit is …"),
        (["Secret a/b is missing", "Secret c/d is missing", "Secret e is missing"], "Secret … is missing"),
        (["one", "two"], "…"),
        (["a b c", "a c", "b c"], "… c"),
        (["refused for a.example: no file", "refused for b.example: no file"], "refused for …: no file"),
        (["refused for a, b. Then", "refused for c. Then"], "refused for …. Then"),
        (["for a: x", "for b, x", "for c: x"], "for … x"),
    ],
)
def test_common_text(messages: list[str], shared: str) -> None:
    assert common(messages) == shared


@pytest.mark.parametrize(
    ("hints", "shown"),
    [
        ([], ""),
        (["create the Secret a/b", "create the Secret c/d"], "create the Secret …"),
        (["the pods move to the nodes", "check the ports"], "the pods move to the nodes / check the ports"),
        (["one", "two", "three", "four"], "one / two / three / 1 more (-v lists all)"),
    ],
)
def test_hints_without_common_words_are_shown_one_by_one(hints: list[str], shown: str) -> None:
    assert summary(hints) == shown


def test_secrets_that_nothing_names_have_to_be_made() -> None:
    report = reports.small()
    names = [{"kind": "Secret", "name": "shop-tls"}, {"kind": "Secret", "name": "made-up"}]
    report.resources[0].body["spec"] = {"listeners": [{"tls": {"certificateRefs": names}}]}
    report.findings[1].origin = report.findings[1].origin._replace(value="shop.example.com: shop-tls")
    found = report.prerequisites(report.classes())
    assert [one.title for one in found[1:]] == ["Create these Secrets, which the output refers to: gateways/made-up"]


def test_one_tls_ingress_is_short() -> None:
    for target in ("envoy-gateway", "envoy-gateway@1.7"):
        text = render("text", report_of(run(ingress("web", [("/", "web")], tls="shop-tls"), target=target)))
        assert text.startswith("Nothing to decide, ")
        assert "harmless" not in text
        assert len(text.splitlines()) <= 8, text


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
    text = dry_run.render(report) if name == "dryrun" else render(name, report)
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
    assert max(len(line) for line in render("text", report).splitlines() if " do: " in line) > 200
    wrapped = render("text", report, Look(width=80)).splitlines()
    assert max(len(line) for line in wrapped if line.startswith("    ") and "kubectl" not in line) <= 80


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
    report.inputs, report.objects, report.resources = report.inputs[1:2], report.objects[:1], []
    assert render("text", report) == (
        "Nothing to decide, 1 of 1 ready\n1 object (1 converted), 1 finding (1 exact), 0 resources\n"
    )
