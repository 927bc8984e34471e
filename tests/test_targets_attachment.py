"""`--gateway`: routes attach to the listeners that the Gateway has, and its owner is told all that it lacks."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest
import yaml

from converter.pipeline.result import Result
from converter.pipeline.trace import trace
from converter.pipeline.verify import verify
from converter.routing.exchange import Request
from tests import live
from tests.targets_input import ingress, of, run

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
"""
SERVICES = "\n---\n".join(
    f"{{apiVersion: v1, kind: Service, metadata: {{name: web, namespace: {space}}}, spec: {{selector: {{app: web}}, ports: [{{port: 80}}]}}}}"
    for space in ("team-a", "team-b")
)
INPUT = (
    CLASS,
    SERVICES,
    ingress("web", [("/", "web")], host="a.example.com", tls="a-tls", namespace="team-a"),
    ingress("web", [("/", "web")], host="b.example.com", namespace="team-b"),
)
HOLDING = (
    "gateway.listener-missing",
    "gateway.namespace-refused",
    "gateway.kind-refused",
    "gateway.listener-not-programmed",
)


def listener(
    name: str, port: int, hostname: str = "", allowed: Any = None, certificate: str = "star"
) -> dict[str, Any]:
    protocol = "HTTPS" if port in (443, 8443) else "HTTP"
    body: dict[str, Any] = {"name": name, "port": port, "protocol": protocol}
    if hostname:
        body["hostname"] = hostname
    if protocol == "HTTPS":
        space, _, own = certificate.rpartition("/")
        body["tls"] = {"certificateRefs": [{"name": own, **({"namespace": space} if space else {})}]}
    if allowed is not None:
        body["allowedRoutes"] = {"namespaces": allowed}
    return body


ALL = {"from": "All"}


def gateway(*listeners: dict[str, Any], **spec: Any) -> str:
    body = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "Gateway",
        "metadata": {"name": "shared", "namespace": "infra"},
        "spec": {"gatewayClassName": "eg", "listeners": list(listeners), **spec},
    }
    return yaml.safe_dump(body)


def sections(result: Result) -> set[tuple[str, str, str]]:
    """Kind, name and section of all parents."""
    return {
        (one.get("kind", "Gateway"), one["name"], one.get("sectionName", f"port {one.get('port')}"))
        for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute")
        for route in of(result, kind)
        for one in route.body["spec"]["parentRefs"]
    }


def after(result: Result, scheme: str, host: str) -> Any:
    answer = trace(result, Request("GET", scheme, host, "/x"))["after"]
    return next(iter(answer["backends"]), answer["status"])


def messages(result: Result, code: str) -> str:
    return "\n".join(f"{one.fidelity.value}: {one.message} {one.hint}" for one in result.findings if one.code == code)


def test_routes_attach_to_listeners_of_other_names():
    result = run(
        *INPUT,
        gateway(listener("web", 80, allowed=ALL), listener("tls", 443, "*.example.com", ALL)),
        gateway="infra/shared",
    )

    assert sections(result) == {("Gateway", "shared", "web"), ("Gateway", "shared", "tls")}
    assert after(result, "https", "a.example.com") == "team-a/web:80"
    assert after(result, "http", "a.example.com") == 308
    assert after(result, "http", "b.example.com") == "team-b/web:80"
    assert "infra/star, not with Secret team-a/a-tls" in messages(result, "gateway.other-certificate")
    assert of(result, "Gateway") == []


def test_listeners_of_a_listener_set_are_found():
    own = gateway(listener("web", 80, allowed=ALL), allowedListeners={"namespaces": {"from": "All"}})
    more = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "ListenerSet",
        "metadata": {"name": "team", "namespace": "team-a"},
        "spec": {
            "parentRef": {"name": "shared", "namespace": "infra"},
            "listeners": [listener("mine", 443, "a.example.com", certificate="a-tls")],
        },
    }
    result = run(*INPUT, own, yaml.safe_dump(more), gateway="infra/shared")

    assert ("ListenerSet", "team", "mine") in sections(result)
    assert after(result, "https", "a.example.com") == "team-a/web:80"
    assert messages(result, "tls.listener").startswith("exact")


