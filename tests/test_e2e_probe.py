"""`ing2gw probe` with a real Envoy as the new side; the old side answers as its table computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from converter.model.options import Options
from converter.pipeline.run import convert
from tests import live
from tests.command import invoke
from tests.probe_servers import Asked, Authority, Reply, of_table, server, serving, tls_secret

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there"),
    pytest.mark.filterwarnings("ignore"),  # ask.py leaves sockets to the garbage collector
]

ESTATE = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/enable-cors: "true"
    nginx.ingress.kubernetes.io/cors-allow-origin: https://app.example.com
    nginx.ingress.kubernetes.io/rewrite-target: /$2
spec:
  ingressClassName: nginx
  tls:
  - {hosts: [shop.example.com, api.example.com], secretName: shop-tls}
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /cart(/|$)(.*), pathType: ImplementationSpecific, backend: {service: {name: cart, port: {number: 80}}}}
  - host: api.example.com
    http:
      paths:
      - {path: /v1(/|$)(.*), pathType: ImplementationSpecific, backend: {service: {name: api, port: {number: 80}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: old
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/permanent-redirect: https://new.example.com
spec:
  ingressClassName: nginx
  rules:
  - host: old.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
"""


def test_a_real_envoy_as_the_new_side(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    context = authority.context("shop.example.com", "api.example.com")
    (tmp_path / "shop.yaml").write_text(ESTATE)
    result = convert([str(tmp_path / "shop.yaml")], Options())
    manifests = [*(one.body for one in result.resources), tls_secret("shop-tls", "shop", authority.last.read_text())]
    broken: list[bool] = []

    def change(asked: Asked, usual: Reply) -> Reply:
        return Reply(204) if broken and asked.path.startswith("/v1/") else usual

    old = of_table(result.comparisons[0].before, change)
    servers = server(old), server(old, ("", context))
    with live.target(manifests, tmp_path) as running, serving(*servers):
        ports = running.envoys[0].ports
        after = (f"http=127.0.0.1:{ports[80]}", f"https=127.0.0.1:{ports[443]}")
        before = (f"http={servers[0].address}", f"https={servers[1].address}")
        addresses = [
            word for pair in zip(("--before",) * 2 + ("--after",) * 2, before + after, strict=True) for word in pair
        ]
        options = ("--config", "", "--rate", "200", "--cacert", authority.file, "--report", "json", "-q")
        done = invoke(["probe", "shop.yaml", *addresses, *options], tmp_path)
        broken.append(True)
        failed = invoke(["probe", "shop.yaml", *addresses, *options, "--limit", "100"], tmp_path)
    _agree(json.loads(done.out))
    bad = [one for one in json.loads(failed.out)["requests"] if one["outcome"] == "unannounced"]
    assert {one["request"]["host"] for one in bad} == {"api.example.com"}
    assert failed.code == 1


def _agree(report: dict[str, Any]) -> None:
    bad = [one for one in report["requests"] if one["outcome"] == "unannounced" or one["after_disagrees"]]
    assert [(one["request"], one["before"], one["after"], one["differs"]) for one in bad] == []
    failing = [one for one in report["requests"] if one["outcome"] == "failing"]
    assert failing == []
    named = {one["host"]: one for one in report["connections"]}
    assert not named["shop.example.com"]["differs"]
    assert named["shop.example.com"]["after"]["protocol"] == "h2"
    assert any(one.get("over") for one in report["requests"])
    assert len(report["requests"]) > 40
