"""A rule that rejects every request stands in the default report; where it was served before, the run fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from converter.acceptance.exit_status import fails_run
from converter.comparison.equivalence import Comparison
from converter.comparison.rejected_rules import settle_rejected
from converter.model import Fidelity, Location, ObjectRef, Origin
from converter.model.ledger import Ledger
from converter.routing.actions import Backend, Forward
from converter.routing.matchers import ValueMatcher
from converter.routing.table import Port, RoutingTable, Rule, VirtualHost
from tests.command import invoke

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: web, namespace: shop, annotations: {annotations}}}
spec:
  ingressClassName: {ingress_class}
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: /cart, pathType: Prefix, backend: {{service: {{name: {service}, port: {port}}}}}}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{selector: {{app: web}}, ports: [{{name: http, port: 80}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: idle, namespace: shop}}
spec: {{ports: [{{name: http, port: 80}}]}}
---
apiVersion: v1
kind: Endpoints
metadata: {{name: idle, namespace: shop}}
subsets: []
"""
NGINX = "nginx.ingress.kubernetes.io"
FIXED = '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"503"}}'

CASES = {
    "no such Service": ("{}", "nginx", "gone", "{number: 80}"),
    "no such port": ("{}", "nginx", "web", "{number: 81}"),
    "no such port name": ("{}", "nginx", "web", "{name: web}"),
    "no endpoints": ("{}", "nginx", "idle", "{number: 80}"),
    "invalid annotation": (f'{{{NGINX}/whitelist-source-range: "10.0.0.0/99"}}', "nginx", "web", "{number: 80}"),
    "no such users": (
        f"{{{NGINX}/auth-type: basic, {NGINX}/auth-secret: users}}",
        "nginx",
        "web",
        "{number: 80}",
    ),
    "denied by snippet": (f'{{{NGINX}/configuration-snippet: "return 403;"}}', "nginx", "web", "{number: 80}"),
    "fixed response": (
        f"{{alb.ingress.kubernetes.io/actions.stop: '{FIXED}'}}",
        "alb",
        "stop",
        "{name: use-annotation}",
    ),
    "no such Service behind AWS": ("{}", "alb", "gone", "{number: 80}"),
}


DECIDED = ("no such port name", "denied by snippet")
"""A decision says it, and the run fails."""


def _input(name: str) -> str:
    annotations, ingress_class, service, port = CASES[name]
    return INGRESS.format(annotations=annotations, ingress_class=ingress_class, service=service, port=port)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_rule_that_rejects_every_request_is_in_the_default_report(tmp_path: Path, name: str, form: str) -> None:
    (tmp_path / "in.yaml").write_text(_input(name))
    ran = invoke(["convert", "in.yaml", "--complete", "-o", "out", "--report", f"{form}:report"], tmp_path)
    text = (tmp_path / "report").read_text()
    if name in DECIDED:
        assert ran.code == 1
        assert "Decisions" in text
        return
    assert ran.code == 0, ran.err
    assert "Rules that reject every request" in text
    assert "is rejected with 503" in text.replace("\n", " ")


@pytest.mark.parametrize("name", CASES)
def test_it_is_a_finding_of_its_own(tmp_path: Path, name: str) -> None:
    (tmp_path / "in.yaml").write_text(_input(name))
    ran = invoke(["diff", "in.yaml", "--complete", "--report", "json"], tmp_path)
    found = [one for one in json.loads(ran.out)["findings"] if one["code"] == "rule.rejects"]
    assert len(found) == (0 if name in DECIDED else 1)
    assert all(one["class"] in ("rejects", "difference") for one in found)


def test_a_rule_that_serves_some_requests_is_not_listed(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(
        INGRESS.format(annotations="{}", ingress_class="nginx", service="web", port="{number: 80}")
    )
    ran = invoke(["diff", "in.yaml", "--complete", "--report", "json"], tmp_path)
    assert "rule.reject" not in ran.out


def test_a_rule_that_is_withheld_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "in.yaml").write_text(_input("no such users"))
    ran = invoke(["convert", "in.yaml", "-o", "out", "--report", "text:report"], tmp_path)
    assert ran.code == 1
    assert "basic-auth.secret-missing" in (tmp_path / "report").read_text().partition("Prerequisites")[0]


def test_a_rule_that_was_served_and_is_rejected_fails_the_run() -> None:
    ref = ObjectRef("Ingress", "shop", "web")
    origin = Origin(
        "field", "spec.rules[0].http.paths[0]", "shop.example.com/ (Prefix)", Location("in.yaml", 1, 1), ref
    )
    before = Rule(action=Forward((Backend("shop", "web", 80, 80),)), origin=origin, object=ref)
    after = Rule(action=Forward((Backend("shop", "web", 80, 80, failure=500),)))
    host = (ValueMatcher("exact", "shop.example.com"),)
    first, second = (
        RoutingTable("nginx", "", [Port(80, hosts=[VirtualHost(host, [rule])])]) for rule in (before, after)
    )
    ledger = Ledger()
    settle_rejected([Comparison(first, second, ledger.settled, lambda rule: before)], {}, ledger)
    (found,) = ledger.findings()
    assert (found.code, found.fidelity) == ("rule.rejected", Fidelity.MANUAL)
    assert fails_run(found, "manual")
