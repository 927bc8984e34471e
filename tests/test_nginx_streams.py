"""TCP and UDP services of ingress-nginx: every form of an entry becomes a port, or the report says why it is none."""

from __future__ import annotations

from typing import Any

import pytest

from converter.pipeline.result import Result
from tests.complete import convert_text
from tests.targets_input import ingress

CONTROLLER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: c, namespace: ingress}
spec:
  template:
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.15.1
        args: [/nginx-ingress-controller, --tcp-services-configmap=ingress/tcp, --udp-services-configmap=ingress/udp, --http-port=8000]
---
apiVersion: v1
kind: Service
metadata: {name: pg, namespace: db}
spec: {selector: {app: pg}, ports: [{name: sql, port: 5432, targetPort: 15432}]}
---
apiVersion: v1
kind: Service
metadata: {name: dns, namespace: db}
spec: {selector: {app: dns}, ports: [{name: dns, port: 53, protocol: UDP}]}
---
apiVersion: v1
kind: Service
metadata: {name: far, namespace: db}
spec: {type: ExternalName, externalName: db.example.com, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: bare, namespace: db}
spec: {ports: [{port: 5432}]}
"""


def run(entries: str, protocol: str = "tcp", config: str = "", **options: Any) -> Result:
    text = f"{CONTROLLER}---\napiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {protocol}, namespace: ingress}}\ndata: {entries}\n"
    if config:
        head = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ingress-nginx-controller, namespace: ingress}\n"
        text += f"---\n{head}data: {config}\n"
    result = convert_text(text, **options)
    assert not [one for one in result.findings if one.code.startswith(("internal.", "routing."))]
    return result


def specs(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body["spec"] for one in result.resources if one.kind == kind]


@pytest.mark.parametrize(
    ("entry", "route", "decode", "encode"),
    [
        ("db/pg:5432", False, False, False),
        ("db/pg:sql", False, False, False),
        ("db/pg:5432:PROXY", True, True, False),
        ("db/pg:5432:proxy", True, True, False),
        ("db/pg:5432::PROXY", True, False, True),
        ("db/pg:5432:PROXY:PROXY", True, True, True),
        ("db/pg:5432:x:y", False, False, False),
        ("db/pg:5432::PROXY:", False, False, False),
    ],
)
def test_proxy_protocol_in_and_out(entry: str, route: bool, decode: bool, encode: bool) -> None:
    result = run(f'{{"9000": "{entry}"}}')
    assert bool(specs(result, "TCPRoute")) is route
    assert bool(specs(result, "Service")) is not route
    sent = [one["proxyProtocol"] for one in specs(result, "BackendTrafficPolicy") if "proxyProtocol" in one]
    read = [one["proxyProtocol"] for one in specs(result, "ClientTrafficPolicy") if "proxyProtocol" in one]
    assert sent == ([{"version": "V1"}] if encode else [])
    assert read == ([{"optional": False}] if decode else [])


def test_proxy_protocol_without_policies_is_lost_aloud() -> None:
    result = run('{"9000": "db/pg:5432::PROXY"}', target="gateway-api")
    (own,) = [one for one in result.findings if one.origin.key == "data.9000"]
    assert own.fidelity.value == "manual"
    assert "PROXY header" in own.message


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ('{"x": "db/pg:5432"}', "x is not a port number"),
        ('{"8000": "db/pg:5432"}', "port 8000 is one of the controller's own"),
        ('{"10254": "db/pg:5432"}', "port 10254"),
        ('{"9000": "db/pg"}', "is not NAMESPACE/SERVICE:PORT"),
        ('{"9000": "pg:5432"}', "is not NAMESPACE/SERVICE:PORT"),
        ('{"9000": "db/pg:15432"}', "has no TCP port 15432"),
        ('{"9000": "db/dns:53"}', "has no TCP port 53"),
    ],
)
def test_entry_that_opens_no_port(entry: str, words: str) -> None:
    result = run(entry)
    (own,) = [one for one in result.findings if one.code == "stream.not-opened"]
    assert words in own.message
    assert not [one for one in result.resources if one.kind in ("TCPRoute", "Service")]


@pytest.mark.parametrize("name", ["absent", "bare"])
def test_partial_input_keeps_the_port(name: str) -> None:
    assert specs(run(f'{{"9000": "db/{name}:5432"}}'), "TCPRoute")
    result = run(f'{{"9000": "db/{name}:5432"}}', complete=True)
    assert not specs(result, "TCPRoute")
    assert [one for one in result.findings if one.code == "stream.not-opened"]


def test_name_outside_the_cluster() -> None:
    (backend,) = specs(run('{"9000": "db/far:5432"}'), "Backend")
    assert backend["endpoints"] == [{"fqdn": {"hostname": "db.example.com", "port": 5432}}]


@pytest.mark.parametrize(("given", "idle"), [("{}", "600s"), ("{proxy-stream-timeout: 1h}", "3600s")])
def test_idle_time(given: str, idle: str) -> None:
    result = run('{"9000": "db/pg:5432", "9001": "db/pg:sql"}', config=given, l4="route")
    (own,) = [one for one in specs(result, "ClientTrafficPolicy") if "tcp" in one.get("timeout", {})]
    assert own["timeout"] == {"tcp": {"idleTimeout": idle}}
    assert [one["sectionName"] for one in own["targetRefs"]] == ["tcp-9000", "tcp-9001"]


def test_proxy_protocol_of_http_is_not_asked_of_tcp() -> None:
    result = run('{"9000": "db/pg:5432"}', config='{use-proxy-protocol: "true"}', l4="route")
    for one in specs(result, "ClientTrafficPolicy"):
        if "proxyProtocol" not in one:
            assert [ref["sectionName"] for ref in one["targetRefs"]] == ["tcp-9000"]
    assert any("proxyProtocol" in one for one in specs(result, "ClientTrafficPolicy"))


def test_udp_port() -> None:
    assert specs(run('{"53": "db/dns:dns"}', protocol="udp", l4="route"), "UDPRoute")


def test_lists_for_requests_are_not_those_of_tcp() -> None:
    result = run('{"9000": "db/pg:5432"}', config='{block-user-agents: "~*bot"}', l4="route")
    (policy,) = specs(result, "SecurityPolicy")
    assert [ref["sectionName"] for ref in policy["targetRefs"]] == ["http"]


def test_ports_of_a_controller_that_the_input_lacks_are_named() -> None:
    manifest = """apiVersion: v1
kind: ConfigMap
metadata: {name: tcp-services, namespace: ingress-nginx}
data: {"5432": "data/pg:5432", "25": "data/mail:smtp::PROXY", "note": "free text"}
---
"""
    result = convert_text(manifest + ingress("web", [("/", "web")]))
    [found] = [one for one in result.findings if one.code == "stream.unread"]

    assert found.fidelity.value == "manual"
    assert "5432: data/pg:5432, 25: data/mail:smtp::PROXY" in found.message
