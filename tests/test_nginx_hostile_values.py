"""Values that no controller could use cost themselves alone: of chart values, of the workload, and in snippets."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.packs.directive_rows import directive_rows
from converter.pipeline.run import convert
from tests.complete import convert_text
from tests.targets_input import ingress
from tests.test_nginx_snippets import estate

HOSTILE: tuple[Any, ...] = (1, "x", [1], [[1]], {"a": "b"}, "²", "nan", "9" * 5000)
VALUES = """\
controller:
  config: {proxy-body-size: 8m, otel-sampler: TraceIdRatioBased, otel-sampler-ratio: "0.1", ssl-protocols: TLSv1.2,
    enable-opentelemetry: "true", otlp-collector-host: traces.obs, proxy-next-upstream: error http_502}
  ingressClassResource: {aliases: [internal]}
  service: {ports: {http: 80}, nodePorts: {http: 30080}}
  autoscaling: {enabled: true}
  autoscalingTemplate: [{type: Resource}]
tcp: {"9000": shop/mail:25}
"""
WORKLOAD = """\
kind: Deployment
apiVersion: apps/v1
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  template:
    metadata: {labels: {app.kubernetes.io/name: ingress-nginx}}
    spec:
      affinity:
        podAntiAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - topologyKey: host
            labelSelector:
              matchLabels: {app.kubernetes.io/name: ingress-nginx}
              matchExpressions: [{key: app, operator: In, values: [a]}]
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args: [/nginx-ingress-controller]
        ports: [{name: http, containerPort: 80, hostPort: 80}]
"""
SCALER = """\
kind: HorizontalPodAutoscaler
apiVersion: autoscaling/v2
metadata: {name: scaler, namespace: ingress-nginx}
spec:
  scaleTargetRef: {kind: Deployment, name: ingress-nginx-controller}
  maxReplicas: 5
  metrics: [{type: Resource}]
"""
INGRESS = ingress("web", [("/", "web")], host="a.example.com")


def places(node: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where a value can be put."""
    items = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [*([way] if len(way) > 1 else []), *(one for key, part in items for one in places(part, (*way, key)))]


def replaced(text: str, hostile: Any) -> list[dict[str, Any]]:
    """The document with the value in each place in turn."""
    out = []
    for *way, last in places(yaml.safe_load(text)):
        document = yaml.safe_load(text)
        owner = document
        for key in way:
            owner = owner[key]
        owner[last] = copy.deepcopy(hostile)
        out.append(document)
    return out


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda value: repr(value)[:12])
@pytest.mark.parametrize("text", [VALUES, WORKLOAD, SCALER], ids=["chart", "workload", "scaler"])
def test_any_value_of_the_controller_costs_itself_alone(text: str, hostile: Any, tmp_path: Path) -> None:
    (tmp_path / "ingress.yaml").write_text(INGRESS)
    if text is SCALER:
        (tmp_path / "workload.yaml").write_text(WORKLOAD)
    for document in replaced(text, hostile):
        (tmp_path / "values.yaml").write_text(yaml.safe_dump(document, allow_unicode=True))
        result = convert([str(tmp_path)])
        assert "HTTPRoute" in {one.kind for one in result.resources}, document


def test_zero_and_one_are_no_booleans(tmp_path: Path) -> None:
    (tmp_path / "ingress.yaml").write_text(INGRESS)
    (tmp_path / "values.yaml").write_text(
        "controller: {allowSnippetAnnotations: true, config: {proxy-body-size: 0, limit-rate: 1}}"
    )
    result = convert([str(tmp_path)])
    texts = {one.origin.key: one.origin.value for one in result.findings if one.origin.key in ("limit-rate",)}
    assert texts == {"limit-rate": "1"}
    assert not [one for one in result.resources if "bufferLimit" in repr(one.body)]


SNIPPETS = {
    "a status that is not a number": "return ²;",
    "a status of many digits": f"return {'9' * 5000};",
    "a port that there is not": "return 301 https://$host:99999/a;",
    "a port of many digits": f"return 301 https://$host:{'9' * 5000}/a;",
    "a time of many digits": f"expires {'9' * 5000};",
    "a variable that doubles itself": "set $a xx;\n" + 'set $a "$a$a";\n' * 60,
    "tests whose outcome is known": "set $a x;\n" + "if ($a = x) { set $b y; }\n" * 600,
}


@pytest.mark.parametrize("key", ["configuration-snippet", "server-snippet"])
@pytest.mark.parametrize("name", SNIPPETS)
def test_a_hostile_snippet_is_a_directive_that_nothing_says(name: str, key: str) -> None:
    result = convert_text(estate(SNIPPETS[name], key))
    assert not [one for one in result.findings if one.code.startswith("internal.")]
    assert [one for one in result.findings if one.fidelity.name in ("MANUAL", "UNSUPPORTED")]


NO_NUMBERS = ("", "²", "9" * 5000, "zone=one burst=²", f"zone=one burst={'9' * 5000}")


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: text[:20])
@pytest.mark.parametrize("key", ["configuration-snippet", "http-snippet"])
def test_no_argument_of_a_directive_ends_the_run(text: str, key: str) -> None:
    http = "limit_req_zone $binary_remote_addr zone=one:10m rate=5r/s;"
    for name in sorted(directive_rows().converted):
        other = "limit_req zone=one; " if name.startswith("limit_req_") else ""
        line = f"{other}{name} {text}{' https://x.example.com/' if name == 'error_page' else ''};"
        given = estate("return 404;", http=line) if key == "http-snippet" else estate(line, key, http=http)
        assert {"web"} <= {one.ref.name for one in convert_text(given).objects}, line


def test_a_port_of_a_location_that_there_is_not() -> None:
    result = convert_text(estate(f"location /x {{ proxy_pass http://a.b.svc:{'9' * 5000}; }}", "server-snippet"))
    assert not [one for one in result.findings if one.code.startswith("internal.")]


def test_a_log_format_of_brackets_is_a_text(tmp_path: Path) -> None:
    (tmp_path / "ingress.yaml").write_text(INGRESS)
    text = '{"a": ' + "[" * 100_000
    (tmp_path / "values.yaml").write_text(
        yaml.safe_dump({"controller": {"allowSnippetAnnotations": True, "config": {"log-format-upstream": text}}})
    )
    assert "HTTPRoute" in {one.kind for one in convert([str(tmp_path)]).resources}
