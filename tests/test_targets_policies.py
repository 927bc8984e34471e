"""Policies, Gateways and their limits."""

from __future__ import annotations

import json

import pytest

from converter.model import ObjectRef
from converter.model.ledger import Ledger
from converter.pipeline.run import compile_tables
from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.routing.steps import AddressList
from converter.targets.contract import TargetRun
from converter.targets.envoy_gateway.security_policy.write_authorization import authorization, narrowed
from converter.targets.registry import pack_of, target
from tests.targets_input import codes, ingress, of, run, spec

ALLOW = {"nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8, 192.0.2.7"}


def test_an_address_list_becomes_one_policy_for_the_route():
    result = run(ingress("web", [("/", "web"), ("/a", "a")], annotations=ALLOW))
    [policy] = of(result, "SecurityPolicy")

    assert policy.body["spec"]["targetRefs"] == [
        {"group": "gateway.networking.k8s.io", "kind": "HTTPRoute", "name": "web"}
    ]
    assert policy.body["spec"]["authorization"]["defaultAction"] == "Deny"
    assert policy.body["spec"]["authorization"]["rules"][0]["principal"]["clientCIDRs"] == [
        "10.0.0.0/8",
        "192.0.2.7/32",
    ]


def test_redirects_carry_no_address_list():
    result = run(ingress("web", [("/", "web")], tls="t", annotations=ALLOW))

    assert [
        target["name"] for policy in of(result, "SecurityPolicy") for target in policy.body["spec"]["targetRefs"]
    ] == ["web"]


def test_a_password_that_cannot_be_kept_withholds_the_route():
    annotations = {"nginx.ingress.kubernetes.io/auth-type": "basic", "nginx.ingress.kubernetes.io/auth-secret": "users"}
    text = ingress("web", [("/", "web")], annotations=annotations)
    kept, lost = run(text), run(text, allow_unprotected=True)

    assert of(kept, "HTTPRoute") == []
    assert "route.withheld" in codes(kept)
    assert [route.name for route in of(lost, "HTTPRoute")] == ["web"]


def test_a_withheld_rule_refuses_where_another_would_take_its_requests():
    annotations = {"nginx.ingress.kubernetes.io/auth-type": "basic", "nginx.ingress.kubernetes.io/auth-secret": "users"}
    result = run(ingress("admin", [("/admin", "web")], annotations=annotations), ingress("web", [("/", "web")]))
    rules = spec(result, "HTTPRoute", "admin")["rules"]

    assert not any("backendRefs" in rule for rule in rules)
    responses = {one.name: one.body["spec"]["directResponse"]["statusCode"] for one in of(result, "HTTPRouteFilter")}
    assert responses == {"admin-response": 503, "admin-escaped-slashes": 403}


def test_parity_policies_belong_to_the_gateway_and_routes_merge_over_them():
    text = ingress("web", [("/", "web")], annotations={"nginx.ingress.kubernetes.io/proxy-read-timeout": "300"})
    result, bare = run(text), run(text, parity=False)
    gateway = spec(result, "BackendTrafficPolicy", "nginx")
    route = spec(result, "BackendTrafficPolicy", "web-traffic")

    assert gateway["timeout"]["http"] == {"requestTimeout": "0s", "streamIdleTimeout": "60s"}
    assert gateway["loadBalancer"] == {"type": "RoundRobin"}
    assert route["mergeType"] == "StrategicMerge"
    assert route["timeout"]["http"]["streamIdleTimeout"] == "300s"
    assert [policy.name for policy in of(bare, "BackendTrafficPolicy")] == ["web-traffic"]
    assert "mergeType" not in spec(bare, "BackendTrafficPolicy", "web-traffic")
    assert "timeouts.default" in codes(bare)


def test_hsts_is_for_https_only():
    result = run(ingress("web", [("/", "web")], tls="t"))
    secure, plain = spec(result, "ClientTrafficPolicy", "nginx"), spec(result, "ClientTrafficPolicy", "nginx-http")

    names = [header["name"] for header in secure["headers"]["lateResponseHeaders"]["set"]]
    assert names == ["Strict-Transport-Security"]
    assert "set" not in plain["headers"].get("lateResponseHeaders", {})
    assert [target["sectionName"] for target in plain["targetRefs"]] == ["http"]


