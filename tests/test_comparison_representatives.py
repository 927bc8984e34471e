"""Hosts that are alike are read back once; whatever differs in what was written for a host makes it one of its own."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.comparison.equivalence import SERVER_NAMES, Comparison
from converter.comparison.host_signature import Shapes
from converter.comparison.representatives import SHOWN_PER_SIGNATURE
from converter.model.options import Options
from converter.pipeline import read_back
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.reporting import Look, decisions, render, report_of
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Certificate, Port, RoutingTable, Rule, VirtualHost
from tests.complete import broken_promises, convert_text
from tests.random_input import random_input
from tools.estate_settings import KINDS, OWN_SETTINGS, combined
from tools.estates import GROWING, OWN_VALUES

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web-%(n)d
  namespace: shop
  annotations: {%(notes)s}
spec:
  ingressClassName: nginx
  tls: [{hosts: [web-%(n)d.example.com], secretName: web-%(n)d}]
  rules:
  - host: web-%(n)d.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web-%(n)d, port: {number: 80}}}}
      - {path: /api, pathType: Prefix, backend: {service: {name: api-%(n)d, port: {number: 8080}}}}
"""
NOTES = (
    'nginx.ingress.kubernetes.io/enable-cors: "true", nginx.ingress.kubernetes.io/proxy-read-timeout: "7", '
    'nginx.ingress.kubernetes.io/whitelist-source-range: "10.0.0.0/8", nginx.ingress.kubernetes.io/use-regex: "true", '
    'nginx.ingress.kubernetes.io/upstream-vhost: "in.example.com", nginx.ingress.kubernetes.io/rewrite-target: "/x"'
)
GUARDED = (
    'nginx.ingress.kubernetes.io/auth-url: "http://auth.shop.svc.cluster.local/check", '
    'nginx.ingress.kubernetes.io/limit-rps: "5", nginx.ingress.kubernetes.io/proxy-body-size: "2m", '
    'nginx.ingress.kubernetes.io/affinity: "cookie", nginx.ingress.kubernetes.io/backend-protocol: "HTTPS", '
    'nginx.ingress.kubernetes.io/app-root: "/start"'
)


MAX_ASKED_OF_ONE_MORE = 12
"""Questions that one more host of a kind may cost; all that there are to ask of it are about sixty."""
OWN = (
    'nginx.ingress.kubernetes.io/enable-cors: "true", nginx.ingress.kubernetes.io/proxy-read-timeout: "7%(n)d", '
    'nginx.ingress.kubernetes.io/cors-allow-origin: "https://w%(n)d.example.org", '
    'nginx.ingress.kubernetes.io/whitelist-source-range: "10.7.%(n)d.0/24", nginx.ingress.kubernetes.io/use-regex: "true", '
    'nginx.ingress.kubernetes.io/upstream-vhost: "v%(n)d.example.com", nginx.ingress.kubernetes.io/rewrite-target: "/v%(n)d/x"'
)
OWN_GUARDED = (
    'nginx.ingress.kubernetes.io/auth-url: "http://auth.shop%(n)d.svc.cluster.local/check%(n)d", '
    'nginx.ingress.kubernetes.io/limit-rps: "5%(n)d", nginx.ingress.kubernetes.io/backend-protocol: "HTTPS", '
    'nginx.ingress.kubernetes.io/app-root: "/start%(n)d"'
)
OWN_REDIRECT = 'nginx.ingress.kubernetes.io/permanent-redirect: "https://r%(n)d.example.org/x%(n)d"'


def ingresses(count: int, notes: str = "") -> str:
    return "---\n".join(
        INGRESS % {"n": number, "notes": notes.replace("%(n)d", str(number))} for number in range(count)
    )


@pytest.fixture
def sampling(monkeypatch):
    """Samples from the first resource on, one of each kind."""
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 0)
    monkeypatch.setattr("converter.comparison.representatives.SHOWN_PER_SIGNATURE", 1)
    monkeypatch.setattr("converter.comparison.hosts.MIN_SHARED_RULES", 1)


def left(result: Result) -> set[str]:
    return {host for one in result.comparisons if one.samples for host in one.samples.left}


def announcements_of(result: Result) -> list[str]:
    return [repr(one) for one in result.findings]


def test_hosts_that_are_alike_are_read_once(sampling):
    result = convert_text(ingresses(5, NOTES))
    assert left(result) == {f"web-{number}.example.com" for number in range(1, 5)}
    assert not broken_promises(result)


