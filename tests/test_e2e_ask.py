"""Three answers to one request: recorded from the old controller, computed for the new one, and real.

The converted resources go through the real translator of Envoy Gateway into a real Envoy. What is computed must equal
what is real; where the real answer differs from the recorded one, a finding on that very request must say so.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model.options import Options
from converter.pipeline.run import convert
from tests import live
from tests.oracle import cases, exceptions, judge, lines
from tests.three_answers import Threefold

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]

CONTROLLERS = ("ingress-nginx", "alauda-alb", "aws-alb")
SOURCES = [case for controller in CONTROLLERS for case in cases(controller)]
STRICT = SOURCES[::5]
TARGETS = cases("envoy-gateway")[::6]
HARMLESS = ("Overridden=", "OverlappingTLSConfig=", "Merged=", "RouteRulesOverlap=")
"""Conditions that say something of a policy, a certificate or a dead rule that is meant so."""


@pytest.mark.parametrize("case", TARGETS, ids=[case.name for case in TARGETS])
def test_recordings_of_the_target_hold(case: Path, tmp_path: Path):
    """The harness itself: the real target still answers as it did when it was recorded."""
    with live.asking().Target([str(case / "resources.yaml")]) as running:
        for line in lines(case):
            if not {"given", "repeat", "body"} & line["request"].keys():
                real = running.ask(dict(line["request"]))
                assert real["status"] == line["answer"]["status"], line["request"]
                assert real.get("location") == line["answer"].get("location"), line["request"]
                assert (real.get("upstream") or {}).get("path") == line["answer"].get("upstream", {}).get("path")


@pytest.mark.parametrize("case", SOURCES, ids=[f"{case.parent.name}/{case.name}" for case in SOURCES])
def test_recorded_computed_and_real_agree(case: Path, tmp_path: Path):
    _agree(case, Options(complete=True), tmp_path)


@pytest.mark.parametrize("case", STRICT, ids=[f"{case.parent.name}/{case.name}" for case in STRICT])
def test_they_agree_in_strict_style(case: Path, tmp_path: Path):
    _agree(case, Options(strict=True, complete=True), tmp_path)


def _agree(case: Path, options: Options, folder: Path) -> None:
    result = convert([str(case / "input.yaml")], options)
    manifests = [resource.body for resource in result.resources]
    if not any(manifest["kind"] == "Gateway" for manifest in manifests):
        pytest.skip("nothing of this scenario is converted")
    if any(manifest["kind"] == "ListenerSet" for manifest in manifests):
        pytest.skip("egctl does not read ListenerSets")
    services = [service.body for service in result.inventory.services.values()]
    recorded = lines(case)
    three = Threefold(result, recorded)
    found: dict[int, list[str]] = {}
    spaces = [document.body for document in result.namespaces]
    with live.target([*services, *spaces, *live.made_secrets(result), *manifests], folder) as running:
        problems = live.problems(running, HARMLESS)
        for index, line in enumerate(recorded):
            words = three.check(running, line)
            if words:
                found[index] = words
    name = f"{case.parent.name}/{case.name}"
    reasons = exceptions("oracle_exceptions_e2e.yaml").get(name, {})
    wrong = judge(name, found, {key: why for key, why in reasons.items() if key != "statuses"}, len(recorded))
    if "statuses" not in reasons:
        wrong += [f"{name}: {one['kind']} {one['name']}: {one['problem']}" for one in problems]
    assert not wrong, "\n".join(wrong)