def test_the_longest_name_wins_and_its_namespaces_decide():
    listeners = [listener("web", 80, allowed=ALL), listener("all", 443, "", ALL), listener("own", 443, "a.example.com")]
    result = run(*INPUT, gateway(*listeners), gateway="infra/shared")

    assert ("Gateway", "shared", "own") in sections(result)
    assert after(result, "https", "a.example.com") != "team-a/web:80"
    assert after(result, "https", "b.example.com") == "team-b/web:80"
    assert "Listener own of Gateway infra/shared refuses routes of namespace team-a" in messages(
        result, "gateway.namespace-refused"
    )
    assert any(one.fails and not one.accepted for one in verify(result))


def test_what_is_missing_is_named_with_secret_and_grant():
    result = run(*INPUT, gateway(listener("web", 80, allowed=ALL)), gateway="infra/shared")
    found = messages(result, "gateway.listener-missing")

    assert found.startswith("manual: Gateway infra/shared has no HTTPS listener on port 443 for a.example.com.")
    assert "Secret team-a/a-tls" in found
    assert "allowedRoutes for namespace team-a" in found
    assert ("Gateway", "shared", "port 443") in sections(result)
    [grant] = of(result, "ReferenceGrant")
    assert (grant.namespace, grant.body["spec"]["to"][0]["name"]) == ("team-a", "a-tls")
    assert any(one.fails and not one.accepted for one in verify(result))


SPACE = "{apiVersion: v1, kind: Namespace, metadata: {name: team-a, labels: {gateway: '%s'}}}"


@pytest.mark.parametrize(("labelled", "code"), [("yes", ""), ("no", "refused"), (None, "labels-unknown")])
def test_a_selector_is_held_against_the_namespace(labelled: str | None, code: str):
    rule = {"from": "Selector", "selector": {"matchLabels": {"gateway": "yes"}}}
    documents = [*INPUT, gateway(listener("web", 80, allowed=ALL), listener("tls", 443, "*.example.com", rule))]
    spaces = [SPACE % labelled] if labelled else []
    result = run(*documents, *spaces, gateway="infra/shared", complete=False)

    assert (after(result, "https", "a.example.com") == "team-a/web:80") is (code != "refused")
    assert ("team-a" in messages(result, "gateway.namespace-refused")) is (code == "refused")
    assert ("team-a" in messages(result, "gateway.namespace-labels-unknown")) is (code == "labels-unknown")


def test_a_secret_of_another_namespace_gets_its_grant():
    result = run(
        *INPUT,
        gateway(listener("web", 80, allowed=ALL), listener("tls", 443, "a.example.com", ALL, "team-a/a-tls")),
        gateway="infra/shared",
    )
    assert [(one.namespace, one.body["spec"]["to"][0]["name"]) for one in of(result, "ReferenceGrant")] == [
        ("team-a", "a-tls")
    ]
    assert after(result, "https", "a.example.com") == "team-a/web:80"


def test_a_gateway_that_is_not_in_the_input_is_described_within_its_limits():
    hosts = [
        ingress(f"web-{number}", [("/", "web")], host=f"h{number}.example.com", tls=f"tls-{number}", namespace="team-a")
        for number in range(90)
    ]
    for target in ("envoy-gateway", "gateway-api"):
        result = run(CLASS, *hosts, gateway="infra/shared", target=target)
        [finding] = [one for one in result.findings if one.code == "gateway.listeners-needed"]
        assert "infra/shared is not in the input" in finding.message
        assert finding.message.count("(HTTP") <= 64
        assert (
            sum(len(one.body["spec"]["listeners"]) for one in of(result, "ListenerSet"))
            + finding.message.count("(HTTP")
            <= 91
        )
        assert after(result, "https", "h89.example.com") == "team-a/web:80"


