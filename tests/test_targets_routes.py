"""Hosts, paths and rules of Ingresses as routes."""

from __future__ import annotations

from tests.targets_input import codes, ingress, matched, of, run, spec

ALB = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
"""


def test_a_tls_host_is_one_redirect_and_one_route():
    result = run(ingress("web", [("/", "web"), ("/api", "api")], tls="shop-tls"))
    redirect, web = spec(result, "HTTPRoute", "nginx-redirect"), spec(result, "HTTPRoute", "web")

    assert [parent["sectionName"] for parent in redirect["parentRefs"]] == ["http"]
    assert [matched(rule) for rule in redirect["rules"]] == [[("PathPrefix", "/")]]
    assert redirect["rules"][0]["filters"][0]["requestRedirect"] == {"scheme": "https", "statusCode": 308}
    assert [parent["sectionName"] for parent in web["parentRefs"]] == ["https"]
    assert [matched(rule) for rule in web["rules"]] == [[("PathPrefix", "/api")], [("PathPrefix", "/")]]
    assert web["rules"][0]["backendRefs"] == [{"name": "api", "port": 80}]


def test_a_host_without_tls_is_one_route_on_the_http_listener():
    result = run(ingress("web", [("/", "web")]))
    [route] = of(result, "HTTPRoute")

    assert route.name == "web"
    assert route.body["spec"]["hostnames"] == ["shop.example.com"]
    assert [parent["sectionName"] for parent in route.body["spec"]["parentRefs"]] == ["http"]
    assert "tls.no-certificate" in codes(result)


def test_equal_lists_of_both_ports_share_a_route():
    plain = {"nginx.ingress.kubernetes.io/ssl-redirect": "false"}
    result = run(ingress("web", [("/", "web")], tls="shop-tls", annotations=plain))
    [route] = of(result, "HTTPRoute")

    assert [parent["sectionName"] for parent in route.body["spec"]["parentRefs"]] == ["http", "https"]


def test_wildcard_and_apex_have_different_names():
    result = run(
        ingress("one", [("/", "web")], host="*.example.com", tls="a"),
        ingress("two", [("/", "web")], host="example.com", tls="b"),
        listeners="host",
    )
    [gateway] = of(result, "Gateway")
    names = [listener["name"] for listener in gateway.body["spec"]["listeners"]]

    assert "https-wildcard-example-com" in names
    assert "https-example-com" in names
    assert len(names) == len(set(names))


def test_many_paths_are_split_by_sixteen_in_order():
    paths = [(f"/p{number:02d}", "web") for number in range(40)]
    result = run(ingress("big", paths))
    routes = of(result, "HTTPRoute")

    assert [len(route.body["spec"]["rules"]) for route in routes] == [16, 16, 8]
    assert all(route.body["spec"]["hostnames"] == ["shop.example.com"] for route in routes)
    assert {value for route in routes for rule in route.body["spec"]["rules"] for _, value in matched(rule)} == {
        path for path, _ in paths
    }


def test_every_path_of_a_regex_host_is_a_regular_expression():
    result = run(
        ingress("plain", [("/docs", "docs")]),
        ingress("regex", [("/api(/|$)(.*)", "api")], annotations={"nginx.ingress.kubernetes.io/rewrite-target": "/$2"}),
    )
    kinds = {
        kind for route in of(result, "HTTPRoute") for rule in route.body["spec"]["rules"] for kind, _ in matched(rule)
    }
    [rewrite] = of(result, "HTTPRouteFilter")

    assert kinds == {"RegularExpression"}
    assert rewrite.body["spec"]["urlRewrite"]["path"]["replaceRegexMatch"] == {
        "pattern": "(?i)^/api(/|$)(.*)",
        "substitution": "/\\2",
    }


def test_order_is_kept_by_the_gateway_only_where_it_matters():
    glob = ingress("a", [("/api/*", "one"), ("/api/v1/*", "two")], cls="alb", path_type="ImplementationSpecific")
    calm = ingress("b", [("/x/*", "one"), ("/y/*", "two")], cls="alb", path_type="ImplementationSpecific")

    shadowed, disjoint = run(ALB, glob), run(ALB, calm)
    assert [one.body["spec"].get("preserveRouteOrder") for one in of(shadowed, "EnvoyProxy")] == [True]
    assert not any("preserveRouteOrder" in one.body["spec"] for one in of(disjoint, "EnvoyProxy"))


def test_text_prefixes_are_expressions_with_strict_and_announced_without():
    alb = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb-prod, namespace: cpaas-system, labels: {cpaas.io/role: instance}}
spec: {type: nginx, config: {projects: [ALL_ALL]}}
"""
    web = ingress("web", [("/abc", "web")], cls="alb-prod")
    default, strict = run(alb, web), run(alb, web, strict=True)

    assert matched(spec(default, "HTTPRoute", "web")["rules"][0]) == [("PathPrefix", "/abc")]
    assert "path.string-prefix" in codes(default)
    assert matched(spec(strict, "HTTPRoute", "web")["rules"][0]) == [("RegularExpression", "/abc.*")]
    assert "path.string-prefix" not in codes(strict)