def test_the_rest_is_read_when_somebody_asks(sampling):
    result = convert_text(ingresses(3))
    [comparison] = result.comparisons
    assert len(list(comparison.sampled.rules())) < len(list(comparison.after.rules()))
    assert comparison.sampled is comparison.after


def test_every_example_is_the_same_as_without_samples(sampling, monkeypatch):
    sampled = announcements_of(convert_text(ingresses(4, NOTES)))
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    assert sampled == announcements_of(convert_text(ingresses(4, NOTES)))


def test_the_text_report_needs_no_more_than_the_samples(monkeypatch):
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 0)
    result = convert_text(ingresses(60, NOTES))
    [comparison] = result.comparisons
    before = comparison.sampled
    render("text", report_of(result), Look())
    assert comparison.sampled is before
    assert SHOWN_PER_SIGNATURE >= decisions.CANDIDATES


@pytest.mark.parametrize("source", ["ingress-nginx", "alauda-alb", "aws-alb"])
@pytest.mark.parametrize("seed", range(24))
def test_random_estates_are_told_the_same(seed, source, sampling, monkeypatch):
    """Twice the same manifests under other names, so that there are hosts to leave out."""
    draw = random.Random(seed)  # noqa: S311
    given = random_input(source, seed)
    again = given.replace("example.com", "example.org").replace("ns0", "other")
    estate = f"{given}\n---\n{again}\n---\n{ingresses(3, draw.choice(['', NOTES]))}"
    options = {"strict": draw.random() < 0.5}
    result = convert_text(estate, **options)
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    monkeypatch.setattr("converter.comparison.hosts.MIN_SHARED_RULES", 10**9)
    whole = convert_text(estate, **options)
    assert [one.code for one in result.findings] == [one.code for one in whole.findings]
    assert not [
        one
        for one, other in zip(result.findings, whole.findings, strict=True)
        if one.example is None and other.example is not None
    ]
    assert [one.request for one in result.surprises] == [one.request for one in whole.surprises]


