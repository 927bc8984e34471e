"""Random Rules as people write them: the output is valid, and every difference is announced by a finding of the rule."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from tests.complete import broken_promises, convert_checked, convert_text

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {config: {networkMode: container, projects: [ALL_ALL]}}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-00080, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec: {port: 80, protocol: http, serviceGroup: {services: GROUP}}
---
"""
VALUES = {
    "HOST": ["shop.example.com", ".example.com", "*.example.com", "example.com", "a.b.example.com", "*.b.example.com"],
    "URL": ["/a", "/a/", "/shop", "/a/b"],
    "METHOD": ["GET", "POST", "PUT"],
    "HEADER": ["x", "gold", "east-1"],
    "PARAM": ["vip", "v"],
    "COOKIE": ["1", "yes", "no", "maybe"],
    "SRC_IP": ["10.0.0.1", "10.0.0.9"],
}
OPERATORS = {
    "HOST": ["EQ", "IN", "ENDS_WITH"],
    "URL": ["EQ", "IN", "STARTS_WITH", "REGEX", "ENDS_WITH"],
    "METHOD": ["EQ", "IN"],
    "SRC_IP": ["EQ", "RANGE", "IN"],
}
KEYS = {"HEADER": ["LOCATION", "x_tier"], "PARAM": ["group", "K"], "COOKIE": ["uid", "SID"]}
PATTERNS = ["^/a", "/a.*b$", "[0-9]+", "^g"]


def _row(dice: random.Random, kind: str, alone: bool) -> list[str]:
    operator = dice.choice(OPERATORS.get(kind, ["EQ", "IN", "STARTS_WITH", "ENDS_WITH", "REGEX", "EXIST"]))
    if operator == "EXIST":
        return ["EXIST"] if alone else ["EQ", VALUES[kind][0]]
    if operator == "RANGE":
        return ["RANGE", *VALUES[kind][:2]]
    if operator == "IN":
        return ["IN", *dice.sample(VALUES[kind], dice.randint(2, len(VALUES[kind])))]
    return [operator, dice.choice(PATTERNS if operator == "REGEX" else VALUES[kind])]


def _term(dice: random.Random, kind: str) -> dict[str, Any]:
    count = dice.choice((1, 1, 2))
    key = {"key": dice.choice(KEYS[kind])} if kind in KEYS else {}
    return {"type": kind, **key, "values": [_row(dice, kind, count == 1) for _ in range(count)]}


def _rule(dice: random.Random, number: int) -> dict[str, Any]:
    kinds = dice.sample([kind for kind in VALUES if kind != "HOST"], dice.randint(1, 3))
    if dice.random() < 0.85:
        kinds.insert(dice.randint(0, len(kinds)), "HOST")
    group = {"services": [{"name": f"s{number}", "namespace": "app", "port": 80, "weight": 100}]}
    spec: dict[str, Any] = {
        "priority": dice.choice([0, 3, 5]),
        "dslx": [_term(dice, kind) for kind in kinds],
        "serviceGroup": group,
    }
    notes = {}
    if dice.random() < 0.3:
        notes["alb.rule.cpaas.io/rewrite-request"] = '{"headers": {"x-tier": "vip"}}'
        notes["alb.rule.cpaas.io/rewrite-response"] = '{"headers": {"x-frame-options": "DENY"}}'
    if dice.random() < 0.2:
        spec |= {"rewrite_base": dice.choice(["/a", "/a(.*)"]), "rewrite_target": dice.choice(["/x", "x", "/$1"])}
    labels = {"alb2.cpaas.io/name": "alb", "alb2.cpaas.io/frontend": "alb-00080"}
    metadata = {"name": f"r{number}", "namespace": "cpaas-system", "labels": labels, "annotations": notes}
    return {"apiVersion": "crd.alauda.io/v1", "kind": "Rule", "metadata": metadata, "spec": spec}


@pytest.mark.parametrize("seed", range(30))
def test_random_rules_convert_without_a_surprise(seed: int) -> None:
    dice = random.Random(f"rules {seed}")  # noqa: S311
    group = dice.choice(("[]", "[{name: rest, namespace: app, port: 80, weight: 100}]"))
    rules = [_rule(dice, number) for number in range(dice.randint(1, 3))]
    result = convert_text(
        ALB.replace("GROUP", group) + yaml.safe_dump_all(rules), preset="acp", strict=dice.random() < 0.5
    )
    assert broken_promises(result) == [], yaml.safe_dump_all(rules)


def test_many_values_of_cookies_and_methods_are_matches_of_one_filter() -> None:
    """An HTTPRouteFilter has at most 8 matches, and names each way once."""
    cookies = [{"type": "COOKIE", "key": key, "values": [["IN", *map(str, range(5))]]} for key in ("a", "b")]
    methods = {"type": "METHOD", "values": [["EQ", "GET"], ["IN", "POST", "GET"]]}
    dice = random.Random("cookies")  # noqa: S311
    rule = _rule(dice, 0)
    rule["spec"]["dslx"] = [{"type": "HOST", "values": [["EQ", "a.example.com"]]}, methods, *cookies]
    result = convert_checked(ALB.replace("GROUP", "[]") + yaml.safe_dump(rule), preset="acp")
    [route] = [one.body["spec"] for one in result.resources if one.kind == "HTTPRoute"]
    assert [one["method"] for one in route["rules"][0]["matches"]] == ["GET", "POST"]
    filters = [
        one.body["spec"]["matches"]
        for one in result.resources
        if one.kind == "HTTPRouteFilter" and "matches" in one.body["spec"]
    ]
    assert [[cookie["name"] for cookie in one["cookies"]] for one in filters[0]] == [["a", "b"]]
