"""What people have accepted does not fail, stays visible, and does not outlive its reason."""

from __future__ import annotations

import cProfile
import datetime
import pstats
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.acceptance.decisions import Waiver
from converter.acceptance.exit_status import objections
from converter.acceptance.finding_index import FindingIndex
from converter.acceptance.waivers import ANNOTATION, BASELINE, accept, accept_baseline
from converter.acceptance.waivers import _covers as covers
from converter.model import Fidelity, Finding, InputStatus, Location, ObjectRef, ObjectStatus
from converter.model.failures import AcceptedFailures
from converter.reporting import render
from tests import reports
from tests.command import invoke

TODAY = datetime.date(2026, 11, 24)


def findings() -> list[Finding]:
    return [replace(one, accepted="") for one in reports.small().findings]


def finding(code: str, *, protects: bool = False) -> Finding:
    return Finding(code, Fidelity.MANUAL, "lost", reports.annotation(reports.WEB, "x", "y", 7), protects=protects)


def accepted(*waivers: Waiver) -> tuple[list[str], list[str]]:
    """Codes that are accepted, and codes of complaints."""
    some = findings()
    complaints = accept(some, waivers, TODAY)
    return [one.code for one in some if one.accepted], [one.code for one in complaints]


@pytest.mark.parametrize(
    ("waiver", "codes"),
    [
        (Waiver("regex.case", "known"), ["regex.case"]),
        (Waiver("regex.*", "known"), ["regex.case"]),
        (Waiver("timeouts", "a whole feature"), ["timeouts.read"]),
        (Waiver("regex.case", "known", object="shop/*"), ["regex.case"]),
        (Waiver("regex.case", "known", path="apps/**"), ["regex.case"]),
        (Waiver("waf.lost", "a firewall stands in front"), ["waf.lost"]),
        (Waiver("regex.case", "known", until=TODAY), ["regex.case"]),
    ],
)
def test_waivers(waiver: Waiver, codes: list[str]) -> None:
    assert accepted(waiver) == (codes, [])


@pytest.mark.parametrize(
    "waiver",
    [
        Waiver("regex.case", "known", object="blog/*"),
        Waiver("regex.case", "known", path="other/*"),
        Waiver("feature.off", "lossless anyway"),
        Waiver("waf.*", "protection is accepted by name alone"),
    ],
)
def test_waivers_that_meet_nothing_are_findings(waiver: Waiver) -> None:
    assert accepted(waiver) == ([], ["waiver.unused"])


def test_protection_is_never_accepted_by_a_pattern() -> None:
    codes, _ = accepted(Waiver("*", "all of it"))
    assert "waf.lost" not in codes
    assert "snippet.raw" not in codes
    assert "regex.case" in codes


def test_waivers_end() -> None:
    yesterday = TODAY - datetime.timedelta(1)
    some = findings()
    (complaint,) = accept(some, [Waiver("regex.case", "known", until=yesterday, file="ing2gw.yaml", line=7)], TODAY)
    assert complaint.code == "waiver.expired"
    assert str(complaint.origin.location) == "ing2gw.yaml:7:1"
    assert not any(one.accepted for one in some)


def test_an_ingress_accepts_for_itself() -> None:
    some = findings()
    value = "regex.case: no capitals here\ntimeouts.read: not on this object\nwaf.lost:\n"
    some.append(replace(some[1], code="metadata.note", origin=some[2].origin._replace(key=ANNOTATION, value=value)))
    complaints = accept(some, [], TODAY)
    assert [one.accepted for one in some if one.code == "regex.case"] == ["no capitals here"]
    assert not any(one.accepted for one in some if one.code != "regex.case")
    assert sorted((one.code, one.origin.key) for one in complaints) == [
        ("waiver.invalid", ANNOTATION),
        ("waiver.unused", ANNOTATION),
    ]


def test_a_baseline_accepts_what_was_there_and_nothing_new(tmp_path: Path) -> None:
    base = tmp_path / "base.json"
    base.write_text(render("json", reports.small()))
    some = findings()
    moved = [
        replace(one, origin=one.origin._replace(location=Location(one.origin.location.path, 99, 1))) for one in some
    ]
    new = replace(some[2], origin=some[2].origin._replace(value="yes"))
    accept_baseline([*moved, new], base)
    assert {one.accepted for one in moved if not one.fidelity.lossless} == {BASELINE}
    assert new.accepted == ""
    twice = [replace(some[2]), replace(some[2])]
    accept_baseline(twice, base)
    assert [one.accepted for one in twice] == [BASELINE, ""]


def test_accepted_findings_do_not_fail() -> None:
    report = reports.small()
    report.inputs = report.inputs[1:]
    assert objections(report.inputs, report.objects, report.findings, "manual") == [
        "2 security settings could not be converted (snippet.raw, waf.lost); accept each by its exact code",
        "4 findings at or above manual",
    ]
    for one in report.findings:
        one.accepted = "yes"
    assert objections(report.inputs, report.objects, report.findings, "approximate") == []


def test_a_wrong_code_gets_a_suggestion() -> None:
    found = [finding("rate-limit.local"), finding("redirect.location")]
    for wrong, right in (("rate-limit.lokal", "rate-limit.local"), ("rate-limit.policy", "rate-limit.local")):
        (complaint,) = accept(found, [Waiver(wrong, "known")], TODAY)
        assert complaint.message == f"Waiver {wrong} matches nothing."
        assert f"Did you mean {right}" in complaint.hint
    (complaint,) = accept(found, [Waiver("redirect.location", "known", object="other/web")], TODAY)
    assert "Correct its object or path" in complaint.hint
    (complaint,) = accept([], [Waiver("redirect.no-field", "known")], TODAY)
    assert not re.search(r"redirect\.no-field\b", complaint.hint)


