"""Policies where the recordings have no say: selectors, merges of lists, age, what a listener may carry."""

from __future__ import annotations

import json

import pytest

from tests.test_read_back_gateways import HEAD, ask, backends, read, route

POLICY = """
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: {kind}
metadata: {{name: {name}, namespace: {namespace}{more}}}
spec:
  {target}
  {spec}
---
"""
ON_ROUTE = "targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]"
ON_GATEWAY = "targetRefs: [{group: gateway.networking.k8s.io, kind: Gateway, name: gw}]"
ALLOW = "authorization: {{rules: [{{action: Allow, principal: {{clientCIDRs: ['{}']}}}}]}}"


def policy(name: str, spec: str, target: str = ON_ROUTE, kind: str = "SecurityPolicy", more: str = "") -> str:
    """A policy in the namespace of what it is attached to."""
    namespace = "infra" if "kind: Gateway" in target else "shop"
    return POLICY.format(kind=kind, name=name, namespace=namespace, target=target, spec=spec, more=more)


def test_the_older_of_two_policies_wins():
    text = (
        HEAD
        + route("r")
        + policy("a", ALLOW.format("10.0.0.0/8"), more=", creationTimestamp: '2024-02-02'")
        + policy("b", ALLOW.format("11.0.0.0/8"), more=", creationTimestamp: '2024-01-01'")
    )
    table = read(text)
    assert ask(table, "http://a.org/", source="11.1.1.1").status == 200
    assert ask(table, "http://a.org/", source="10.1.1.1").status == 403


def test_policies_find_their_targets_by_label():
    labelled = route("r").replace("namespace: shop}", "namespace: shop, labels: {tier: web}}")
    by_label = "targetSelectors: [{kind: HTTPRoute, matchLabels: {tier: web}}]"
    text = HEAD + labelled + policy("p", ALLOW.format("10.0.0.0/8"), by_label)
    assert ask(read(text), "http://a.org/", source="11.1.1.1").status == 403
    assert ask(read(text.replace("tier: web}}]", "tier: db}}]")), "http://a.org/", source="11.1.1.1").status == 200


def test_a_merge_replaces_lists_and_keeps_the_rest():
    parent = policy("g", ALLOW.format("10.0.0.0/8") + "\n  cors: {allowOrigins: ['https://o.org']}", ON_GATEWAY)
    child = policy("p", ALLOW.format("11.0.0.0/8") + "\n  mergeType: StrategicMerge")
    table = read(HEAD + route("r") + parent + child)
    seen = ask(table, "http://a.org/", source="11.1.1.1", headers=(("Origin", "https://o.org"),))
    assert (seen.status, seen.response_headers["access-control-allow-origin"]) == (200, "https://o.org")
    assert ask(table, "http://a.org/", source="10.1.1.1").status == 403


def test_a_policy_of_a_rule_leaves_the_other_rules_to_the_gateway():
    named = route("r").replace("  - matches", "  - name: one\n    matches")
    named = named.replace(
        "---",
        """  - name: two
    matches: [{path: {value: /two}}]
    backendRefs: [{name: two, port: 80}]
---""",
    )
    on_rule = "targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r, sectionName: one}]"
    text = (
        HEAD
        + named
        + policy("g", ALLOW.format("10.0.0.0/8"), ON_GATEWAY)
        + policy("p", ALLOW.format("11.0.0.0/8"), on_rule)
    )
    table = read(text)
    assert ask(table, "http://a.org/", source="11.1.1.1").status == 200
    assert ask(table, "http://a.org/two", source="11.1.1.1").status == 403
    assert ask(table, "http://a.org/two", source="10.1.1.1").status == 200


def test_denials_behind_permissions_keep_their_place():
    rules = (
        "authorization: {defaultAction: Allow, rules: [{action: Allow, principal: {clientCIDRs: ['10.1.0.0/16']}}, "
        "{action: Deny, principal: {clientCIDRs: ['10.0.0.0/8']}}]}"
    )
    table = read(HEAD + route("r") + policy("p", rules))
    assert [ask(table, "http://a.org/", source=one).status for one in ("10.1.2.3", "10.2.2.3", "9.9.9.9")] == [
        200,
        403,
        200,
    ]


