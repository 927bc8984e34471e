"""Whole load balancers of Alauda Container Platform, as `--preset acp` converts them: by default and in strict style.

    fixtures/acp/<case>/input.yaml, expected/acp.yaml and .report, expected/acp-strict.yaml and .report

`pytest tests/test_fixture_acp.py --update-golden` renews the expected files.
"""

from __future__ import annotations

import json
from functools import lru_cache

import pytest
import yaml

from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.reporting import Look, render, report_of
from converter.writing.resource_order import ordered
from converter.writing.yaml import dump_all
from tests.complete import broken_promises, convert_text
from tests.test_fixtures import FIXTURES, inside

ACP = FIXTURES / "acp"
CASES = sorted(path.parent.name for path in ACP.glob("*/input.yaml"))
STYLES = {"acp": False, "acp-strict": True}


@lru_cache
def run(case: str, style: str) -> Result:
    with inside(ACP / case):
        return convert(["input.yaml"], Options(preset="acp", strict=STYLES[style], provenance=False))


of_case = pytest.mark.parametrize("case", CASES)
in_style = pytest.mark.parametrize("style", STYLES)


@of_case
@in_style
def test_output_and_report_are_as_expected(case, style, update_golden):
    result = run(case, style)
    got = {
        f"{style}.yaml": dump_all(one.body for one in ordered(result.resources)),
        f"{style}.report": render("text", report_of(result), Look(verbose=True)),
    }
    for name, text in got.items():
        expected = ACP / case / "expected" / name
        if update_golden:
            expected.parent.mkdir(exist_ok=True)
            expected.write_text(text)
        assert text == expected.read_text(), "run with --update-golden, and read the difference before you commit it"


@of_case
@in_style
def test_no_promise_is_broken(case, style):
    assert broken_promises(run(case, style)) == []


@of_case
@in_style
def test_conventions_of_the_platform(case, style):
    bodies = [one.body for one in run(case, style).resources]
    gateways = [one for one in bodies if one["kind"] == "Gateway"]
    assert gateways
    assert not any(one["kind"] == "GatewayClass" for one in bodies)
    proxies = {(one["metadata"]["namespace"], one["metadata"]["name"]) for one in bodies if one["kind"] == "EnvoyProxy"}
    for gateway in gateways:
        assert gateway["spec"]["gatewayClassName"] == "envoy-gateway-operator-cpaas-default"
        own = gateway["metadata"]["namespace"], gateway["metadata"]["name"]
        assert own in proxies
        assert gateway["spec"]["infrastructure"]["parametersRef"]["name"] == gateway["metadata"]["name"]


def test_the_input_is_what_a_cluster_gives():
    documents = list(yaml.safe_load_all((ACP / "store" / "input.yaml").read_text()))
    assert {"ALB2", "Frontend", "Rule", "Ingress", "Service", "Secret", "Namespace"} == {
        one["kind"] for one in documents
    }


def test_listeners_take_routes_of_the_project_only():
    bodies = [one.body for one in run("store", "acp").resources]
    [gateway] = [one for one in bodies if one["kind"] == "Gateway"]
    https = next(one for one in gateway["spec"]["listeners"] if one["protocol"] == "HTTPS")
    assert https["allowedRoutes"]["namespaces"]["selector"] == {"matchLabels": {"cpaas.io/project": "retail"}}


def test_a_switch_that_the_output_needs_is_a_step_by_hand():
    [switch] = [one for one in run("store", "acp").findings if one.code == "preset.switch"]
    assert switch.fidelity.value == "manual"
    assert "EnvoyGatewayCtl" in switch.hint and "enableBackend" in switch.hint


def test_the_first_lines_name_what_to_decide_and_what_to_prepare():
    """What somebody who runs the platform must know before anything else: lost protection, lost rules, switches."""
    text = render("text", report_of(run("platform", "acp")), Look())
    head = "\n".join(text.splitlines()[:30])
    for words in ("checkout/pay", "waf", "client address", "enableBackend"):
        assert words in head, head


def test_an_earlier_output_beside_the_input_changes_no_answer(tmp_path):
    """A Service that was written for a TCP port selects the pods of the one that it stands for."""
    source = (ACP / "platform/input.yaml").read_text()
    first = convert_text(source, preset="acp")
    services = [one.body for one in first.resources if one.kind == "Service"]
    assert services
    second = convert_text("\n---\n".join((*map(json.dumps, services), source)), preset="acp")
    assert not [one for one in second.findings if one.code == "routing.difference"]