def test_a_code_of_an_earlier_release_still_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("converter.acceptance.waivers.renamed_codes", lambda: {"slash.old": "redirect.location"})
    found = [finding("redirect.location")]
    (complaint,) = accept(found, [Waiver("slash.old", "known")], TODAY)
    assert found[0].accepted == "known"
    assert (complaint.code, complaint.fidelity) == ("waiver.renamed", Fidelity.OBSOLETE)
    assert "redirect.location" in complaint.message


def test_who_accepts_all_lost_protections_accepts_the_withheld_route() -> None:
    lost, other, route = (
        finding("waf.lost", protects=True),
        finding("oidc.manual", protects=True),
        finding("route.withheld"),
    )
    accept([lost, other, route], [Waiver("waf.lost", "known")], TODAY)
    assert not route.accepted
    accept([lost, other, route], [Waiver("oidc.manual", "known too")], TODAY)
    assert route.accepted


BROKEN = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {nginx.ingress.kubernetes.io/http2-push-preload: maybe}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
REFUSED = {
    "by the controller": (BROKEN, "ingress.refused"),
    "by its version": (BROKEN.replace("networking.k8s.io/v1", "networking.k8s.io/v9"), "ingress.refused"),
    "unrendered": (BROKEN.replace("name: web\n", "name: {{ .Release.Name }}\n"), "template.unrendered"),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("report", ["text", "junit", "github"])
def test_what_could_not_be_converted_and_is_accepted_is_green(name: str, report: str, tmp_path: Path) -> None:
    text, code = REFUSED[name]
    (tmp_path / "in").mkdir()
    (tmp_path / "in/web.yaml").write_text(text)
    (tmp_path / "in/service.yaml").write_text("{apiVersion: v1, kind: Service, metadata: {name: web, namespace: shop}}")
    assert invoke(["convert", "in", "--config", ""], tmp_path).code == 1
    (tmp_path / "ing2gw.yaml").write_text(f"waivers: [{{code: {code}, reason: known}}]")
    accepted = invoke(["convert", "in", "--report", f"{report}:report"], tmp_path)
    assert accepted.code == 0, accepted
    assert not re.search("<failure|::error", (tmp_path / "report").read_text())


def test_an_ingress_that_is_no_yaml_is_named_with_its_namespace_and_decided_once(tmp_path: Path) -> None:
    service = "---\napiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n"
    (tmp_path / "web.yaml").write_text(BROKEN.replace("host: shop.example.com", "host: *.example.com") + service)
    found = invoke(["convert", "web.yaml", "--config", ""], tmp_path)
    assert "could not be converted (Ingress shop/web)" in found.err
    assert found.err.count("broken YAML") == 1


def test_what_failed_without_a_finding_is_not_accepted_with_others() -> None:
    known = finding("x.y")
    known.accepted = "known"
    other = ObjectStatus(ObjectRef("Ingress", "shop", "other"), Location("b.yaml", 1, 1), "failed")
    mine = ObjectStatus(reports.WEB, Location("a.yaml", 1, 1), "failed")
    files = [InputStatus("c.yaml", 1, "failed")]
    assert AcceptedFailures([known]).open_objects([mine, other]) == [other]
    assert AcceptedFailures([known, finding("x.z")]).open_objects([mine, other]) == [mine, other]
    assert AcceptedFailures([known]).open_files(files) == files


PATTERNS = st.sampled_from(
    ["", "*", "shop/*", "shop/web", "s?op/web", "[s]hop/*", "*/web", "shop", "apps/**", "apps/shop.yaml"]
)
CODES = st.sampled_from(["regex.case", "regex.*", "*", "timeouts", "waf.lost", "waf.*", "none"])


@settings(deadline=None)
@given(st.builds(Waiver, CODES, st.just("known"), PATTERNS, PATTERNS))
def test_a_waiver_covers_what_looking_at_every_finding_would_show(waiver: Waiver) -> None:
    some = findings()
    every = {one.code for one in some if not one.fidelity.lossless and covers(waiver, one)}
    assert {one.code for one in FindingIndex(some).candidates(waiver) if covers(waiver, one)} >= every


@pytest.mark.parametrize("pattern", ["shop/web-{}", "shop/web-{}*", ""])
def test_thousands_of_waivers_do_not_each_look_at_every_finding(pattern: str) -> None:
    def calls(count: int) -> int:
        many = [finding(f"lost.of-{count}-{number}") for number in range(count)]
        for number, one in enumerate(many):
            one.origin = one.origin._replace(object=ObjectRef("Ingress", "shop", f"web-{count}-{number}"))
        waivers = [
            Waiver(f"lost.of-{count}-{number}", "known", pattern.format(f"{count}-{number}")) for number in range(count)
        ]
        profile = cProfile.Profile()
        profile.enable()
        accept(many, waivers, TODAY)
        profile.disable()
        assert all(one.accepted for one in many)
        return int(pstats.Stats(profile).total_calls)  # type: ignore[attr-defined]

    assert calls(200) < 3 * calls(100)
