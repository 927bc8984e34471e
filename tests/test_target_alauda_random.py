"""Random load balancers of Alauda: in strict style every request is answered afterwards as before.

Only what the target can express is generated: no conditions on client addresses, no negations. Left out of the comparison
is what no table of Envoy can have and every report says: names more than one label below a wildcard, odd paths, a final dot
of the host, TRACE, and the headers of the proxies themselves.
"""

from __future__ import annotations

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.comparison.difference import Difference
from converter.comparison.request_kinds import NO_HANDSHAKE, WHEN
from converter.pipeline.result import Result
from tests.complete import broken_promises, convert_checked, convert_text

HOSTS = ["a.example.com", "b.example.com", "*.example.com"]
PREFIXES = ["/", "/a", "/a/", "/a/b", "/ab", "/abc", "/b", "/api", "/api/v1", "/a.b", "/A"]
PATTERNS = ["^/a/.*", "/v[0-9]+", "^/a(/|$)", "/(a|b)/c", "^/api/[^/]+/x$", "/a$", "^/ab?c", "/b/.*/d"]
"""Some are found anywhere in a path."""
SEEN = frozenset({"connection", "status", "location", "backends", "host", "path"})
KEYS = {"HEADER": "x_tier", "PARAM": "v", "COOKIE": "color"}
SERVICES = ["one", "two", "three"]
KINDS_OF_MALFORMED = ("odd-path", "odd-host", "odd-server-name", "trace")

ALB = {
    "apiVersion": "crd.alauda.io/v2beta1",
    "kind": "ALB2",
    "metadata": {"name": "alb", "namespace": "cpaas-system"},
    "spec": {"config": {"projects": ["ALL_ALL"], "networkMode": "container", "replicas": 2}},
}


def _host_row(host: str) -> list[str]:
    return ["ENDS_WITH" if host.startswith("*") else "EQ", host]


def _secret_name(host: str) -> str:
    return host.replace("*", "wildcard").replace(".", "-")


def _service(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": "apps"},
        "spec": {"selector": {"app": name}, "ports": [{"name": "http", "port": 80, "targetPort": 8080}]},
    }


def _secret(host: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": _secret_name(host), "namespace": "apps"},
        "type": "kubernetes.io/tls",
        "data": {"tls.crt": "Y3J0", "tls.key": "a2V5"},
    }


def _frontend(port: int, protocol: str, default: str) -> dict[str, Any]:
    spec: dict[str, Any] = {"port": port, "protocol": protocol}
    if default:
        spec["serviceGroup"] = {"services": [{"name": default, "namespace": "apps", "port": 80, "weight": 100}]}
    return {
        "apiVersion": "crd.alauda.io/v1",
        "kind": "Frontend",
        "spec": spec,
        "metadata": {"name": f"alb-{port:05d}", "namespace": "cpaas-system", "labels": {"alb2.cpaas.io/name": "alb"}},
    }


path = st.one_of(
    st.tuples(st.sampled_from(["Prefix", "Exact", "ImplementationSpecific"]), st.sampled_from(PREFIXES)),
    st.tuples(st.just("ImplementationSpecific"), st.sampled_from(PATTERNS)),
)
ingress = st.fixed_dictionaries(
    {
        "rules": st.lists(
            st.tuples(
                st.sampled_from([*HOSTS, ""]),
                st.lists(st.tuples(path, st.sampled_from(SERVICES)), min_size=1, max_size=4),
            ),
            min_size=1,
            max_size=3,
        ),
        "priorities": st.dictionaries(st.sampled_from(["0-0", "0-1", "1-0"]), st.integers(1, 9), max_size=2),
        "tls": st.lists(st.sampled_from(HOSTS), max_size=1),
    }
)
term = st.one_of(
    st.tuples(st.just("HOST"), st.lists(st.sampled_from(HOSTS).map(_host_row), min_size=1, max_size=2)),
    st.tuples(
        st.just("URL"),
        st.lists(
            st.one_of(
                st.tuples(st.sampled_from(["EQ", "STARTS_WITH"]), st.sampled_from(PREFIXES)).map(list),
                st.tuples(st.just("REGEX"), st.sampled_from(PATTERNS)).map(list),
            ),
            min_size=1,
            max_size=2,
        ),
    ),
    st.tuples(
        st.just("HEADER"),
        st.sampled_from([[["EQ", "gold"]], [["EXIST"]], [["STARTS_WITH", "go"]], [["REGEX", "^g.*d$"]]]),
    ),
    st.tuples(st.just("PARAM"), st.sampled_from([[["EQ", "1"]], [["IN", "1", "2"]]])),
    st.tuples(st.just("COOKIE"), st.sampled_from([[["EQ", "blue"]], [["REGEX", "^b"]]])),
    st.tuples(st.just("METHOD"), st.lists(st.sampled_from([["EQ", "GET"], ["EQ", "POST"]]), min_size=1, max_size=1)),
)
rule = st.fixed_dictionaries(
    {
        "terms": st.lists(term, min_size=1, max_size=3, unique_by=lambda one: one[0]),
        "services": st.dictionaries(st.sampled_from(SERVICES), st.integers(1, 100), min_size=1, max_size=2),
        "priority": st.integers(0, 8),
        "port": st.sampled_from([80, 443]),
    }
)
balancer = st.fixed_dictionaries(
    {
        "ingresses": st.lists(ingress, max_size=3),
        "rules": st.lists(rule, max_size=3),
        "default": st.sampled_from(["", "three"]),
    }
)


