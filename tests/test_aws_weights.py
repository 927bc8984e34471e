"""Weights of a forward action, from the JSON of the annotation to shares of requests and to backendRefs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.aws_input import ask, ingress, run, service
from tests.targets_input import run as converted

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
"""
RULES = """
    - host: shop.example.com
      http:
        paths:
          - {path: /, pathType: Prefix, backend: {service: {name: split, port: {name: use-annotation}}}}
"""


def documents(*weights: int | None) -> list[str]:
    names = [f"s{number}" for number in range(len(weights))]
    groups = [
        {"serviceName": name, "servicePort": 80} | ({} if weight is None else {"weight": weight})
        for name, weight in zip(names, weights, strict=True)
    ]
    action = json.dumps({"type": "forward", "forwardConfig": {"targetGroups": groups}})
    return [CLASS, *(service(name) for name in names), ingress("web", f"actions.split: '{action}'", RULES)]


@pytest.mark.parametrize(
    ("weights", "shares"),
    [
        ((3, 1), [0.75, 0.25]),
        ((1, 0), [1.0]),
        ((None,), [1.0]),
        ((5,), [1.0]),
        ((999, 1), [0.999, 0.001]),
        ((1, 1, 2), [0.25, 0.25, 0.5]),
    ],
)
def test_requests_are_shared_by_weight(weights: tuple[int | None, ...], shares: list[float], tmp_path: Path) -> None:
    answer = ask(run(tmp_path, *documents(*weights)), "http://shop.example.com/")
    assert answer["status"] == 200
    assert sorted(answer["backends"].values()) == pytest.approx(sorted(shares), abs=0.0006)


def test_without_any_weight_there_is_no_target(tmp_path: Path) -> None:
    assert ask(run(tmp_path, *documents(0, 0)), "http://shop.example.com/")["status"] == 503


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
@pytest.mark.parametrize("weights", [(3, 1), (999, 0), (1, 1, 2)])
def test_weights_are_written_to_every_target(weights: tuple[int, ...], target: str) -> None:
    result = converted(*documents(*weights), target=target)
    [route] = [one for one in result.resources if one.kind == "HTTPRoute"]
    [refs] = [rule["backendRefs"] for rule in route.body["spec"]["rules"]]
    assert {ref["name"]: ref["weight"] for ref in refs} == {f"s{number}": one for number, one in enumerate(weights)}


def test_a_weight_is_required_where_there_are_several_groups(tmp_path: Path) -> None:
    result = run(tmp_path, *documents(1, None))
    assert not result.tables
    assert ["weight must be set" in one.reason for one in result.statuses] == [True]


def test_weights_that_aws_refuses_are_named() -> None:
    result = converted(*documents(1000, 1), target="aws")
    assert any("1000" in one.message and "999" in one.message for one in result.findings)
