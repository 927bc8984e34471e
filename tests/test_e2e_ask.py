"""Three answers to one request: recorded from the old controller, computed for the new one, and real.

The converted resources go through the real translator of Envoy Gateway into a real Envoy. What is computed must equal
what is real; where the real answer differs from the recorded one, a finding on that very request must say so.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.checking.equivalence import Comparison, announced_of, read_differently
from converter.options import Options
from converter.pipeline import Result, convert
from converter.routing.decide import consult
from converter.routing.exchange import Decision, Request
from converter.routing.table import Rule
from converter.tracing import TraceError, comparison_for
from tests import live
from tests.oracle import cases, exceptions, judge, lines

pytestmark = [
    pytest.mark.e2e, pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]

CONTROLLERS = ("ingress-nginx", "alauda-alb", "aws-alb")
SOURCES = [case for controller in CONTROLLERS for case in cases(controller)]
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
    result = convert([str(case / "input.yaml")], Options())
    manifests = [resource.body for resource in result.resources]
    if not any(manifest["kind"] == "Gateway" for manifest in manifests):
        pytest.skip("nothing of this scenario is converted")
    if any(manifest["kind"] == "ListenerSet" for manifest in manifests):
        pytest.skip("egctl does not read ListenerSets")
    services = [service.body for service in result.inventory.services.values()]
    recorded = lines(case)
    found: dict[int, list[str]] = {}
    with live.target([*services, *manifests], tmp_path) as running:
        problems = live.problems(running, HARMLESS)
        for index, line in enumerate(recorded):
            words = _held_together(result, running, line)
            if words:
                found[index] = words
    name = f"{case.parent.name}/{case.name}"
    reasons = exceptions("oracle_exceptions_e2e.yaml").get(name, {})
    wrong = judge(name, found, {key: why for key, why in reasons.items() if key != "statuses"}, len(recorded))
    if "statuses" not in reasons:
        wrong += [f"{name}: {one['kind']} {one['name']}: {one['problem']}" for one in problems]
    assert not wrong, "\n".join(wrong)


def _held_together(result: Result, running: Any, line: dict[str, Any]) -> list[str]:
    request = live.with_sent_host(Request.from_json(line))
    if not request.path.isascii():  # http.client sends none that is not
        return []
    try:
        comparison: Comparison = comparison_for(result, request)
    except TraceError:
        return []
    before, rule_before = consult(comparison.before, request)
    after, rule_after = consult(comparison.after, request)
    real = running.ask({**live.askable(line["request"]), "gateway": comparison.after.entry})
    sent = after if request.host else consult(comparison.after, request._replace(host=live.NO_HOST))[0]
    words = live.disagreements(sent, real, sampled=not _hashed(rule_after))
    if words:
        return words
    changed = _changed(line["answer"], before, after, comparison)
    if changed and read_differently(request):
        changed = {"normalisation"}
    said = frozenset[str]().union(
        *(announced_of(finding, request) for finding in comparison.announcing(request, rule_before, rule_after))
    )
    return [
        f"nobody announced: {aspect} (recorded {_short(line['answer'])}, computed before {_short(before.to_answer())}, "
        f"after {_short(after.to_answer())})" for aspect in sorted(changed - said)
    ]


def _short(answer: dict[str, Any]) -> str:
    parts = (answer["status"], answer.get("location"), answer.get("backends"), answer.get("upstream", {}).get("path"))
    return " ".join(str(part) for part in parts if part)


def _hashed(rule: Rule | None) -> bool:
    """Whether a hash of the request chooses the backend, so that all of one client's requests meet the same."""
    values = [feature.value for feature in rule.features if feature.name == "load-balancing"] if rule else []
    return any(isinstance(value, dict) and value.get("type") == "ConsistentHash" for value in values)


def _changed(recorded: dict[str, Any], before: Decision, after: Decision, comparison: Comparison) -> set[str]:
    """Aspects in which the real answer (equal to `after`) differs from the recorded one.

    Where a backend answered, status and Location are its own: those of the recordings were told what to say.
    """
    answered = bool(recorded.get("backends"))
    if bool(recorded["status"]) != bool(after.status):
        return {"connection"}
    changed = set()
    if (200 if answered else recorded["status"]) != after.status:
        changed.add("status")
    if not answered and "location_prefix" not in recorded and recorded.get("location") != after.location:
        changed.add("location")
    if recorded.get("backends") == before.backends and "backends" in comparison.aspects(before, after):
        changed.add("backends")
    if answered != bool(after.backends):
        changed.add("backends")
    seen = recorded.get("upstream")
    if seen and after.backends:
        changed |= {"host"} if seen.get("host", after.host) != after.host else set()
        changed |= {"path"} if seen.get("path", after.path) != after.path else set()
    return changed
