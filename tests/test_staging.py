"""A second set of routes under another domain: as closed as the first one, and nothing of the first one."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from converter.cli.commands import cli
from converter.model.options import Options
from converter.pipeline.run import convert
from converter.routing.decide import consult
from converter.routing.situation import NO_SITUATION
from converter.staging.host_names import StagingNames
from converter.staging.run import staging
from converter.targets.registry import read_tables
from converter.writing.serialize import document
from tests import live
from tests.targets_input import ingress, run

ROOT = Path(__file__).parent.parent
DOMAIN = "test.example.net"
CASES = [
    "ingress-nginx/allow-list",
    "ingress-nginx/auth-basic",
    "ingress-nginx/auth-url",
    "ingress-nginx/cors-with-auth",
    "ingress-nginx/from-to-www",
    "ingress-nginx/multi-host-ingress",
    "ingress-nginx/server-alias",
    "ingress-nginx/wildcard-host",
    "ingress-nginx/canary-header",
    "alauda-alb/host-fallthrough",
    "alauda-alb/wildcard-host-labels",
    "aws-alb/mix-shop",
    "faults/nginx-29-mtls-optional",
    "faults/safety-14-sni-mtls-bypass",
    "faults/nginx-67-global-auth-exempt-by-annotation",
]


def _staged(request, names):
    def host(text):
        name, colon, port = text.partition(":")
        return names.renamed(name) + colon + port

    headers = tuple((key, names.renamed(value)) for key, value in request.headers)
    sni = names.renamed(request.sni) if request.sni else request.sni
    return request._replace(host=host(request.host), sni=sni, headers=headers, path=names.renamed(request.path))


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("listeners", ["shared", "host"])
def test_the_same_requests_get_the_same_answers_under_the_other_domain(case, listeners):
    result = convert([str(ROOT / "fixtures" / case / "input.yaml")], Options(listeners=listeners))
    second = staging(result, DOMAIN)
    names = StagingNames(second.names, DOMAIN)
    tables = {table.entry: table for table in read_tables(second.resources, target_name="envoy-gateway")}
    asked = 0
    for comparison in result.comparisons:
        list(comparison.differences())
        table = tables.get(f"{comparison.after.entry}-staging")
        if table is None:
            continue
        for request in comparison.asked:
            known = {None, *second.names}
            if request.situation or request.host.partition(":")[0] not in known or request.sni not in known:
                continue
            question = request._replace(situation=NO_SITUATION)
            one = consult(comparison.after, question)[0]
            other = consult(table, _staged(question, names))[0]
            asked += 1
            assert other.status == one.status, request
            assert {key.replace("-staging", "") for key in other.backends} == set(one.backends), request
    assert asked or not tables or all(host.startswith("*.") for host in second.names)


@pytest.mark.parametrize("case", CASES)
def test_nothing_names_hosts_or_objects_of_clients(case):
    result = convert([str(ROOT / "fixtures" / case / "input.yaml")], Options())
    second = staging(result, DOMAIN)
    first = {(one.kind, one.namespace, one.name) for one in result.resources}
    for one in second.resources:
        assert (one.kind, one.namespace, one.name) not in first
        assert one.file.startswith("staging/")
        assert all(host.endswith(f".{DOMAIN}") for host in (one.body.get("spec") or {}).get("hostnames") or ())
        for listener in (one.body.get("spec") or {}).get("listeners") or ():
            assert listener.get("hostname", DOMAIN).endswith(DOMAIN)
        annotations = one.body["metadata"].get("annotations", {})
        assert not any(key.endswith(("/hostname", "/target")) for key in annotations)


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_a_real_envoy_answers_alike_under_both_domains(tmp_path):
    result = convert([str(ROOT / "fixtures" / "migration" / "ingress-nginx")], Options())
    second = staging(result, DOMAIN)
    shared = [one for one in result.resources if one.kind == "GatewayClass"]
    files = {}
    for name, some in (
        ("first", [one for one in result.resources if one.kind != "Certificate"]),
        ("second", shared + second.resources),
    ):
        files[name] = tmp_path / f"{name}.yaml"
        files[name].write_text(document(some))
    asked = [
        ("status.example.com", ""),
        ("status.example.com", "10.1.1.1"),
        ("bank.example.com", ""),
        ("api.example.com", ""),
    ]
    asked += [
        ("ledger.pay.example.com", ""),
        ("hooks.example.com", ""),
        ("shop.example.com", ""),
        ("sale.example.com", ""),
    ]
    answers = []
    for name, file in files.items():
        with live.asking().Target([str(file)]) as running:
            found = []
            for host, source in asked:
                for scheme in ("http", "https"):
                    request = {"host": host if name == "first" else second.names[host], "path": "/", "scheme": scheme}
                    found.append(running.ask({**request, **({"source": source} if source else {})})["status"])
            answers.append(found)
    assert answers[0] == answers[1]
    assert {403, 404, 200, 308} <= set(answers[0])


def test_names_are_one_label_and_differ():
    names = StagingNames(
        ["a.b.example.com", "a-b.example.com", "*.example.com", "x" * 60 + ".example.com"], DOMAIN
    ).names
    assert names["a.b.example.com"] == f"a-b-example-com.{DOMAIN}"
    assert names["a-b.example.com"] != names["a.b.example.com"]
    assert names["*.example.com"] == f"*.example-com.{DOMAIN}"
    assert len(set(names.values())) == len(names)
    assert all(len(label) <= 63 for name in names.values() for label in name.split("."))


PROXIED = """apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
  labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}
  annotations:
    service.beta.kubernetes.io/aws-load-balancer-scheme: internal
    service.beta.kubernetes.io/aws-load-balancer-eip-allocations: eipalloc-1
