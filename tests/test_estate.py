"""An estate of 40 Ingresses becomes few objects, whose answers are those of an output with a route for each way to https.

`fixtures/estate-40/answers.jsonl` was recorded from that longer output: 91 objects, 2,819 lines.
"""

from __future__ import annotations

import json
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.targets.gateway_api.http_route.host_chunks import MOST_HOSTS
from converter.targets.gateway_api.http_route.shared_redirects import buckets
from tests.command import invoke, working_directory
from tests.complete import broken_promises
from tests.targets_input import ingress, of, run

ESTATE = Path(__file__).parents[1] / "fixtures" / "estate-40"
MOST_OBJECTS, MOST_LINES = 60, 1900
HOSTS = [f"h{number}.example.com" for number in range(40)]


@cache
def converted():
    from converter.pipeline.run import convert

    with working_directory(ESTATE):
        return convert(["input"])


def test_few_objects_and_lines(tmp_path):
    assert invoke(["convert", "input", "-o", tmp_path, "-q"], ESTATE).code == 0
    files = [path.read_text() for path in tmp_path.rglob("*.yaml")]
    kinds = Counter(one["kind"] for text in files for one in yaml.safe_load_all(text))
    assert sum(kinds.values()) <= MOST_OBJECTS
    assert sum(text.count("\n") for text in files) <= MOST_LINES
    assert kinds["HTTPRoute"] == 44  # 39 that serve (a canary joins the route of its Ingress), and 5 to https
    assert broken_promises(converted()) == []


def test_the_answers_are_those_of_the_longer_output():
    rows = [json.loads(line) for line in (ESTATE / "answers.jsonl").read_text().splitlines()]
    assert len(rows) > 150
    for row in rows:
        scheme, _, rest = row["url"].partition("://")
        host, slash, path = rest.partition("/")
        after = trace(converted(), Request("GET", scheme, host, slash + path))["after"]
        upstream = {"path": after["upstream"]["path"]} if "upstream" in after and "path" in row else {}
        found = {key: after[key] for key in ("status", "location", "backends") if after.get(key)} | upstream
        assert {"url": row["url"]} | found == row


def redirects(hosts):
    result = run(*(ingress(f"a{one.partition('.')[0]}", [("/", "web")], host=one, tls="a") for one in hosts))
    return {
        one.name: one.body["spec"]["hostnames"]
        for one in of(result, "HTTPRoute")
        if "filters" in one.body["spec"]["rules"][0]
    }


def test_one_more_host_renames_no_route_and_moves_hosts_of_one_alone():
    known: dict[str, list[str]] = {}
    for count in (1, 16, 17, 18, 40):
        found = redirects(HOSTS[:count])
        assert known.keys() <= found.keys()
        assert all(one.startswith("nginx-redirect") and len(found[one]) <= MOST_HOSTS for one in found)
        assert sorted(host for some in found.values() for host in some) == sorted(HOSTS[:count])
        known = found
    for count in range(1, 200):
        before, after = (dict(buckets([f"h{one}.test" for one in range(some)])) for some in (count, count + 1))
        assert before.keys() <= after.keys()
        assert sum(not set(hosts) <= set(after[suffix]) for suffix, hosts in before.items()) <= 1


@pytest.mark.parametrize("more", [{"ssl-redirect": "false"}, {"permanent-redirect": "https://other.example.com"}])
def test_what_serves_or_leads_elsewhere_shares_no_route(more):
    notes = {f"nginx.ingress.kubernetes.io/{key}": value for key, value in more.items()}
    result = run(
        ingress("one", [("/", "web")], host="a.example.com", tls="a"),
        ingress("two", [("/", "web")], host="b.example.com", tls="a", annotations=notes),
    )
    [shared] = [one for one in of(result, "HTTPRoute") if one.name == "nginx-redirect"]
    assert shared.body["spec"]["hostnames"] == ["a.example.com"]


def test_rules_with_the_same_redirect_are_one_rule():
    snippets = (ESTATE.parent / "ingress-nginx" / "configuration-snippet" / "input.yaml").read_text()
    result = run(snippets)
    routes = [one.body["spec"]["rules"] for one in of(result, "HTTPRoute")]
    redirects = [[one for one in rules if "requestRedirect" in str(one)] for rules in routes]
    assert any(len(rule["matches"]) == 2 for rules in redirects for rule in rules)
    assert not any(one["filters"] == other["filters"] for rules in redirects for one, other in pairwise(rules))
    assert broken_promises(result) == []
