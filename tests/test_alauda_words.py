"""What the report says of an ALB is held against what was written and what is computed, on every example of one."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.routing.decide import decide
from converter.routing.exchange import Request
from tests.complete import convert_text
from tests.test_fixtures import FIXTURES

INPUTS = sorted([*(FIXTURES / "alauda-alb").glob("*/input.yaml"), *(FIXTURES / "acp").glob("*/input.yaml")])
STYLES = [{}, {"strict": True}, {"preset": "acp"}, {"preset": "acp", "listeners": "host"}]


@lru_cache
def _converted(path: Path, style: int) -> Result:
    return convert([str(path)], Options(source="alauda-alb", provenance=False, **STYLES[style]))  # type: ignore[arg-type]


every = pytest.mark.parametrize("path", INPUTS, ids=lambda path: path.parent.name)
styles = pytest.mark.parametrize("style", range(len(STYLES)))


def _bodies(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body for one in result.resources if one.kind == kind]


def _listeners(result: Result) -> list[dict[str, Any]]:
    return [
        one
        for kind in ("Gateway", "ListenerSet")
        for body in _bodies(result, kind)
        for one in body["spec"]["listeners"]
    ]


def _said(result: Result, code: str = "") -> list[str]:
    return [f"{one.message} {one.hint}" for one in result.findings if one.code.startswith(code)]


def broken(result: Result) -> list[str]:
    """Sentences that are not true of the output."""
    out = []
    secrets = {
        f"{ref.get('namespace', '')}/{ref['name']}"
        for one in _listeners(result)
        for ref in one.get("tls", {}).get("certificateRefs", ())
    }
    for text in _said(result):
        found = re.search(r"Secret (\S+) to .* not among the certificates of the listeners", text)
        if found and found[1] in secrets:
            out.append(f"a listener has the certificate: {text}")
        if "self-signed" in text:
            out.append(f"ALB has no certificate of its own: {text}")
    scopes = [one.get("allowedRoutes", {}).get("namespaces", {}).get("from") for one in _listeners(result)]
    if "All" not in scopes:
        out += [f"no listener is for all: {text}" for text in _said(result) if "all namespaces" in text]
    hashes = {
        one["spec"].get("loadBalancer", {}).get("consistentHash", {}).get("type")
        for one in _bodies(result, "BackendTrafficPolicy")
    }
    for text in _said(result, "session-affinity.hash"):
        kind = "Cookie" if "cookie" in text else "Headers" if "of the header" in text else "SourceIP"
        if kind not in hashes and "withheld" not in text:
            out.append(f"no policy hashes by {kind}: {text}")
    unverified = [one for one in _bodies(result, "Backend") if one["spec"].get("tls", {}).get("insecureSkipVerify")]
    if bool(unverified) != bool([text for text in _said(result) if "insecureSkipVerify" in text]):
        out.append(f"unverified TLS of {len(unverified)} Backends is said or not said")
    return out


@every
@styles
def test_sentences_are_true_of_the_output(path, style) -> None:
    assert broken(_converted(path, style)) == []


@every
def test_who_serves_an_ingress_is_who_answers(path) -> None:
    """`class.several-albs` names those that have rules of it, and there is no Ingress on several without it."""
    result = _converted(path, 0)
    on: dict[Any, set[str]] = {}
    for table in result.tables:
        for _, _, rule in table.rules():
            if rule.object is not None and rule.object.kind == "Ingress":
                on.setdefault(rule.object, set()).add(table.entry)
    told = {one.origin.object: one.message for one in result.findings if one.code == "class.several-albs"}
    assert set(told) >= {ref for ref, names in on.items() if len(names) > 1}
    for ref, names in on.items():
        assert all(name.rpartition("/")[2] in told[ref] for name in names if ref in told)


CLASHING = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [ALL_ALL], ingressHTTPSPort: PORT}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: FIRST, namespace: shop}
spec:
  ingressClassName: alb
  tls: [{hosts: [shop.example.com], secretName: FIRST}]
  rules:
  - host: shop.example.com
    http: {paths: [{path: /FIRST, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def test_an_unused_certificate_names_the_one_that_is_served() -> None:
    text = "---".join(CLASHING.replace("FIRST", name).replace("PORT", "443") for name in ("a", "b"))
    result = convert_text(text)
    [finding] = [one for one in result.findings if one.code == "tls.no-effect"]
    assert finding.message == "ALB serves Secret shop/a for shop.example.com"
    answer = decide(result.tables[0], Request("GET", "https", "shop.example.com", "/b"))
    assert answer.notes.certificate == "shop/a"


def test_an_unused_certificate_says_that_the_port_is_off() -> None:
    result = convert_text(CLASHING.replace("FIRST", "a").replace("PORT", "0"))
    assert "the HTTPS port of Ingresses is off (ingressHTTPSPort 0 of ALB alb)" in _said(result, "tls.no-effect")[0]


@pytest.mark.parametrize(
    ("strategy", "wish", "port"),
    [
        ("ALWAYS", "true", 80),
        ("always", "", 80),
        ("Always", "", 443),
        ("Always", "false", 80),
        ("Always", "FALSE", 443),
        ("Request", "true", 443),
        ("Request", "TRUE", 80),
        ("both", "", 80),
        ("NEVER", "true", 80),
    ],
)
def test_strategies_and_wishes_are_compared_with_their_letter_case(strategy, wish, port) -> None:
    """alb: ingress/need.go:36-68."""
    text = CLASHING.replace("FIRST", "a").replace("PORT", f"443, defaultSSLStrategy: {strategy}")
    text = re.sub(r"  tls: .*\n", "", text)
    text = text.replace(
        "namespace: shop}", f"namespace: shop, annotations: {{alb.networking.cpaas.io/enable-https: '{wish}'}}}}"
    )
    result = convert_text(text, source="alauda-alb")
    assert {one.number for one in result.tables[0].ports} == {port}
    odd = strategy not in ("Always", "Request")
    assert [one.code for one in result.findings if one.code == "listener.ssl-strategy"] == [
        "listener.ssl-strategy"
    ] * odd
    told = [one.fidelity.value for one in result.findings if one.origin.key.endswith("enable-https") and wish]
    effect = (strategy, wish) in (("Always", "false"), ("Request", "true"))
    assert told == (["exact" if effect else "obsolete"] if wish else [])