def test_more_listeners_than_a_gateway_may_have_go_to_listener_sets():
    result = run(
        *(ingress(f"web{n}", [("/", "web")], host=f"h{n}.example.com", tls=f"t{n}") for n in range(200)),
        listeners="host",
    )
    [gateway] = of(result, "Gateway")
    sets = of(result, "ListenerSet")

    selector = {"matchLabels": {"kubernetes.io/metadata.name": "shop"}}
    assert gateway.body["spec"]["allowedListeners"] == {"namespaces": {"from": "Selector", "selector": selector}}
    assert len(gateway.body["spec"]["listeners"]) == 64
    assert [len(one.body["spec"]["listeners"]) for one in sets] == [64, 64, 9]
    parents = [parent for route in of(result, "HTTPRoute") for parent in route.body["spec"]["parentRefs"]]
    assert sum(parent.get("kind") == "ListenerSet" for parent in parents) == 137


def test_an_existing_gateway_is_used_and_told_what_it_needs():
    result = run(ingress("web", [("/", "web")], tls="shop-tls"), gateway="infra/edge")
    finding = next(one for one in result.findings if one.code == "gateway.listeners-needed")

    assert of(result, "Gateway") == of(result, "GatewayClass") == of(result, "BackendTrafficPolicy") == []
    assert "https (HTTPS 443, Secret shop/shop-tls, allowedRoutes for namespace shop)" in finding.message
    assert {parent["name"] for route in of(result, "HTTPRoute") for parent in route.body["spec"]["parentRefs"]} == {
        "edge"
    }


def test_a_given_class_is_not_written():
    result = run(ingress("web", [("/", "web")]), gateway_class="shared")

    assert of(result, "GatewayClass") == []
    assert spec(result, "Gateway", "nginx")["gatewayClassName"] == "shared"


def test_provenance_can_be_left_out():
    text = ingress("web", [("/", "web")])

    assert of(run(text), "HTTPRoute")[0].body["metadata"]["annotations"]["ing2gw/source"].startswith("Ingress shop/web")
    assert "annotations" not in of(run(text, provenance=False), "HTTPRoute")[0].body["metadata"]


MANY = {
    "nginx.ingress.kubernetes.io/enable-cors": "true",
    "nginx.ingress.kubernetes.io/cors-allow-origin": "https://a.example.com",
    "nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8",
    "nginx.ingress.kubernetes.io/proxy-read-timeout": "300",
    "nginx.ingress.kubernetes.io/upstream-vhost": "internal.example.com",
    "nginx.ingress.kubernetes.io/rewrite-target": "/$2",
    "nginx.ingress.kubernetes.io/affinity": "cookie",
    "nginx.ingress.kubernetes.io/load-balance": "ewma",
}


def test_handlers_commute():
    """Whatever the order in which a rule's features are handled, the same comes out."""
    result = run(ingress("web", [("/api(/|$)(.*)", "api")], annotations=MANY))
    outputs = []
    for turn in (False, True):
        fresh = run(ingress("web", [("/api(/|$)(.*)", "api")], annotations=MANY))
        fresh.tables, fresh.ledger = [], Ledger()
        compile_tables(fresh)
        for table in fresh.tables:
            seen: set[int] = set()
            for _, _, rule in table.rules():
                if turn and id(rule) not in seen:
                    seen.add(id(rule))
                    rule.features = tuple(reversed(rule.features))
        given = TargetRun(fresh.inventory, fresh.ledger, fresh.options, pack_of(fresh.options))
        emission = target(fresh.options.target).write(given, fresh.tables, [])
        outputs.append([json.dumps(one.body) for one in emission.resources])

    assert outputs[0] == outputs[1]
    assert len(outputs[0]) == len(result.resources)


@pytest.mark.parametrize("target", ["gateway-api", "envoy-gateway"])
def test_every_feature_has_a_row_and_every_handler_exists(target):
    from converter.packs.features import feature_catalogue
    from converter.packs.load import target_pack
    from converter.targets.envoy_gateway.entry_settings import ENTRY_HANDLERS
    from converter.targets.gateway_api.http_route.write_rule import ACTION
    from converter.targets.handler_modules import load

    pack, known = target_pack(target), {*load(), *ENTRY_HANDLERS, ACTION}

    assert set(feature_catalogue()) <= set(pack.rows)
    assert [row.feature for row in pack.rows.values() if row.using and row.using not in known] == []


def test_facts_are_settled_by_the_targets():
    result = run(ingress("web", [("/api(/|$)(.*)", "api")], tls="t", annotations=MANY))

    assert [one for one in result.findings if one.code.startswith("internal.")] == []
    assert result.surprises == []


ALB = "alb.ingress.kubernetes.io/"


