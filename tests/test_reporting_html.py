"""The page: complete without network, harmless with hostile input, and usable in a real browser where one is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from converter.model import Fidelity, FieldRef, Finding, Location, ObjectRef, ObjectStatus, Origin, Resource
from converter.reporting import Report, render, report_of
from converter.reporting.side_by_side import SideBySide
from tests import reports
from tests.targets_input import ingress, run

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
HOSTILE = "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">&lt; \u2028"


def data(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    parsed: dict[str, Any] = json.loads(text)
    return parsed


def hostile() -> Report:
    report = reports.small()
    report.findings = [
        replace(one, message=HOSTILE, hint=HOSTILE, origin=one.origin._replace(value=HOSTILE))
        for one in report.findings
    ]
    report.objects = [replace(one, reason=HOSTILE) for one in report.objects]
    return report


def test_page_holds_everything() -> None:
    page = render("html", reports.small())
    assert "{{" not in page
    assert not re.findall(r"""(?:src|href)=["']?(?!#)|@import|url\(""", page)
    found = data(page)
    assert [one["name"] for one in found["objects"]] == ["web", "api", "old"]
    assert len(found["findings"]) == 8
    assert found["first"][0].startswith("1 file (unreadable): apps/bad.yaml")


def test_values_cannot_leave_the_data() -> None:
    page = render("html", hostile())
    assert page.count("</script>") == 2
    assert HOSTILE in data(page)["texts"]


def test_defaults_of_a_controller_are_listed_apart() -> None:
    report = reports.small()
    origin = Origin("default", "proxy-read-timeout", "60s", Location("apps/web.yaml", 1, 1), reports.WEB)
    report.findings = [*report.findings, Finding("timeouts.policy", Fidelity.APPROXIMATE, "one limit", origin)]
    found = data(render("html", report))
    assert [(one["kind"], one["name"]) for one in found["objects"]][-1] == ("Defaults", "ingress-nginx nginx")
    assert found["findings"][-1][10] == len(found["objects"]) - 1


def test_names_in_several_files_keep_their_findings() -> None:
    report = reports.small()
    places = [Location(f"{name}.yaml", 1, 1) for name in ("one", "two")]
    report.objects = [ObjectStatus(reports.WEB, place, "converted") for place in places]
    report.findings = [
        Finding(
            "path.odd",
            Fidelity.APPROXIMATE,
            place.path,
            Origin("field", "spec", "", place._replace(line=5), reports.WEB),
        )
        for place in places
    ]
    assert [one[10] for one in data(render("html", report))["findings"]] == [0, 1]


def test_before_and_after_are_linked_by_line(tmp_path: Path) -> None:
    file = tmp_path / "web.yaml"
    file.write_text("kind: Service\n---\nkind: Ingress\nmetadata:\n  name: web\n---\nkind: Other\n")
    ref = ObjectRef("Ingress", "shop", "web")
    body = {"kind": "HTTPRoute", "metadata": {"name": "web"}, "spec": {"rules": [{"name": "a"}, {"name": "b"}]}}
    exhibits = SideBySide(
        [ObjectStatus(ref, Location(str(file), 3, 1), "converted")],
        [Resource("v1", "HTTPRoute", "shop", "web", body, (ref,))],
    )
    assert exhibits.source(Location(str(file), 3, 1)) == "kind: Ingress\nmetadata:\n  name: web"
    assert exhibits.source(Location("nowhere.yaml", 3, 1)) == ""
    assert exhibits.where(FieldRef("HTTPRoute", "shop", "web", "spec.rules[1]")) == (0, 7, 7)
    assert exhibits.where(FieldRef("HTTPRoute", "shop", "other", "spec")) is None


def test_two_thousand_objects_stay_small() -> None:
    assert len(render("html", reports.large(2000)).encode()) < 5_000_000