spec:
  type: LoadBalancer
  loadBalancerIP: 192.0.2.9
  loadBalancerSourceRanges: [10.0.0.0/8]
  selector: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}
  ports: [{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: https}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx, labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}}
spec:
  selector: {matchLabels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}}
  template:
    metadata: {labels: {app.kubernetes.io/name: ingress-nginx, app.kubernetes.io/component: controller}}
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.12.1
        args: [/nginx-ingress-controller, --publish-service=$(POD_NAMESPACE)/ingress-nginx-controller, --ingress-class=nginx]
        ports: [{name: http, containerPort: 80}, {name: https, containerPort: 443}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop, annotations: {external-dns.alpha.kubernetes.io/hostname: shop.example.com}}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""


def test_the_proxy_asks_for_no_address_of_the_first_one_and_stays_internal(tmp_path):
    (tmp_path / "input.yaml").write_text(PROXIED)
    result = convert([str(tmp_path / "input.yaml")], Options())
    first = next(one for one in result.resources if one.kind == "EnvoyProxy")
    second = next(one for one in staging(result, DOMAIN).resources if one.kind == "EnvoyProxy")
    service = first.body["spec"]["provider"]["kubernetes"]["envoyService"]
    copy = second.body["spec"]["provider"]["kubernetes"]["envoyService"]
    assert service["loadBalancerIP"] == "192.0.2.9"
    assert "loadBalancerIP" not in copy
    assert copy["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    assert copy["annotations"] == {"service.beta.kubernetes.io/aws-load-balancer-scheme": "internal"}


def test_convert_writes_them_below_a_folder_of_their_own(tmp_path):
    (tmp_path / "input.yaml").write_text(PROXIED)
    run = CliRunner().invoke(
        cli,
        [
            "convert",
            str(tmp_path / "input.yaml"),
            "--config",
            "",
            "-o",
            str(tmp_path / "out"),
            "--staging-domain",
            DOMAIN,
        ],
    )
    assert run.exit_code == 0, run.output
    text = (tmp_path / "out" / "staging" / "routes" / "shop" / "web.yaml").read_text()
    assert f"- shop-example-com.{DOMAIN}" in text
    assert "external-dns.alpha.kubernetes.io/controller: none" in text
    assert "shop.example.com" not in text.replace("Ingress shop/web", "")


@pytest.mark.parametrize("more", [["--gateway", "infra/shared"], ["--to", "aws"]])
def test_what_has_no_gateways_of_its_own_is_refused(more):
    run = CliRunner().invoke(cli, ["convert", "-", "--config", "", "--staging-domain", DOMAIN, *more], input=PROXIED)
    assert run.exit_code == 2
    assert "--staging-domain" in run.output


def test_routes_without_a_log_have_none_under_the_other_domain():
    off = {"nginx.ingress.kubernetes.io/enable-access-log": "false"}
    second = staging(run(ingress("web", [("/", "web")], annotations=off)), DOMAIN)
    [proxy] = [one.body["spec"] for one in second.resources if one.kind == "EnvoyProxy"]
    [setting] = proxy["telemetry"]["accessLog"]["settings"]
    assert setting["matches"] == ["!has(xds.route_name) || !xds.route_name.startsWith('httproute/shop/web-staging/')"]