@settings(max_examples=8, deadline=None)
@given(st.lists(st.sampled_from(KINDS), min_size=2, max_size=5, unique=True))
def test_reports_on_any_own_values_are_the_same_without_samples(kinds: list[str]) -> None:
    """All but which of several true examples is shown, where hosts with client certificates meet on a connection."""
    estate = "---\n".join(combined(kinds)(4))
    reports = []
    for least in (0, 10**9):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", least)
            patch.setattr("converter.comparison.representatives.SHOWN_PER_SIGNATURE", 1)
            result = convert_text(estate)
        findings = [repr(replace(one, example=None)) for one in result.findings]
        shown = [one.example is not None for one in result.findings]
        reports.append((findings, shown, [one.body for one in result.resources], result.surprises))
    assert reports[0] == reports[1]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every scalar of a manifest."""
    if isinstance(node, dict | list):
        for key, value in node.items() if isinstance(node, dict) else enumerate(node):
            yield from places(value, (*path, key))
    else:
        yield path


NAMES = {"name", "namespace", "annotations", "ing2gw/source", "labels", "certificateRefs", "mode"}
"""Where names may differ, and what the reader does not look at."""


def about(result: Result, host: str) -> list[dict[str, Any]]:
    """What was written for a host alone: its routes, their policies and filters, and its listener."""
    name = host.partition(".")[0]
    out = []
    for one in result.resources:
        if one.kind == "Gateway":
            out += [spec for spec in one.body["spec"]["listeners"] if spec.get("hostname") == host]
        elif one.name.startswith(name):
            out.append(one.body["spec"])
    return out


EVERY_FIELD = {
    "rewritten": NOTES,
    "guarded": GUARDED,
    "own": OWN,
    "own-guarded": OWN_GUARDED,
    "own-redirect": OWN_REDIRECT,
}


@pytest.mark.parametrize(
    ("notes", "listeners"),
    [*((notes, "shared") for notes in EVERY_FIELD.values()), (NOTES, "host")],
    ids=[*EVERY_FIELD, "listeners"],
)
def test_whatever_is_changed_of_a_host_makes_it_one_of_its_own(notes, listeners, sampling, monkeypatch):
    host, missed = "web-1.example.com", []
    compare = read_back.compare
    spots = [
        (number, path)
        for number, body in enumerate(about(convert_text(ingresses(3, notes), listeners=listeners), host))
        for path in places(body)
        if not NAMES & set(path)
    ]
    assert len(spots) > 12
    for number, path in spots:

        def spoilt(result: Result, emission: Any, number: int = number, path: tuple[Any, ...] = path) -> Any:
            for one in result.resources:
                one.body = copy.deepcopy(one.body)  # parts that are equal may be one
            node = about(result, host)[number]
            for step in path[:-1]:
                node = node[step]
            node[path[-1]] = _other(node[path[-1]])
            return compare(result, emission)

        monkeypatch.setattr("converter.pipeline.run.compare", spoilt)
        found = left(convert_text(ingresses(3, notes), listeners=listeners))
        if host in found or "web-2.example.com" not in found:
            missed.append(".".join(map(str, path)))
    assert not missed


def _other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def test_a_host_that_lacks_a_route_is_one_of_its_own(sampling, monkeypatch):
    compare = read_back.compare

    def without(result: Result, emission: Any) -> Any:
        [shared] = [one for one in result.resources if one.name == "nginx-redirect"]
        hosts = shared.body["spec"]["hostnames"]
        shared.body["spec"]["hostnames"] = [one for one in hosts if one != "web-1.example.com"]
        found = compare(result, emission)
        shared.body["spec"]["hostnames"] = hosts
        return found

    monkeypatch.setattr("converter.pipeline.run.compare", without)
    result = convert_text(ingresses(3))
    assert left(result) == {"web-2.example.com"}
    assert any(one.request.host == "web-1.example.com" for one in result.surprises)


@pytest.mark.parametrize("own_paths", [False, True])
def test_what_nobody_announced_is_found_on_every_host(own_paths, sampling, monkeypatch):
    """Then everything is read, in the midst of it, and the rest of the hosts is asked as before."""
    compare = read_back.compare

    def without(result: Result, emission: Any) -> Any:
        result.resources = [one for one in result.resources if not one.name.endswith("-redirect")]
        return compare(result, emission)

    monkeypatch.setattr("converter.pipeline.run.compare", without)
    text = "---\n".join(
        (INGRESS % {"n": number, "notes": ""}).replace("/api", f"/api{number + 2}" if own_paths else "/api")
        for number in range(5)
    )
    sampled = convert_text(text)
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    whole = convert_text(text)
    assert {one.request.host for one in whole.surprises} == {f"web-{number}.example.com" for number in range(5)}
    assert [one.request for one in sampled.surprises] == [one.request for one in whole.surprises]


def test_hosts_that_two_entry_points_serve_are_read(sampling):
    """Each pair of them is alike, but a route of the one is no sample for the table of the other."""
    alb = INGRESS.replace("ingressClassName: nginx", "ingressClassName: alb-one").replace(
        "name: web-%(n)d\n", "name: b-%(n)d\n"
    )
    classes = (
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: alb-one}\n"
        "spec: {controller: cpaas.io/alb2}\n---\n"
    )
    more = "---\n".join(alb % {"n": number, "notes": ""} for number in range(2))
    result = convert_text(f"{classes}{ingresses(4)}---\n{more}")
    assert [one.before.controller for one in result.comparisons] == ["ingress-nginx", "alauda-alb"]
    assert left(result) == {"web-3.example.com"}
    assert not broken_promises(result)


def test_hosts_of_one_list_of_rules_are_read_once(sampling):
    """The rules of an Alauda ALB stand in one list; those for many hosts make a difference where they stand among them."""
    classes = "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata: {name: nginx}\nspec: {controller: cpaas.io/alb2}\n---\n"
    wide = (
        (INGRESS % {"n": 9, "notes": ""})
        .replace("  - host: web-9.example.com\n    http:", "  - http:")
        .replace("path: /api,", "path: /api/v1,")
    )
    for more in ("", f"---\n{wide}"):
        result = convert_text(f"{classes}{ingresses(5)}{more}")
        assert left(result) == {f"web-{number}.example.com" for number in range(1, 5)}
        assert not broken_promises(result)
    first = wide.replace("name: web-9", "name: web-9\n  annotations: {index.0-0.alb.ingress.cpaas.io/priority: '1'}", 1)
    assert not broken_promises(convert_text(f"{classes}{ingresses(5)}---\n{first}"))


def test_rules_for_many_hosts_are_part_of_what_is_compared():
    own = [Rule(hosts=(ValueMatcher("exact", "a.test"),)), Rule(hosts=(ValueMatcher("exact", "b.test"),))]
    wide = [Rule(hosts=(ValueMatcher("domain", "*.test"),)) for _ in range(3)]
    for rules, alike in (([*own, *wide], True), ([own[0], wide[0], own[1]], False)):
        port = Port(80, "HTTP", [VirtualHost((), rules)], fall_through=True)
        table = RoutingTable("x", "alauda-alb", [port])
        shapes = Shapes(Comparison(table, RoutingTable("", ""), lambda origin: None))
        keys = [
            shapes.of(name, [(port, VirtualHost(rule.hosts, [rule]))])
            for name, rule in zip(("a.test", "b.test"), own, strict=True)
        ]
        assert (keys[0] == keys[1]) is alike


def test_a_certificate_of_its_own_is_part_of_what_is_compared():
    vhosts = [VirtualHost((ValueMatcher("exact", name),), [Rule()]) for name in ("a.test", "b.test", "c.w.test")]
    port = Port(443, "HTTPS", vhosts, [Certificate(("a.test", "*.w.test"), "x", "y")], unknown_sni="refuse")
    shapes = Shapes(Comparison(RoutingTable("x", "ingress-nginx", [port]), RoutingTable("", ""), lambda origin: None))
    keys = [shapes.of(one.hosts[0].value, [(port, one)]) for one in vhosts]
    assert keys[0] == keys[2] != keys[1]


def test_the_command_prints_the_same(tmp_path, sampling, monkeypatch):
    file = tmp_path / "in.yaml"
    file.write_text(ingresses(30, NOTES))
    reports = []
    for many in (0, 10**9):
        monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", many)
        result = convert([str(file)], Options())
        reports.append([render(name, report_of(result), Look()) for name in ("text", "json", "markdown", "html")])
    assert reports[0] == reports[1]


def shown(result: Result) -> list[str]:
    """Everything that is said, with the examples of all findings."""
    return [repr(one) for one in result.findings]


@pytest.mark.parametrize("name", OWN_VALUES)
def test_hosts_with_values_of_their_own_are_read_once(name, sampling):
    result = convert_text("---\n".join(OWN_VALUES[name](6)))
    assert len(left(result)) >= 4, name


@pytest.mark.parametrize("name", OWN_VALUES | OWN_SETTINGS)
def test_no_host_with_values_of_its_own_is_asked_everything(name, sampling, monkeypatch):
    asked = 0
    ask = Comparison.ask

    def counting(self: Comparison, request: Any, **options: Any) -> Any:
        nonlocal asked
        asked += 1
        return ask(self, request, **options)

    monkeypatch.setattr(Comparison, "ask", counting)
    numbers = []
    for count in (6, 12):
        asked = 0
        convert_text("---\n".join((OWN_VALUES | OWN_SETTINGS)[name](count)))
        numbers.append(asked)
    assert numbers[1] - numbers[0] <= 6 * MAX_ASKED_OF_ONE_MORE, numbers


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("name", OWN_VALUES | OWN_SETTINGS | GROWING)
def test_values_of_their_own_are_told_the_same(name, strict, sampling, monkeypatch):
    monkeypatch.setattr("converter.comparison.representatives.SHOWN_PER_SIGNATURE", 2 * SERVER_NAMES)
    estate = "---\n".join((OWN_VALUES | OWN_SETTINGS | GROWING)[name](4 * SERVER_NAMES))
    sampled = shown(convert_text(estate, strict=strict))
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    assert sampled == shown(convert_text(estate, strict=strict))


WIDE = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: wide-%(n)d, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
  - {host: "*.w%(n)d.example.com", http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: w, port: {number: 80}}}}]}}
  - {host: %(other)s, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: e, port: {number: 80}}}}]}}
"""