@pytest.mark.parametrize(
    ("action", "status", "path"),
    [
        ("KeepUnchanged", 200, "/a%2Fb"),
        ("RejectRequest", 400, None),
        ("UnescapeAndForward", 200, "/a/b"),
        ("UnescapeAndRedirect", 307, None),
    ],
)
def test_escaped_slashes_do_what_the_listener_says(action: str, status: int, path: str | None):
    spec = f"path: {{escapedSlashesAction: {action}}}"
    table = read(HEAD + route("r") + policy("c", spec, ON_GATEWAY, "ClientTrafficPolicy"))
    seen = ask(table, "http://a.org/a%2Fb")
    assert (seen.status, seen.path) == (status, path)


def test_a_certificate_is_asked_of_clients_by_the_gateway_itself():
    text = HEAD.replace(
        "  listeners:", "  tls: {frontend: {default: {validation: {caCertificateRefs: [{name: ca}]}}}}\n  listeners:"
    ).replace("port: 80, protocol: HTTP,", "port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: c}]},")
    assert ask(read(text + route("r")), "https://a.org/").status == 0
    assert backends(read(text.replace("frontend", "backend") + route("r")), "https://a.org/") == ["shop/r:80"]


def test_passwords_of_a_secret_that_is_not_here_are_not_guessed():
    table = read(HEAD + route("r") + policy("p", "basicAuth: {users: {name: gone}}"))
    assert ask(table, "http://a.org/").status == 401
    assert ask(table, "http://a.org/", headers=(("Authorization", "Basic dTpw"),)).status == 200


def test_a_user_twice_costs_the_listener():
    users = json.dumps("\n".join(["u:{SHA}NWoZK3kTsExUV00Ywo1G5jlUKKs="] * 2))
    secret = (
        f"kind: Secret\napiVersion: v1\nmetadata: {{name: h, namespace: shop}}\nstringData: {{.htpasswd: {users}}}\n"
    )
    table = read(HEAD + route("r") + policy("p", "basicAuth: {users: {name: h}}") + secret)
    assert ask(table, "http://a.org/").status == 0


def test_a_body_over_the_limit_is_refused():
    table = read(HEAD + route("r") + policy("b", "requestBuffer: {limit: 1Ki}", kind="BackendTrafficPolicy"))
    sizes = {
        size: ask(table, "http://a.org/", headers=(("Content-Length", str(size)),)).status for size in (1024, 1025)
    }
    assert sizes == {1024: 200, 1025: 413}


def test_a_proxy_may_look_at_addresses_before_passwords():
    proxied = (
        HEAD.replace("spec:", "spec:\n  infrastructure: {parametersRef: {kind: EnvoyProxy, name: e}}", 1)
        + """
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: e, namespace: infra}
spec: {filterOrder: [{name: envoy.filters.http.rbac, before: envoy.filters.http.basic_auth}]}
---
"""
    )
    guarded = route("r") + policy("p", ALLOW.format("10.0.0.0/8") + "\n  basicAuth: {users: {name: gone}}")
    assert ask(read(HEAD + guarded), "http://a.org/", source="9.9.9.9").status == 401
    assert ask(read(proxied + guarded), "http://a.org/", source="9.9.9.9").status == 403
    assert ask(read(proxied + guarded), "http://a.org/", source="10.9.9.9").status == 401


def test_cross_origin_requests_are_answered_only_where_there_is_a_backend():
    """Asked of the real Envoy: on a redirect, a fixed answer or a 500 the CORS filter does nothing."""
    cors = "cors: {allowOrigins: ['https://o.org']}"
    redirect = route("r").replace(
        "    backendRefs: [{name: r, port: 80}]",
        "    filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]",
    )
    headers = (("Origin", "https://o.org"),)
    named = "access-control-allow-origin"
    assert named in ask(read(HEAD + route("r") + policy("p", cors)), "http://a.org/", headers=headers).response_headers
    seen = ask(read(HEAD + redirect + policy("p", cors)), "http://a.org/", headers=headers)
    assert (seen.status, named in seen.response_headers) == (302, False)
