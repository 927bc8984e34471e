"""Listeners, attachment and order: what the recordings cannot show (age, labels, ListenerSets, conflicts, the plain
Gateway API)."""

from __future__ import annotations

from typing import Any

import yaml

from converter.model import Origin
from converter.routing import Decision, Request, RoutingTable, decide
from converter.routing.table import Rule
from converter.targets.registry import read_tables

HEAD = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: gw, namespace: infra}
spec:
  gatewayClassName: eg
  listeners:
  - {name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
---
"""


def documents(text: str) -> list[dict[str, Any]]:
    """The manifests of a text."""
    return [one for one in yaml.safe_load_all(text) if one]


def read(text: str, **options: Any) -> RoutingTable:
    """The only table of these manifests."""
    (table,) = read_tables(documents(text), **options)
    return table


def ask(table: RoutingTable, url: str, **more: Any) -> Decision:
    """The decision about a GET of this URL."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return decide(table, Request("GET", scheme, host, slash + path, **more))


def backends(table: RoutingTable, url: str, **more: Any) -> list[str]:
    """The backends that a URL leads to."""
    return list(ask(table, url, **more).backends)


def route(
    name: str,
    *,
    hosts: str = "[a.org]",
    parent: str = "{name: gw, namespace: infra}",
    path: str = "/",
    namespace: str = "shop",
    created: str = "",
    kind: str = "PathPrefix",
) -> str:
    """An HTTPRoute to a Service of its own name."""
    age = f", creationTimestamp: '{created}'" if created else ""
    return f"""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: {name}, namespace: {namespace}{age}}}
spec:
  parentRefs: [{parent}]
  hostnames: {hosts}
  rules:
  - matches: [{{path: {{type: {kind}, value: {path!r}}}}}]
    backendRefs: [{{name: {name}, port: 80}}]
---
"""


def test_the_older_of_two_equal_rules_answers():
    both = route("aaa", created="2024-02-02T00:00:00Z") + route("zzz", created="2024-01-01T00:00:00Z")
    assert backends(read(HEAD + both), "http://a.org/") == ["shop/zzz:80"]
    assert backends(read(HEAD + route("zzz") + route("aaa")), "http://a.org/") == ["shop/aaa:80"]
    spaces = route("r", namespace="team-b") + route("r", namespace="team")
    assert backends(read(HEAD + spaces), "http://a.org/") == ["team/r:80"]


def test_namespaces_attach_by_label():
    text = (
        HEAD.replace("{from: All}", "{from: Selector, selector: {matchLabels: {edge: 'yes'}}}")
        + """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {edge: 'yes'}}
---
"""
        + route("in")
        + route("out", namespace="other", path="/out")
    )
    table = read(text)
    assert backends(table, "http://a.org/") == ["shop/in:80"]
    assert backends(table, "http://a.org/out") == ["shop/in:80"]


def test_a_namespace_that_is_not_among_the_documents_has_its_name_as_label():
    text = HEAD.replace(
        "{from: All}",
        "{from: Selector, selector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, "
        "values: [shop]}]}}",
    )
    assert backends(read(text + route("in")), "http://a.org/") == ["shop/in:80"]


LISTENER_SET = """
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: more, namespace: shop}
spec:
  parentRef: {name: gw, namespace: infra}
  listeners:
  - {name: extra, port: 8080, protocol: HTTP}
---
"""


def test_listener_sets_serve_their_own_routes_where_the_gateway_lets_them():
    own = route("own", parent="{kind: ListenerSet, name: more}")
    closed = read(HEAD + LISTENER_SET + own)
    assert [port.number for port in closed.ports] == [80]
    opened = read(HEAD.replace("spec:", "spec:\n  allowedListeners: {namespaces: {from: All}}") + LISTENER_SET + own)
    assert backends(opened, "http://a.org/", port=8080) == ["shop/own:80"]
    assert ask(opened, "http://a.org/").status == 404


def test_listeners_of_one_port_and_name_are_lost_together():
    twice = HEAD.replace("  - {name: http,", "  - {name: twin, port: 80, protocol: HTTP}\n  - {name: http,")
    assert ask(read(twice + route("r")), "http://a.org/").status == 0


def test_plain_and_tls_listeners_cannot_share_a_port():
    mixed = HEAD.replace(
        "  - {name: http,",
        "  - {name: tls, port: 80, protocol: HTTPS, tls: {certificateRefs: [{name: c}]}}\n  - {name: http,",
    )
    assert read(mixed + route("r")).ports == []


def test_a_name_on_two_plain_listeners_of_a_port_costs_all_of_its_routes():
    """Envoy: "Only unique values for domains are permitted"."""
    wild = HEAD.replace(
        "  - {name: http,",
        "  - {name: wild, port: 80, protocol: HTTP, hostname: '*.org', allowedRoutes: {namespaces: {from: All}}}\n"
        "  - {name: http,",
    )
    table = read(wild + route("r") + route("other", hosts="[b.net]"))
    assert ask(table, "http://a.org/").status == 404
    assert ask(table, "http://b.net/").status == 404
    parent = "{name: gw, namespace: infra, sectionName: wild}"
    assert backends(read(wild + route("r", parent=parent)), "http://a.org/") == ["shop/r:80"]


def test_a_lone_percent_sign_costs_all_routes_of_the_port():
    filtered = route("r").replace(
        "    backendRefs",
        "    filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x, value: '100%'}]}}]\n"
        "    backendRefs",
    )
    assert ask(read(HEAD + filtered + route("good", hosts="[b.net]")), "http://b.net/").status == 404
    assert ask(read(HEAD + filtered.replace("100%", "100%%")), "http://a.org/").response_headers == {"x": "100%"}


def test_the_specification_puts_longer_prefixes_before_methods():
    text = (
        HEAD
        + """
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: gw, namespace: infra}]
  rules:
  - matches: [{path: {value: /x}, headers: [{name: z, value: '1'}]}]
    backendRefs: [{name: header, port: 80}]
  - matches: [{path: {value: /x}, method: GET}]
    backendRefs: [{name: method, port: 80}]
  - matches: [{path: {value: /x/y}}]
    backendRefs: [{name: longer, port: 80}]
"""
    )
    headers = (("z", "1"),)
    assert backends(read(text), "http://q/x", headers=headers) == ["shop/header:80"]
    plain = read(text, target_name="gateway-api")
    assert backends(plain, "http://q/x", headers=headers) == ["shop/method:80"]
    assert backends(plain, "http://q/x/y", headers=headers) == ["shop/longer:80"]


def test_the_specification_knows_no_policies_and_no_broken_prefixes():
    text = (
        HEAD
        + route("r").replace(
            "    backendRefs",
            "    filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /base}}}]\n"
            "    backendRefs",
        )
        + """
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: SecurityPolicy
metadata: {name: p, namespace: shop}
spec:
  targetRefs: [{group: gateway.networking.k8s.io, kind: HTTPRoute, name: r}]
  authorization: {defaultAction: Deny}
"""
    )
    assert ask(read(text), "http://a.org/x").status == 403
    assert ask(read(text, target_name="gateway-api"), "http://a.org/x").path == "/base/x"


def test_tcp_and_udp_ports_lead_to_the_oldest_route():
    text = (
        HEAD.replace("  - {name: http,", "  - {name: tcp, port: 9000, protocol: TCP}\n  - {name: http,")
        + """
apiVersion: gateway.networking.k8s.io/v1
kind: TCPRoute
metadata: {name: t, namespace: infra}
spec:
  parentRefs: [{name: gw, sectionName: tcp}]
  rules: [{backendRefs: [{name: db, port: 5432}]}]
"""
    )
    table = read(text)
    assert backends(table, "http://any/", port=9000) == ["infra/db:5432"]


def test_rules_lead_back_to_what_they_were_made_from():
    source = Rule(name="from here", origin=Origin("field", "spec.rules[0]", "x", None))  # type: ignore[arg-type]
    table = read(HEAD + route("r"), provenance={("HTTPRoute", "shop", "r", 0, 0): source})
    ((_, _, rule),) = table.rules()
    assert rule.resource == ("HTTPRoute", "shop", "r", 0, 0)
    assert rule.origin is source.origin
    assert rule.name == "HTTPRoute shop/r rules[0].matches[0]"


def test_each_gateway_is_a_table_of_its_own():
    other = HEAD.replace("name: gw", "name: zz") + HEAD
    tables = read_tables(documents(other + route("r", parent="{name: zz, namespace: infra}")))
    assert [table.entry for table in tables] == ["infra/gw", "infra/zz"]
    assert [len(table.rules()) for table in tables] == [0, 1]


def test_cookies_are_compared_without_their_quotes():
    text = (
        HEAD
        + route("r").replace(
            "    backendRefs",
            "    filters: [{type: ExtensionRef, extensionRef: {group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: f}}]\n"
            "    backendRefs",
        )
        + """
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: HTTPRouteFilter
metadata: {name: f, namespace: shop}
spec: {matches: [{cookies: [{name: color, value: blue}]}]}
"""
    )
    table = read(text)
    for value, status in (("blue", 200), ('"blue"', 200), ("'blue'", 404)):
        assert ask(table, "http://a.org/", headers=(("Cookie", f"color={value}"),)).status == status