@pytest.mark.parametrize(
    "other", ["app.w%d.example.com", "w%d.example.com", "a.b.w%d.example.com", "'*.v.w%d.example.com'"]
)
def test_wildcards_and_hosts_around_them_are_told_the_same(other, sampling, monkeypatch):
    estate = "---\n".join(WIDE % {"n": number, "other": other % number} for number in range(4))
    sampled = shown(convert_text(estate))
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    assert sampled == shown(convert_text(estate))


@pytest.mark.parametrize("notes", [OWN_GUARDED, OWN], ids=["own-guarded", "own"])
def test_a_lost_guard_with_values_of_its_own_is_found_on_every_host(notes, sampling, monkeypatch):
    """The client that is refused is told by values of the host: the URL of its service, its addresses."""
    compare = read_back.compare

    def without(result: Result, emission: Any) -> Any:
        result.resources = [one for one in result.resources if one.kind != "SecurityPolicy"]
        return compare(result, emission)

    monkeypatch.setattr("converter.pipeline.run.compare", without)
    sampled = convert_text(ingresses(5, notes))
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 10**9)
    whole = convert_text(ingresses(5, notes))
    opened = [one.origin.object for one in whole.findings if one.code == "protection.opened"]
    assert {one.name for one in opened if one} == {f"web-{number}" for number in range(5)}
    assert shown(sampled) == shown(whole)