def browse(page: str, folder: Path, script: str) -> Any:
    """Run a script in the page and return what it leaves in the title, as JSON; errors of the page come first."""
    guard = "<script>window.errors=[];addEventListener('error',e=>errors.push(e.message))</script>"
    test = (
        f"<script>(async()=>{{const wait=(ms)=>new Promise(done=>setTimeout(done,ms));const out=await (async()=>{{{script}}})();"
        "document.title='DONE'+JSON.stringify({errors:window.errors,out})})()</script>"
    )
    file = folder / "page.html"
    file.write_text(page.replace("<style>", guard + "<style>", 1).replace("</body>", test + "</body>"))
    ran = subprocess.run(
        [
            str(BROWSER),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={folder / 'profile'}",
            "--virtual-time-budget=8000",
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    (title,) = re.findall(r"<title>DONE(.*?)</title>", ran.stdout, re.DOTALL) or [ran.stderr]
    result = json.loads(title.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
    assert result["errors"] == []
    return result["out"]


needs_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium is installed")


@needs_browser
def test_filter_search_and_open_in_a_browser(tmp_path: Path) -> None:
    out = browse(
        render("html", reports.small()),
        tmp_path,
        """
        const names = () => [...document.querySelectorAll('#list .row b')].map((one) => one.textContent);
        const out = {all: names()};
        const search = document.getElementById('search');
        search.value = 'firewall'; search.dispatchEvent(new Event('input')); await wait(300);
        out.search = names();
        document.getElementById('clear').click();
        document.querySelector('.chip.approximate').click();
        out.approximate = names();
        document.getElementById('clear').click();
        document.dispatchEvent(new KeyboardEvent('keydown', {key: 'j'}));
        document.dispatchEvent(new KeyboardEvent('keydown', {key: 'j'}));
        out.title = document.querySelector('#detail h2').textContent;
        document.querySelectorAll('#list .row')[0].click();
        out.cards = [...document.querySelectorAll('#detail .finding .head button')].map((one) => one.textContent);
        return out;
    """,
    )
    assert out["all"] == ["api", "Files and settings", "web", "old"]  # withheld first, then by what is lost
    assert out["search"] == ["api"]
    assert out["approximate"] == ["api", "web"]
    assert out["title"] == "Input Files and settings"
    assert out["cards"] == ["annotation.unknown", "waf.lost", "snippet.raw", "timeouts.read"]


@needs_browser
def test_the_list_answers_to_keys_and_to_the_history(tmp_path: Path) -> None:
    out = browse(
        render("html", reports.small()),
        tmp_path,
        """
        const title = () => document.querySelector('#detail h2').textContent;
        const search = document.getElementById('search');
        const ask = async (value, key) => {
          search.value = value; search.dispatchEvent(new Event('input')); await wait(200);
          if (key) search.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        };
        const out = {totals: document.querySelector('.chip.approximate span').textContent};
        await ask('firewall', 'Enter'); out.entered = title(); out.reading = document.body.className;
        out.narrowed = document.querySelector('.chip.approximate span').textContent;
        await ask('no such thing'); out.empty = document.getElementById('list').textContent;
        document.getElementById('clear').click();
        document.querySelectorAll('#list .row')[2].click(); out.second = title();
        history.back(); await wait(300); out.back = title();
        document.dispatchEvent(new KeyboardEvent('keydown', {key: '?'})); out.keys = document.getElementById('keys').open;
        document.getElementById('keys').close();
        document.getElementById('clear').click();
        out.picture = [...document.querySelectorAll('.space')].map((one) => one.textContent);
        out.wraps = [...document.querySelectorAll('td button')].map((one) => getComputedStyle(one).whiteSpace);
        return out;
    """,
    )
    assert out["entered"] == "Ingress shop/api"
    assert out["reading"] == "reading"
    assert out["totals"] != out["narrowed"]
    assert out["empty"].startswith("No object matches.")
    assert out["second"] == "Ingress shop/web"
    assert out["back"] != out["second"]
    assert out["keys"] is True
    assert any("not served" in one for one in out["picture"])
    assert set(out["wraps"]) == {"nowrap"}


@needs_browser
def test_standard_differences_are_hidden_until_somebody_asks(tmp_path: Path) -> None:
    out = browse(
        render("html", report_of(run(ingress("web", [("/", "web")], tls="a")))),
        tmp_path,
        """
        const codes = () => [...document.querySelectorAll('td button')].map((one) => one.textContent);
        const before = codes();
        document.querySelector('.chip.standard').click();
        return [before, codes(), document.querySelector('.chip.standard span').textContent];
    """,
    )
    assert len(out[1]) > len(out[0])
    assert re.fullmatch(r"[1-9][0-9]* standard differences", out[2])


def test_the_page_has_its_parts() -> None:
    page = render("html", reports.small())
    for part in (
        'id="keys"',
        'id="back"',
        'id="print"',
        "@media print",
        "@media (max-width: 720px)",
        "Nothing to decide",
    ):
        assert part in page
    classes = {data(page)["texts"][one[14]] for one in data(page)["findings"]}
    assert "decision" in classes


@needs_browser
def test_lines_light_up_together(tmp_path: Path) -> None:
    (tmp_path / "apps").mkdir()
    source = tmp_path / "apps/web.yaml"
    source.write_text("\n".join(["kind: Ingress", *(f"line{number}: x" for number in range(2, 16))]))
    report = reports.small()
    body = {
        "kind": "HTTPRoute",
        "metadata": {"name": "web"},
        "spec": {"rules": [{"matches": [{"path": {"value": "/api"}}]}]},
    }
    report.resources = [replace(report.resources[1], body=body)]
    at = report.objects[0].location._replace(path=str(source))
    report.objects = [replace(report.objects[0], location=at)]
    report.findings = [
        replace(one, origin=one.origin._replace(location=one.origin.location._replace(path=str(source))))
        for one in report.findings[2:3]
    ]
    out = browse(
        render("html", report),
        tmp_path,
        """
        document.querySelector('#list .row').click();
        document.querySelector('#detail .finding .head button').click();
        const lit = () => [...document.querySelectorAll('pre .on')].map((one) => one.textContent);
        const first = lit();
        [...document.querySelectorAll('pre .linked')].at(-1).click();
        return [first, lit()];
    """,
    )
    assert out[0] == out[1] == ["line7: x", "    - path:", "        value: /api"]


@needs_browser
def test_hostile_values_do_nothing_in_a_browser(tmp_path: Path) -> None:
    out = browse(
        render("html", hostile()),
        tmp_path,
        """
        document.querySelectorAll('#list .row')[1].click(); await wait(200);
        return [document.title, document.querySelectorAll('img').length, document.querySelector('#detail .finding p').textContent];
    """,
    )
    assert out[0].startswith("ing2gw: 8 findings")
    assert out[1] == 0
    assert out[2].startswith("</script><script>document.title")


@needs_browser
def test_two_thousand_objects_open_quickly(tmp_path: Path) -> None:
    out = browse(
        render("html", reports.large(2000)),
        tmp_path,
        """
        const start = performance.now();
        document.querySelector('.chip.unsupported').click();
        return [document.documentElement.dataset.ready, performance.now() - start, document.querySelectorAll('#list .row').length];
    """,
    )
    assert out[0] == "yes"
    assert out[1] < 2000
    assert out[2] <= 201


def test_secrets_are_not_passed_on() -> None:
    report = reports.small()
    body = {
        "kind": "Secret",
        "metadata": {"name": "users"},
        "data": {".htpasswd": "c2VjcmV0"},
        "stringData": {"key": "hush"},
    }
    report.resources = [Resource("v1", "Secret", "shop", "users", body, (reports.WEB,))]
    page = render("html", report)
    assert "c2VjcmV0" not in page
    assert "hush" not in page
    assert ".htpasswd" in page
    assert body["data"][".htpasswd"] == "c2VjcmV0"
