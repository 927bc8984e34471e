"""`ing2gw replay`: what is added up of a log is what both sides answer when each request is asked by itself."""

from __future__ import annotations

import random
import re
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("duckdb", reason="needs the extra ing2gw[replay]")

from converter.comparison.equivalence import Comparison
from converter.model.options import Options
from converter.model.traffic import Traffic
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.replay.folding import beginning
from converter.replay.run import ReplayOptions, replay
from converter.routing.decide import decide
from converter.routing.exchange import Request
from tests.access_logs import (
    ALAUDA,
    DEFAULT,
    FULL,
    JSON_TEXT,
    Seen,
    answered,
    aws,
    envoy,
    nginx,
    random_requests,
    write,
)
from tests.random_input import random_input

ROOT = Path(__file__).parent.parent
ESTATE = """
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  block-user-agents: "~*bot"
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8,192.168.10.0/24,2001:db8::/32
spec:
  ingressClassName: nginx
  tls: [{hosts: [shop.example.com], secretName: shop}]
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /api, pathType: Prefix, backend: {service: {name: api, port: {name: http}}}}
      - {path: /api/v2/items, pathType: Exact, backend: {service: {name: items, port: {number: 8080}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: old
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/rewrite-target: /$2
    nginx.ingress.kubernetes.io/ssl-redirect: "false"
spec:
  ingressClassName: nginx
  rules:
  - host: old.example.com
    http:
      paths:
      - {path: /legacy(/|$)(.*), pathType: ImplementationSpecific, backend: {service: {name: old, port: {number: 80}}}}
      - {path: "/n/[0-9]+", pathType: ImplementationSpecific, backend: {service: {name: numbers, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: app
  namespace: team
  annotations:
    nginx.ingress.kubernetes.io/app-root: /start
spec:
  ingressClassName: nginx
  rules:
  - host: app.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: app, port: {number: 80}}}}
"""


@pytest.fixture(scope="module")
def nginx_result(tmp_path_factory: pytest.TempPathFactory) -> Result:
    path = tmp_path_factory.mktemp("estate") / "estate.yaml"
    path.write_text(ESTATE)
    return convert([str(path)])


@pytest.fixture(scope="module")
def demo() -> Result:
    return convert([str(ROOT / "fixtures/demo")])


def of_controller(result: Result, name: str) -> Comparison:
    return next(one for one in result.comparisons if one.before.controller == name)


def direct(comparison: Comparison, requests: list[Request]) -> Counter[str]:
    """How many of the requests have which outcome, each asked by itself."""
    found: Counter[str] = Counter()
    for one in requests:
        difference = comparison.ask(one)
        codes = difference.codes if difference else []
        announced = difference is not None and difference.announced and "routing.difference" not in codes
        found["same" if difference is None else "announced" if announced else "unannounced"] += 1
    return found


def outcomes(traffic: Traffic) -> Counter[str]:
    return Counter({name: tally.requests for name, tally in traffic.tallies.items() if tally.requests})


def check(comparison: Comparison, result: Result, log: Path, seen: list[Seen], options: ReplayOptions) -> Traffic:
    """Sums, distinct requests and sums of findings are those of asking directly; the log agrees with the tables."""
    traffic = replay(result, [str(log)], options)
    requests = [one.request for one in seen]
    assert outcomes(traffic) == direct(comparison, requests)
    keys = {(one.method, one.scheme, one.host, one.port, one.path, one.source, one.headers) for one in requests}
    asked = {(one.method, one.scheme, one.host, one.port, one.path) for one in requests}
    assert len(asked) <= traffic.requests.distinct <= len(keys)
    for one in (*traffic.tallies.values(), *(group.tally for group in traffic.groups), *traffic.by_finding.values()):
        assert bool(one.requests) == bool(one.distinct) and one.distinct <= min(one.requests, traffic.distinct)
    assert traffic.lines == len(seen) and not traffic.broken
    assert [(one.logged, one.computed, one.examples) for one in traffic.disagreements] == []
    assert (
        sum(one.tally.requests for one in traffic.groups)
        == traffic.requests.requests - traffic.tallies["same"].requests
    )
    return traffic


@pytest.mark.parametrize("name", FULL)
def test_sums_are_those_of_asking_directly(nginx_result: Result, tmp_path: Path, name: str) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    seen = answered(comparison, random_requests(comparison, 1500, 1))
    log = write(tmp_path / "access.log.gz", map(FULL[name], seen))
    text = JSON_TEXT if name == "json" else ""
    options = ReplayOptions(format=text) if text else ReplayOptions(format=_complete())
    traffic = check(comparison, nginx_result, log, seen, options)
    assert traffic.comparable > 500
    assert traffic.tallies["same"].requests and traffic.tallies["announced"].requests
    assert all(tally.requests for tally in traffic.by_finding.values())


