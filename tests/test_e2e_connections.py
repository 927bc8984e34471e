"""Connections whose server name is not the Host, asked of the real Envoy Gateway and Envoy."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import live
from tests.connections import SHAPES, questions, traced
from tests.targets_input import run

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),
]


@pytest.mark.parametrize("listeners", ["shared", "host"])
@pytest.mark.parametrize("shape", SHAPES)
def test_the_real_target_answers_as_computed(shape: str, listeners: str, tmp_path: Path) -> None:
    result = run(*SHAPES[shape].documents, listeners=listeners)
    bodies = [*(one.body for one in result.namespaces), *(one.body for one in result.resources)]
    wrong = []
    with live.target(bodies, tmp_path) as running:
        for request in questions(SHAPES[shape]):
            computed, real = traced(result, request)["after"], running.ask(dict(request))
            same = computed["status"] == real["status"] and set(computed.get("backends") or ()) == set(
                real.get("backends") or ()
            )
            if not same:
                wrong.append((request, computed["status"], real["status"]))
    assert not wrong
