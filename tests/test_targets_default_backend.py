"""The default backend of an ALB's port: every host has it behind its rules, where nothing else takes what they leave."""

from __future__ import annotations

import pytest

from converter.pipeline.result import Result
from converter.pipeline.verify import verify
from converter.routing.decide import decide
from converter.routing.exchange import Request
from tests.complete import convert_checked

PORT = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {networkMode: container, projects: [ALL_ALL]}}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-00080, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec:
  port: 80
  protocol: http
  serviceGroup: {services: [{name: rest, namespace: shop, port: 80, weight: 100}]}
"""
RULE = """
---
apiVersion: crd.alauda.io/v1
kind: Rule
metadata: {name: NAME, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-00080}}
spec:
  priority: 5
  dslx: CONDITIONS
  serviceGroup: {services: [{name: NAME, namespace: shop, port: 80, weight: 100}]}
"""
EXACT = "[{type: HOST, values: [[EQ, a.example.com]]}, {type: URL, values: [[STARTS_WITH, /a]]}]"
WHOLE = "[{type: HOST, values: [[EQ, b.example.com]]}, {type: URL, values: [[STARTS_WITH, /]]}]"
WILDCARD = "[{type: HOST, values: [[ENDS_WITH, '*.example.com']]}, {type: URL, values: [[STARTS_WITH, /w]]}]"
HOSTLESS = "[{type: URL, values: [[STARTS_WITH, /free]]}]"
REQUESTS = [
    Request("GET", "http", host, path)
    for host in ("a.example.com", "b.example.com", "c.example.com", "else.example.net")
    for path in ("/a", "/a/x", "/w", "/free", "/", "/other")
]


def converted(*conditions: str, **options: object) -> Result:
    rules = [RULE.replace("NAME", f"r{at}").replace("CONDITIONS", text) for at, text in enumerate(conditions)]
    return convert_checked(PORT + "".join(rules), **options)


def served(result: Result, before: bool) -> list[dict[str, float]]:
    [comparison] = result.comparisons
    table = comparison.before if before else comparison.after
    return [decide(table, request).resolved for request in REQUESTS]


@pytest.mark.parametrize("conditions", [(), (EXACT,), (EXACT, WHOLE), (WILDCARD,), (WILDCARD, WHOLE)])
def test_every_host_keeps_the_default_backend(conditions) -> None:
    result = converted(*conditions)
    assert served(result, before=False) == served(result, before=True)
    assert not [one for one in result.findings if one.code == "host.fall-through"]
    assert not [one for one in verify(result) if one.fails]


@pytest.mark.parametrize("conditions", [(EXACT, HOSTLESS), (EXACT, WILDCARD)])
def test_hosts_that_other_general_rules_serve_do_not_fall_through_and_are_named(conditions) -> None:
    """The default backend alone would take requests that another rule serves today."""
    result = converted(*conditions)
    assert [one for one in result.findings if one.code == "host.fall-through"]
    after = decide(result.comparisons[0].after, Request("GET", "http", "a.example.com", "/other"))
    assert after.status == 404
    strict = converted(*conditions, strict=True)
    assert served(strict, before=False) == served(strict, before=True)


def test_a_host_whose_rules_take_everything_gets_no_copy() -> None:
    result = converted(WHOLE)
    [route] = [one.body for one in result.resources if one.kind == "HTTPRoute" and "hostnames" in one.body["spec"]]
    assert len(route["spec"]["rules"]) == 1