def test_order_of_the_gateway_is_kept_or_announced():
    rules = ingress(
        "web",
        [("/a.*", "one"), ("/a/b", "two"), ("/a/b/c.*", "three")],
        namespace="team-a",
        path_type="ImplementationSpecific",
        annotations={"nginx.ingress.kubernetes.io/use-regex": "true"},
    )
    for order in (True, False):
        proxy = f"{{apiVersion: gateway.envoyproxy.io/v1alpha1, kind: EnvoyProxy, metadata: {{name: p, namespace: infra}}, spec: {{preserveRouteOrder: {str(order).lower()}}}}}"
        ref = {"parametersRef": {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": "p"}}
        result = run(
            CLASS, rules, proxy, gateway(listener("web", 80, allowed=ALL), infrastructure=ref), gateway="infra/shared"
        )
        assert not result.surprises


def random_gateway(choice: random.Random) -> str:
    names = ("", "*.example.com", "a.example.com", "b.example.com", "*.org")
    allowed = (None, ALL, {"from": "Selector", "selector": {"matchLabels": {"gateway": "yes"}}})
    places = choice.sample([*product((80, 443, 8443), names)], choice.randint(1, 6))
    secrets = ("star", "team-a/a-tls")
    return gateway(
        *[
            listener(f"l{number}", port, host, choice.choice(allowed), choice.choice(secrets))
            for number, (port, host) in enumerate(places)
        ]
    )


@pytest.mark.parametrize("target", ["envoy-gateway", "gateway-api", "aws"])
@pytest.mark.parametrize("seed", range(12))
def test_whatever_listeners_there_are(target: str, seed: int):
    choice = random.Random(seed)  # noqa: S311 (shapes of listeners)
    text = random_gateway(choice)
    spaces = [SPACE % choice.choice(("yes", "no"))] if choice.random() < 0.5 else []
    result = run(*INPUT, text, *spaces, gateway="infra/shared", target=target)
    known = {one["name"] for one in yaml.safe_load(text)["spec"]["listeners"]}

    for _, _, section in sections(result):
        assert section in known or section.startswith("port "), section
    assert not result.surprises, [str(one.request) for one in result.surprises]
    for difference in verify(result):
        silent = difference.after.status == 0 and difference.before.status != 0
        plain = difference.request.sni is None and not difference.request.host.startswith("unlisted")
        if silent and plain and target != "aws" and difference.before.backends:
            assert set(difference.codes) & {
                *HOLDING,
                "tls.no-certificate",
                "tls.connection-reuse",
                "tls.unknown-names",
            }, (text, difference.request)


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("seed", [3, 5])
def test_the_real_target_serves_what_is_said(seed: int, tmp_path):
    text = random_gateway(random.Random(seed))  # noqa: S311 (shapes of listeners)
    spaces = [SPACE % "yes", SPACE.replace("team-a", "team-b") % "no"]
    result = run(*INPUT, text, *spaces, gateway="infra/shared", complete=True)
    rest = [yaml.safe_load(one) for one in "\n---\n".join((SERVICES, text, *spaces)).split("\n---\n")]
    made = [one.body for one in result.resources]
    eg = {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "GatewayClass",
        "metadata": {"name": "eg"},
        "spec": {"controllerName": "gateway.envoyproxy.io/gatewayclass-controller"},
    }
    with live.target([eg, *rest, *made], tmp_path) as running:
        for scheme, host in product(("http", "https"), ("a.example.com", "b.example.com")):
            real = running.ask({"scheme": scheme, "host": host, "path": "/x"})
            computed = trace(result, Request("GET", scheme, host, "/x"))["after"]
            assert real["status"] == computed["status"], (text, scheme, host)