def test_a_list_of_the_listener_also_holds_for_a_rule_with_addresses_of_its_own():
    condition = '[{"field":"source-ip","sourceIpConfig":{"values":["10.1.0.0/16","203.0.113.0/24"]}}]'
    result = run(
        ingress(
            "web",
            [("/x", "web"), ("/", "api")],
            cls="alb",
            annotations={
                ALB + "inbound-cidrs": "10.0.0.0/8, 192.0.2.0/24",
                ALB + "conditions.web": condition,
            },
        )
    )
    [listener, rule] = (one.body["spec"] for one in of(result, "SecurityPolicy"))

    assert listener["authorization"]["rules"][0]["principal"]["clientCIDRs"] == ["10.0.0.0/8", "192.0.2.0/24"]
    assert rule["mergeType"] == "StrategicMerge"
    assert rule["authorization"] == {
        "defaultAction": "Deny",
        "rules": [
            {"name": "allow", "action": "Allow", "principal": {"clientCIDRs": ["10.1.0.0/16"]}},
        ],
    }


@pytest.mark.parametrize(
    ("own", "wider", "outcome"),
    [
        (AddressList(("10.0.0.0/8",), fallback="deny"), [AddressList(("192.0.2.0/24",), fallback="deny")], ((), ())),
        (
            AddressList(deny=("10.0.0.0/8",)),
            [AddressList(("10.0.0.0/7",), fallback="deny")],
            (("10.0.0.0/8",), ("10.0.0.0/7",)),
        ),
        (
            AddressList(("0.0.0.0/0", "::/0"), fallback="deny"),
            [AddressList(("fd00::/8",), deny=("fd01::/16",), fallback="deny")],
            (("fd01::/16",), ("fd00::/8",)),
        ),
    ],
)
def test_who_gets_in_must_be_on_each_list(own, wider, outcome):
    rules = {
        rule["action"]: tuple(rule["principal"]["clientCIDRs"])
        for rule in narrowed(authorization(own), [authorization(one) for one in wider]).get("rules", ())
    }

    assert (rules.get("Deny", ()), rules.get("Allow", ())) == outcome


CONTROLLER = """
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {%s}
"""


@pytest.mark.parametrize(
    ("data", "detection", "proxied"),
    [
        ('use-forwarded-headers: "true"', {"xForwardedFor": {"trustedCIDRs": ["0.0.0.0/0", "::/0"]}}, None),
        (
            'use-forwarded-headers: "true", proxy-real-ip-cidr: "10.0.0.0/8"',
            {"xForwardedFor": {"trustedCIDRs": ["10.0.0.0/8"]}},
            None,
        ),
        (
            'enable-real-ip: "true", proxy-real-ip-cidr: "10.0.0.0/8"',
            {"xForwardedFor": {"trustedCIDRs": ["10.0.0.0/8"]}},
            None,
        ),
        ('use-proxy-protocol: "true"', None, {"optional": False}),
        (
            'use-proxy-protocol: "true", use-forwarded-headers: "true"',
            {"xForwardedFor": {"trustedCIDRs": ["0.0.0.0/0", "::/0"]}},
            {"optional": False},
        ),
        ('use-forwarded-headers: "false"', None, None),
    ],
)
def test_who_is_believed_about_the_client(data, detection, proxied):
    result = run(CONTROLLER % data, ingress("web", [("/", "web")], annotations=ALLOW))
    policy = spec(result, "ClientTrafficPolicy", "nginx")

    assert policy.get("clientIPDetection") == detection
    assert policy.get("proxyProtocol") == proxied


def test_raw_configuration_of_the_controller_is_a_loss():
    result = run(CONTROLLER % "server-snippet: 'access_by_lua_file /x.lua;'", ingress("web", [("/", "web")]))
    found = next(finding for finding in result.findings if finding.origin.key == "server-snippet")

    assert (found.code, found.fidelity.value, found.protects) == ("snippet.manual", "manual", True)
    line = trace(result, Request(host="shop.example.com"))
    assert "snippet.manual" in line["findings"]


@pytest.mark.parametrize(("length", "status"), [("²", 200), ("", 200), ("9" * 5000, 413)])
def test_any_content_length_gets_a_response(length, status):
    limit = {"nginx.ingress.kubernetes.io/proxy-body-size": "2m"}
    result = run(ingress("web", [("/", "web")], annotations=limit))
    request = Request(method="POST", host="shop.example.com", headers=(("Content-Length", length),))
    assert trace(result, request)["before"]["status"] == status


