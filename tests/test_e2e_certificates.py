"""Which certificate a real Envoy presents where ports of an ALB have certificates of their own for one host."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.model.options import Options
from converter.packs.presets import with_preset
from converter.pipeline.run import convert
from converter.probe.addresses import Address
from converter.probe.settings import ProbeSettings
from converter.probe.stream import Dialer
from tests import live
from tests.probe_servers import Authority, tls_secret

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: web-alb, namespace: cpaas-system}
spec: {type: nginx, config: {networkMode: container, vip: {enableLbSvc: true}, projects: [ALL_ALL]}}
"""
FRONTEND = """
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {{name: web-alb-{port:05d}, namespace: cpaas-system, labels: {{alb2.cpaas.io/name: web-alb}}}}
spec: {{port: {port}, protocol: https, certificate_name: cpaas-system_wildcard}}
"""
RULE = """
apiVersion: crd.alauda.io/v1
kind: Rule
metadata:
  name: web-alb-{port:05d}-{service}
  namespace: cpaas-system
  labels: {{alb2.cpaas.io/frontend: web-alb-{port:05d}, alb2.cpaas.io/name: web-alb}}
spec:
  priority: 5
  domain: {service}.example.com
  certificate_name: {certificate}
  dslx: [{{type: HOST, values: [[EQ, {service}.example.com]]}}]
  serviceGroup: {{services: [{{name: {service}, namespace: shop, port: 80, weight: 100}}]}}
"""
CASES = {
    "one port has a certificate of the host": (
        [RULE.format(port=443, service="ledger", certificate="shop_first")],
        {(443, "ledger"): "first", (443, "people"): "wildcard", (8443, "people"): "wildcard"},
    ),
    "each port has another certificate of the host": (
        [
            RULE.format(port=443, service="ledger", certificate="shop_first"),
            RULE.format(port=8443, service="ledger", certificate="shop_second"),
        ],
        {
            (443, "ledger"): "first",
            (8443, "ledger"): "second",
            (443, "people"): "wildcard",
            (8443, "people"): "wildcard",
        },
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_port_presents_its_certificate(tmp_path: Path, name: str) -> None:
    rules, wanted = CASES[name]
    authority, made = Authority(tmp_path), {}
    for secret, namespace, names in (
        ("wildcard", "cpaas-system", ("*.example.com",)),
        ("first", "shop", ("ledger.example.com", "first.invalid")),
        ("second", "shop", ("ledger.example.com", "second.invalid")),
    ):
        authority.context(*names)
        made[secret] = tls_secret(secret, namespace, authority.last.read_text())
    people = [RULE.format(port=port, service="people", certificate="cpaas-system_wildcard") for port in (443, 8443)]
    texts = [ALB, FRONTEND.format(port=443), FRONTEND.format(port=8443), *rules, *people]
    texts += [yaml.safe_dump(one) for one in made.values()]
    (tmp_path / "alb.yaml").write_text("\n---\n".join(texts))
    result = convert([str(tmp_path / "alb.yaml")], with_preset(Options(preset="acp")))
    with live.target([*(one.body for one in result.resources), *made.values()], tmp_path) as running:
        ports = running.envoys[0].ports
        found = {key: _presented(ports[key[0]], f"{key[1]}.example.com") for key in wanted}
    marks = {"first": "first.invalid", "second": "second.invalid", "wildcard": "*.example.com"}
    assert {key: marks[value] in found[key] for key, value in wanted.items()} == dict.fromkeys(wanted, True), found


def _presented(port: int, server_name: str) -> Any:
    async def ask() -> Any:
        async with await Dialer(ProbeSettings()).dial(
            Address("127.0.0.1", port), server_name, ("h2",), check=False
        ) as stream:
            return stream.certificate.names if stream.certificate else ()

    return asyncio.run(ask())