def _complete() -> str:
    from converter.replay.log_format import complete_format

    return complete_format()


def test_requests_that_do_not_agree_are_asked_one_by_one(
    nginx_result: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    seen = answered(comparison, random_requests(comparison, 300, 8))
    log = write(tmp_path / "access.log", map(FULL["complete"], seen))
    monkeypatch.setattr("converter.replay.tally.Tallies._agree", lambda tallies, row: False)
    check(comparison, nginx_result, log, seen, ReplayOptions(format=_complete()))


@pytest.mark.parametrize("source", ["ingress-nginx", "alauda-alb", "aws-alb"])
@pytest.mark.parametrize("seed", range(3))
def test_rules_do_not_tell_apart_what_is_one_row(
    source: str, seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random estates, with nothing but the first request of each row asked."""
    monkeypatch.setattr("converter.replay.tally.Tallies._agree", lambda tallies, row: True)
    (tmp_path / "input.yaml").write_text(random_input(source, seed))
    result = convert([str(tmp_path / "input.yaml")], Options(source=source))
    text = _complete().replace("$scheme", "$server_port $scheme")
    for comparison in result.comparisons[:2]:
        seen = answered(comparison, random_requests(comparison, 150, seed))
        seen = [one for one in seen if " " not in one.request.path]
        if not seen:
            continue
        log = write(tmp_path / "access.log", map(nginx(text), seen))
        traffic = replay(result, [str(log)], ReplayOptions(format=text, entry=comparison.before.entry))
        assert outcomes(traffic) == direct(comparison, [one.request for one in seen])
        assert traffic.disagreements == []


@pytest.mark.parametrize("longest", [30_000, 200, 40])
def test_paths_are_followed_as_far_as_the_rules_go(longest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there are too many rules to follow all of them: then keys are finer."""
    monkeypatch.setattr("converter.replay.folding.LONGEST_EXPRESSION", longest)
    found = re.compile(beginning(["/", "/api", "/api/v2", "/static/", *(f"/t{number}/x" for number in range(20))]))
    paths = ["/", "/a", "/api", "/apix", "/api/v1/a", "/api/v1/b", "/API/v2", "/t3/x/1", "/t3/x/2", "/zoo/1", "/zoo/2"]
    keys = {path: found.match(path)[0] for path in paths}
    assert len(set(keys.values())) >= 8 and keys["/api"] != keys["/apix"] and keys["/API/v2"] == "/API/v2"
    if longest == 30_000:
        assert keys["/zoo/1"] == keys["/zoo/2"] == "/z" and keys["/api/v1/a"] == keys["/api/v1/b"] == "/api/v1"
        assert keys["/t3/x/1"] == keys["/t3/x/2"]


def test_sums_of_an_alauda_alb(demo: Result, tmp_path: Path) -> None:
    comparison = of_controller(demo, "alauda-alb")
    seen = answered(comparison, random_requests(comparison, 600, 2))
    log = write(tmp_path / "alb.log", map(nginx(ALAUDA), seen))
    check(comparison, demo, log, seen, ReplayOptions())


def test_sums_of_an_aws_alb(demo: Result, tmp_path: Path) -> None:
    comparison = of_controller(demo, "aws-alb")
    seen = answered(comparison, random_requests(comparison, 600, 3))
    seen = [one for one in seen if '"' not in one.request.path]
    log = write(tmp_path / "app.load-balancer.log.gz", map(aws, seen))
    check(comparison, demo, log, seen, ReplayOptions())


def test_the_log_of_the_gateway_is_held_against_the_generated_side(nginx_result: Result, tmp_path: Path) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    requests = [one._replace(headers=()) for one in random_requests(comparison, 600, 4)]
    seen = [Seen(one, decide(comparison.after, one)) for one in requests]
    seen = [one for one in seen if one.answer.status]
    log = write(tmp_path / "envoy.json", map(envoy, seen))
    traffic = check(comparison, nginx_result, log, seen, ReplayOptions())
    assert traffic.log_side == "after"


def test_the_default_format_narrows_hosts_by_the_backend(nginx_result: Result, tmp_path: Path) -> None:
    """Of TLS hosts, redirects tell http from https; what stays open is counted, and the format that ends it is shown."""
    comparison = of_controller(nginx_result, "ingress-nginx")
    requests = [
        one for one in random_requests(comparison, 900, 5) if one.host == "shop.example.com" and one.method == "GET"
    ]
    seen = [one for one in answered(comparison, requests) if one.backend or one.answer.status == 308]
    log = write(tmp_path / "access.log", map(nginx(DEFAULT), [one for one in seen if one.backend]))
    traffic = replay(nginx_result, [str(log)])
    expected = direct(comparison, [one.request for one in seen if one.backend])
    assert outcomes(traffic) == expected
    assert not traffic.needed_format and not traffic.disagreements


def test_hosts_without_a_certificate_are_ambiguous_by_scheme(tmp_path: Path) -> None:
    (tmp_path / "app.yaml").write_text(ESTATE.rpartition("---")[2])
    nginx_result = convert([str(tmp_path / "app.yaml")])
    comparison = of_controller(nginx_result, "ingress-nginx")
    seen = answered(comparison, [Request("GET", "http", "app.example.com", "/x")])
    log = write(tmp_path / "access.log", map(nginx(DEFAULT), seen * 5))
    traffic = replay(nginx_result, [str(log)])
    assert outcomes(traffic) == {"ambiguous": 5} and "$scheme $http_host" in traffic.needed_format
    resolved = replay(nginx_result, [str(log)], ReplayOptions(scheme="http"))
    assert outcomes(resolved) == direct(comparison, [one.request for one in seen * 5])
    assert not resolved.needed_format


def test_a_log_that_contradicts_the_model(nginx_result: Result, tmp_path: Path) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    (seen,) = answered(comparison, [Request("GET", "https", "shop.example.com", "/api/x", (), "10.1.1.1")])
    (refused,) = answered(comparison, [Request("GET", "https", "shop.example.com", "/", (), "8.8.8.8")])
    line = FULL["complete"]
    wrong = [
        *[line(seen).replace("[shop-api-http]", "[shop-web-80]")] * 3,
        line(seen).replace('HTTP/1.1" 200', 'HTTP/1.1" 403').replace("10.1.2.3:8080, 10.1.2.4:8080", "-"),
        line(refused).replace('HTTP/1.1" 403', 'HTTP/1.1" 200'),
        line(refused).replace('HTTP/1.1" 403', 'HTTP/1.1" 499'),
        line(seen).replace('HTTP/1.1" 200', 'HTTP/1.1" 404'),
        line(seen).replace("[shop-api-http]", "[gone-api-80]"),
    ]
    traffic = replay(nginx_result, [str(write(tmp_path / "a.log", wrong))], ReplayOptions(format=_complete()))
    found = {(one.what, one.logged, one.computed): one.tally.requests for one in traffic.disagreements}
    assert found == {
        ("upstream", "shop-web-80", "shop/api:http"): 3,
        ("upstream", "gone-api-80", "shop/api:http"): 1,
        ("status", "403 of the proxy", "sent to shop/api:http"): 1,
        ("status", "200", "403"): 1,
    }
    assert traffic.comparable == 7


def test_backends_that_the_input_lacks(nginx_result: Result, tmp_path: Path) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    seen = answered(comparison, [Request("GET", "https", "shop.example.com", "/api/x", (), "10.1.1.1")])
    lines = [nginx(DEFAULT)(one).replace("[shop-api-http]", "[gone-api-80]") for one in seen * 4]
    traffic = replay(nginx_result, [str(write(tmp_path / "a.log", lines))])
    assert {name: tally.requests for name, tally in traffic.unknown_backends.items()} == {"gone-api-80": 4}
    assert outcomes(traffic) == {"ambiguous": 4} and not traffic.disagreements
    assert not traffic.needed_format  # no other log format would tell


def test_shuffled_and_split_logs_have_the_same_sums(nginx_result: Result, tmp_path: Path) -> None:
    comparison = of_controller(nginx_result, "ingress-nginx")
    seen = answered(comparison, random_requests(comparison, 300, 6))
    lines = [FULL["complete"](one) for one in seen]
    one = replay(nginx_result, [str(write(tmp_path / "a.log", lines))], ReplayOptions(format=_complete()))
    random.Random(7).shuffle(lines)  # noqa: S311
    folder = tmp_path / "logs"
    folder.mkdir()
    for number in range(3):
        write(folder / f"{number}.log{'.gz' if number else ''}", lines[number::3])
    other = replay(nginx_result, [str(folder)], ReplayOptions(format=_complete()))
    assert (one.tallies, one.by_finding, one.comparable) == (other.tallies, other.by_finding, other.comparable)
    assert len(other.files) == 3