def test_a_trailing_dot_and_a_large_body_are_announced():
    result = run(ingress("web", [("/", "web")]))
    dotted = trace(result, Request(host="shop.example.com."))
    large = trace(result, Request(method="POST", host="shop.example.com", headers=(("Content-Length", "2000000"),)))
    small = trace(result, Request(method="POST", host="shop.example.com", headers=(("Content-Length", "1048576"),)))

    assert dotted["before"]["upstream"]["host"] == "shop.example.com."
    assert dotted["after"]["upstream"]["host"] == "shop.example.com"
    assert "header-normalisation.host-dot" in dotted["findings"]
    assert (large["before"]["status"], large["after"]["status"]) == (413, 200)
    assert "body-limit.lifted" in large["findings"]
    assert small["before"]["status"] == 200
    assert "body-limit.lifted" not in small["findings"]


def test_no_policy_is_that_of_two_ingresses() -> None:
    """Rules of a host whose order matters share a route; what two Ingresses ask for alike stays apart there."""
    from converter.targets.envoy_gateway.policy_attachment.write import _groups

    web, api = ObjectRef("Ingress", "shop", "web"), ObjectRef("Ingress", "shop", "api")
    limit, other = {"rateLimit": {"requests": 5}}, {"rateLimit": {"requests": 6}}
    assert _groups([limit, limit, other, limit, {}, limit], [web, api, web, None, web, api]) == [
        (limit, [0, 3]),
        (limit, [1, 5]),
        (other, [2]),
    ]


FRONTEND = """apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {address: 10.0.0.1, type: nginx, config: {projects: [ALL_ALL]}}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: alb-00080, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb}}
spec:
  port: 80
  protocol: http
  config: {timeout: {proxy_connect_timeout_ms: 3000, proxy_send_timeout_ms: 3000, proxy_read_timeout_ms: 3000}}
"""
ANY_HOST = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: NAME, namespace: shop, annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "READ"}}
spec:
  ingressClassName: alb
  rules:
  - http: {paths: [{path: "PATH", pathType: ImplementationSpecific, backend: {service: {name: NAME, port: {number: 80}}}}]}
"""


def test_rules_of_several_ingresses_share_the_policy_of_their_frontend() -> None:
    """What holds for many rules is no setting of one Ingress; the setting of one stays apart."""
    plain = ANY_HOST.replace(', annotations: {nginx.ingress.kubernetes.io/proxy-read-timeout: "READ"}', "")
    of_any_host = [
        ANY_HOST.replace("NAME", "slow").replace("PATH", "/[a-z]+/slow/.*").replace("READ", "90"),
        plain.replace("NAME", "web").replace("PATH", "/web/[a-z]+"),
        plain.replace("NAME", "other").replace("PATH", "/other/[a-z]+"),
    ]
    api = plain.replace("NAME", "api").replace("PATH", "/[a-z]+/api")
    result = run(FRONTEND, *of_any_host, api.replace("- http", "- host: shop.example.com\n    http"))
    found = of(result, "BackendTrafficPolicy")
    sections = {one.name: [ref.get("sectionName") for ref in one.body["spec"]["targetRefs"]] for one in found}

    assert sections == {
        "alb": [None],
        "api-traffic": [None],
        "slow-traffic-a-z-slow": ["a-z-slow"],
        "slow-traffic-other-a-z": ["other-a-z", "web-a-z"],
    }


def test_an_expression_has_no_line_break():
    """Envoy Gateway refuses the whole policy for one (asked of 1.9); a value written with `|` ends with one."""
    text = ingress("web", [("/", "web")], tls="t", annotations={"HEAD/auth-tls-secret": "shop/ca", "HEAD/x": ""})
    match = "HEAD/auth-tls-match-cn: |\n      CN=it's good\n"
    [policy] = of(
        run(text.replace("HEAD/x: ''\n", match).replace("HEAD", "nginx.ingress.kubernetes.io")), "SecurityPolicy"
    )
    [rule] = policy.body["spec"]["authorization"]["rules"]

    assert rule["cel"].endswith(r".matches('CN=it\'s good\u000a')")


def test_more_codes_than_an_entry_has():
    """statusCodes has 50 items at most; ranges say more."""
    codes_of_errors = ",".join(map(str, [*range(400, 450), 499, *range(500, 512)]))
    notes = {"nginx.ingress.kubernetes.io/custom-http-errors": codes_of_errors}
    result = run(ingress("web", [("/", "web")], annotations=notes))
    [policy] = [one for one in of(result, "BackendTrafficPolicy") if "responseOverride" in one.body["spec"]]
    [entry] = policy.body["spec"]["responseOverride"]

    assert "internal.invalid-output" not in codes(result)
    assert [one["range"] for one in entry["match"]["statusCodes"]] == [
        {"start": 400, "end": 449},
        {"start": 499, "end": 511},
    ]
