"""Fixed responses of AWS on Envoy: the type of a body is kept, that of an empty one cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter.pipeline.result import Result
from converter.routing.exchange import Request
from tests import live
from tests.targets_input import ingress, run

TYPES = ("text/plain", "text/css", "text/html", "application/javascript", "application/json")
REQUESTS = [Request("GET", "http", f"h{number}.example.com", "/") for number in range(len(TYPES))]


def fixed(body: str) -> Result:
    """A host for each type that an ALB knows."""
    documents = []
    for number, kind in enumerate(TYPES):
        config = {"contentType": kind, "statusCode": "200"} | ({"messageBody": body} if body else {})
        action = json.dumps({"type": "fixed-response", "fixedResponseConfig": config})
        notes = {"alb.ingress.kubernetes.io/group.name": "g", "alb.ingress.kubernetes.io/actions.fix": action}
        text = ingress(f"i{number}", [("/", "fix")], host=f"h{number}.example.com", cls="alb", annotations=notes)
        documents.append(text.replace("{number: 80}", "{name: use-annotation}"))
    return run(*documents, source="aws-alb")


@pytest.mark.parametrize("body", ["", "x"], ids=["empty", "body"])
def test_the_content_type_is_kept_where_there_is_a_body(body: str) -> None:
    result = fixed(body)
    found = {one.origin.object for one in result.findings if one.code == "fixed-response.content-type"}
    assert len(found) == (0 if body else len(TYPES))
    for request, kind in zip(REQUESTS, TYPES, strict=True):
        before, after = result.comparisons[0].answers(request)
        assert before.response_headers["content-type"] == kind
        assert after.response_headers.get("content-type") == (kind if body else None)
    assert not result.surprises


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")  # ask.py leaves sockets to the garbage collector
@pytest.mark.parametrize("body", ["", "x"], ids=["empty", "body"])
def test_the_real_target_sends_the_same(body: str, tmp_path: Path) -> None:
    result = fixed(body)
    with live.target([one.body for one in (*result.namespaces, *result.resources)], tmp_path) as running:
        for request in REQUESTS:
            real = running.ask(request.to_json())["response_headers"]
            after = result.comparisons[0].answers(request)[1].response_headers
            assert real.get("content-type") == after.get("content-type"), request
