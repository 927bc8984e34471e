"""Envoy Gateway's resources, read back, answer as the real Envoy Gateway and Envoy did."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.routing import Request, RoutingTable, decide
from converter.targets.registry import read_tables
from tests.oracle import about, cases, differences, exceptions, judge, lines, needs_all_answers

CASES = cases("envoy-gateway")


def tables(path: Path) -> list[RoutingTable]:
    """The tables of the resources in a file."""
    inventory, _ = read([str(path)], Options(), Ledger())
    documents = [document for kind in inventory.documents.values() for document in kind]
    return read_tables([*documents, *(service.as_document() for service in inventory.services.values())])


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_decides_as_recorded(case: Path):
    known = tables(case / "resources.yaml")
    recorded = lines(case)
    topic = about(recorded)
    found = {}
    for index, line in enumerate(recorded):
        request = Request.from_json(line)
        decisions = [decide(table, request) for table in known]
        decision = next((one for one in decisions if one.rule), decisions[0])
        words = differences(request, decision, line["answer"], topic)
        if words:
            found[index] = words
    wrong = judge(case.name, found, exceptions("oracle_exceptions_envoy.yaml").get(case.name, {}), len(recorded))
    assert not wrong, "\n".join(wrong)


@needs_all_answers
def test_exceptions_are_about_scenarios_that_exist():
    assert exceptions("oracle_exceptions_envoy.yaml").keys() <= {case.name for case in CASES}


def test_rules_know_the_line_that_they_come_from():
    (table,) = tables(next(case for case in CASES if case.name == "real-canary") / "resources.yaml")
    for _, _, rule in table.rules():
        assert rule.origin is not None
        assert rule.origin.location.path.endswith("resources.yaml")
        assert rule.origin.location.line > 1
        assert (rule.resource or ())[:2] == ("HTTPRoute", "shop")