def test_fall_through_is_announced_and_copied_with_strict():
    own = ingress("own", [("/a", "own")], cls="alb")
    rest = ingress("rest", [("/", "rest")], host="", cls="alb").replace(
        "  namespace: shop", "  namespace: shop\n  annotations: {alb.ingress.kubernetes.io/group.name: g}"
    )
    own = own.replace(
        "  namespace: shop", "  namespace: shop\n  annotations: {alb.ingress.kubernetes.io/group.name: g}"
    )
    default, strict = run(ALB, own, rest), run(ALB, own, rest, strict=True)

    assert "host.fall-through" in codes(default)
    assert "host.fall-through" not in codes(strict)
    backends = [
        reference["name"]
        for route in of(strict, "HTTPRoute")
        if route.body["spec"].get("hostnames") == ["shop.example.com"]
        for rule in route.body["spec"]["rules"]
        for reference in rule["backendRefs"]
    ]
    assert sorted(backends) == ["own", "rest"]


def test_plain_gateway_api_has_no_kinds_of_envoy_gateway():
    result = run(
        ingress(
            "web",
            [("/api(/|$)(.*)", "api")],
            tls="t",
            annotations={"nginx.ingress.kubernetes.io/rewrite-target": "/$2"},
        ),
        target="gateway-api",
    )

    assert {one.api_version.partition("/")[0] for one in result.resources} == {"gateway.networking.k8s.io"}
    assert "rewrite.regex" in codes(result)


def test_other_namespaces_are_granted():
    result = run(ingress("web", [("/", "web")], tls="shop-tls"))
    [grant] = of(result, "ReferenceGrant")

    assert grant.namespace == "shop"
    assert grant.body["spec"]["to"] == [{"group": "", "kind": "Secret", "name": "shop-tls"}]
    assert grant.body["spec"]["from"][0]["namespace"] == of(result, "Gateway")[0].namespace


def test_external_names_become_backends():
    service = """
apiVersion: v1
kind: Service
metadata: {name: out, namespace: shop}
spec: {type: ExternalName, externalName: api.example.net, ports: [{port: 80}]}
"""
    result = run(service, ingress("web", [("/", "out")]))
    [backend] = of(result, "Backend")

    assert backend.body["spec"]["endpoints"] == [{"fqdn": {"hostname": "api.example.net", "port": 80}}]
    assert spec(result, "HTTPRoute", "web")["rules"][0]["backendRefs"] == [
        {"group": "gateway.envoyproxy.io", "kind": "Backend", "name": backend.name}
    ]


def test_an_unknown_port_name_is_a_finding_and_answers_nothing():
    text = ingress("web", [("/", "web")]).replace("number: 80", "name: http")
    result = run(text)

    assert "backend.port-unresolved" in codes(result)
    assert "backendRefs" not in spec(result, "HTTPRoute", "web")["rules"][0]
    named = run(text, service_ports={"shop/web": {"http": 8080}})
    assert spec(named, "HTTPRoute", "web")["rules"][0]["backendRefs"] == [{"name": "web", "port": 8080}]