def _ingress(number: int, parts: dict[str, Any]) -> dict[str, Any]:
    notes = {f"alb.cpaas.io/ingress-rule-priority-{place}": str(value) for place, value in parts["priorities"].items()}
    rules = [
        {
            "host": host,
            "http": {
                "paths": [
                    {"path": text, "pathType": kind, "backend": {"service": {"name": service, "port": {"number": 80}}}}
                    for (kind, text), service in paths
                ]
            },
        }
        for host, paths in parts["rules"]
    ]
    tls = [{"hosts": [host], "secretName": _secret_name(host)} for host in parts["tls"]]
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "spec": {"ingressClassName": "alb", "rules": rules, "tls": tls},
        "metadata": {"name": f"i{number}", "namespace": "apps", "annotations": notes},
    }


def _rule(number: int, parts: dict[str, Any]) -> dict[str, Any]:
    services = [
        {"name": name, "namespace": "apps", "port": 80, "weight": weight} for name, weight in parts["services"].items()
    ]
    labels = {"alb2.cpaas.io/name": "alb", "alb2.cpaas.io/frontend": f"alb-{parts['port']:05d}"}
    dslx = [
        {"type": kind, "values": rows} | ({"key": KEYS[kind]} if kind in KEYS else {}) for kind, rows in parts["terms"]
    ]
    return {
        "apiVersion": "crd.alauda.io/v1",
        "kind": "Rule",
        "metadata": {"name": f"r{number}", "namespace": "cpaas-system", "labels": labels},
        "spec": {"dslx": dslx, "priority": parts["priority"], "serviceGroup": {"services": services}},
    }


def manifests(parts: dict[str, Any]) -> str:
    """The load balancer as a user exports it."""
    documents = [
        ALB,
        *map(_service, SERVICES),
        *map(_secret, HOSTS),
        _frontend(80, "http", parts["default"]),
        _frontend(443, "https", ""),
        *(_ingress(*one) for one in enumerate(parts["ingresses"])),
        *(_rule(*one) for one in enumerate(parts["rules"])),
    ]
    return "\n---\n".join(json.dumps(document) for document in documents)


def differences(result: Result) -> list[Difference]:
    """Every ordinary request of the witnesses that is answered differently; deep names are below the wildcard.

    Handshakes for unknown names fail on an ALB; one listener for all hosts takes them (`tls.unknown-names-served`).
    """
    return [
        one
        for comparison in result.comparisons
        for one in comparison.differences()
        if one.aspects & SEEN
        and NO_HANDSHAKE not in one.situation
        and one.request.host.count(".") < 3
        and not any(WHEN[kind](one.request) for kind in KINDS_OF_MALFORMED)
    ]


def _described(one: Difference) -> str:
    return f"{one.request.to_json()}\n  before {one.before.to_answer()}\n  after {one.after.to_answer()}"


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(balancer)
def test_strict_style_answers_every_request_as_before(parts):
    result = convert_checked(manifests(parts), strict=True)
    assert [_described(one) for one in differences(result)][:3] == []


@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(balancer)
def test_default_style_and_the_preset_announce_what_they_change(parts):
    assert broken_promises(convert_text(manifests(parts), preset="acp")) == []
