"""Where other converters go wrong, and what their users ask for: each is a promise here."""

from __future__ import annotations

from typing import Any

from converter.pipeline.trace import trace
from converter.routing.exchange import Request
from converter.writing.yaml import dump_all
from tests.complete import broken_promises
from tests.targets_input import codes, ingress, matched, of, run, spec

NGINX = "nginx.ingress.kubernetes.io/"


def notes(**values: str) -> dict[str, str]:
    """Annotations of ingress-nginx; `_` stands for `-`."""
    return {NGINX + key.replace("_", "-"): value for key, value in values.items()}


def ask(
    result: Any, path: str = "/", host: str = "shop.example.com", scheme: str = "http", **more: Any
) -> dict[str, Any]:
    """What the Gateway answers, after the promises were looked at."""
    assert broken_promises(result) == []
    found: dict[str, Any] = trace(result, Request("GET", scheme, host, path, **more))["after"]
    return found


def backends(answer: dict[str, Any]) -> dict[str, float]:
    """Shares by the name of the Service."""
    return {name.partition("/")[2].partition(":")[0]: share for name, share in answer["backends"].items()}


def finding(result: Any, key: str) -> Any:
    """The finding on a fact."""
    (found,) = [one for one in result.findings if one.origin.key.endswith(key)]
    return found


def test_apex_and_wildcard_of_one_domain_have_a_listener_and_a_route_each():
    result = run(
        ingress("apex", [("/", "apex")], host="example.com", tls="one"),
        ingress("wild", [("/", "wild")], host="*.example.com", tls="two"),
        listeners="host",
    )
    listeners = spec(result, "Gateway", "nginx")["listeners"]
    assert {one.get("hostname") for one in listeners} == {None, "example.com", "*.example.com"}
    assert len({one["name"] for one in listeners}) == len(listeners)
    assert backends(ask(result, host="example.com", scheme="https")) == {"apex": 1}
    assert backends(ask(result, host="a.example.com", scheme="https")) == {"wild": 1}


def test_hosts_that_differ_in_dots_and_dashes_only_do_not_take_each_others_names():
    one, other = "a.b-c.example.com", "a-b.c.example.com"
    result = run(
        ingress("one", [("/", "one")], host=one, tls="t"), ingress("one-a", [("/", "two")], host=other, tls="t")
    )
    assert backends(ask(result, host=one, scheme="https")) == {"one": 1}
    assert backends(ask(result, host=other, scheme="https")) == {"two": 1}


def test_a_rewrite_to_a_group_is_a_replacement_and_no_literal_text():
    result = run(
        ingress(
            "web",
            [("/api(/|$)(.*)", "web")],
            path_type="ImplementationSpecific",
            annotations=notes(rewrite_target="/$2", use_regex="true"),
        )
    )
    assert ask(result, "/api/v1/x")["upstream"]["path"] == "/v1/x"
    assert ask(result, "/api")["upstream"]["path"] == "/"
    assert ask(result, "/other")["status"] == 404
    assert "$2" not in dump_all(one.body for one in result.resources)


def test_a_location_that_opts_out_of_https_keeps_its_address_list_on_port_80():
    result = run(
        ingress(
            "open",
            [("/hook", "hook")],
            tls="t",
            annotations=notes(ssl_redirect="false", whitelist_source_range="10.0.0.0/8"),
        ),
        ingress("web", [("/", "web")], tls="t"),
    )
    assert ask(result, "/hook", source="203.0.113.9")["status"] == 403
    assert backends(ask(result, "/hook", source="10.1.2.3")) == {"hook": 1}
    assert ask(result, "/")["status"] == 308


def test_every_parent_of_a_route_exists_whatever_its_namespace():
    result = run(
        ingress("one", [("/a", "one")], tls="t", namespace="first"), ingress("two", [("/b", "two")], namespace="second")
    )
    listeners = {one["name"] for one in spec(result, "Gateway", "nginx")["listeners"]}
    parents = [parent for route in of(result, "HTTPRoute") for parent in route.body["spec"]["parentRefs"]]
    assert parents and {parent["sectionName"] for parent in parents} <= listeners
    assert {
        parent.get("namespace", route.namespace)
        for route in of(result, "HTTPRoute")
        for parent in route.body["spec"]["parentRefs"]
    } == {of(result, "Gateway")[0].namespace}
    assert backends(ask(result, "/b", scheme="https")) == {"two": 1}


TLS_OF_ONE_HOST = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  tls: [{hosts: [a.example.com], secretName: a}, {hosts: [b.example.com]}]
  rules:
  - {host: a.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}}
  - {host: b.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: b, port: {number: 80}}}}]}}
"""


def test_each_host_gets_the_certificates_of_its_own_tls_entry():
    result = run(TLS_OF_ONE_HOST, listeners="host")
    assert broken_promises(result) == []
    https = [one for one in spec(result, "Gateway", "nginx")["listeners"] if one["protocol"] == "HTTPS"]
    assert [(one["hostname"], [ref["name"] for ref in one["tls"]["certificateRefs"]]) for one in https] == [
        ("a.example.com", ["a"])
    ]
    assert {"tls.no-certificate", "tls.unknown-names"} & codes(result)


def test_an_ingress_with_nothing_but_a_default_backend_takes_every_host():
    result = run("""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: rest, namespace: shop}
spec: {ingressClassName: nginx, defaultBackend: {service: {name: rest, port: {number: 80}}}}
""")
    assert backends(ask(result, "/any/thing", host="whatever.example.org")) == {"rest": 1}


def test_a_list_as_kubectl_prints_it_is_read_whole():
    items = "\n".join(
        "- " + ingress(name, [("/", name)], host=f"{name}.example.com").replace("\n", "\n  ").rstrip()
        for name in ("one", "two")
    )
    result = run(f"apiVersion: v1\nkind: List\nitems:\n{items}\n", namespace="shop")
    assert [one.name for one in of(result, "HTTPRoute")] == ["one", "two"]


def aged(text: str, day: int) -> str:
    """The Ingress with its age."""
    return text.replace("metadata:\n", f"metadata:\n  creationTimestamp: 2024-01-{day:02}T00:00:00Z\n")


def test_the_oldest_of_two_ingresses_with_one_path_wins_and_nothing_is_shared():
    result = run(aged(ingress("a-new", [("/", "new")]), 9), aged(ingress("b-old", [("/", "old")]), 1))
    assert backends(ask(result)) == {"old": 1}
    assert "path.duplicate" in codes(result)


def test_output_does_not_depend_on_the_run_or_the_order_of_files():
    documents = [
        aged(ingress(f"i{n}", [(f"/{n}", f"s{n}"), ("/z", "z")], host=f"h{n % 3}.example.com", tls="t"), n + 1)
        for n in range(6)
    ]
    texts = {
        dump_all(one.body for one in sorted(run(*some).resources, key=lambda one: str(one.ref)))
        for some in (documents, documents, documents[::-1])
    }
    assert len(texts) == 1


def test_a_body_size_of_zero_is_no_limit():
    result = run(ingress("web", [("/", "web")], annotations=notes(proxy_body_size="0")))
    assert backends(ask(result)) == {"web": 1}
    assert "requestBuffer" not in dump_all(one.body for one in result.resources)


def test_the_host_of_the_backend_is_rewritten_and_no_header():
    result = run(ingress("web", [("/", "web")], annotations=notes(upstream_vhost="inner.example.net")))
    assert ask(result)["upstream"]["host"] == "inner.example.net"
    filters = of(result, "HTTPRoute")[0].body["spec"]["rules"][0]["filters"]
    assert [one["type"] for one in filters] == ["URLRewrite"]


def test_a_protocol_that_is_not_spoken_names_the_object():
    result = run(ingress("php", [("/", "php")], annotations=notes(backend_protocol="FCGI")))
    found = [one for one in result.findings if one.code == "backend.fastcgi"]
    assert broken_promises(result) == []
    assert [str(one.origin.object) for one in found if one.origin.object][:1] == ["Ingress shop/php"]


def test_regular_expressions_without_host_are_expressions():
    result = run(
        ingress(
            "any",
            [("/v[0-9]+", "web")],
            host="",
            path_type="ImplementationSpecific",
            annotations=notes(use_regex="true"),
        )
    )
    (route,) = of(result, "HTTPRoute")
    assert matched(route.body["spec"]["rules"][0])[0][0] == "RegularExpression"
    assert backends(ask(result, "/v12/x", host="x.example.org")) == {"web": 1}
    assert ask(result, "/vx", host="x.example.org")["status"] == 404


def test_a_canary_finds_its_primary_whatever_else_the_host_has():
    canary = notes(canary="True", canary_weight="25")
    result = run(
        ingress("grpc", [("/pkg.Service", "grpc")], annotations=notes(backend_protocol="GRPC")),
        ingress("web", [("/", "web")]),
        ingress("web-canary", [("/", "canary")], annotations=canary),
    )
    assert backends(ask(result, "/")) == {"web": 0.75, "canary": 0.25}


def test_an_input_without_anything_of_note_warns_of_nothing_by_rote():
    result = run("apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {ports: [{port: 80}]}\n")
    assert result.findings == []
    assert result.resources == []


def test_the_class_of_the_gateway_is_one_that_the_target_has():
    result = run(ingress("web", [("/", "web")]), gateway_class="eg")
    assert spec(result, "Gateway", "nginx")["gatewayClassName"] == "eg"


def test_a_read_timeout_is_no_limit_for_the_whole_answer():
    result = run(ingress("web", [("/", "web")], annotations=notes(proxy_read_timeout="30")))
    assert broken_promises(result) == []
    rules = of(result, "HTTPRoute")[0].body["spec"]["rules"]
    assert all(rule.get("timeouts", {}).get("request", "0s") == "0s" for rule in rules)
    (policy,) = [one.body["spec"] for one in of(result, "BackendTrafficPolicy") if one.namespace == "shop"]
    assert policy["timeout"]["http"]["streamIdleTimeout"] == "30s"


def test_tls_to_a_backend_is_not_dropped_where_it_is_not_verified():
    result = run(ingress("web", [("/", "web")], annotations=notes(backend_protocol="HTTPS")))
    assert broken_promises(result) == []
    (backend,) = of(result, "Backend")
    assert backend.body["spec"]["tls"] == {"insecureSkipVerify": True}


def test_an_address_list_holds_for_grpc_too():
    result = run(
        ingress(
            "grpc", [("/", "grpc")], annotations=notes(backend_protocol="GRPC", whitelist_source_range="10.0.0.0/8")
        )
    )
    assert broken_promises(result) == []
    (policy,) = of(result, "SecurityPolicy")
    (route,) = [*of(result, "GRPCRoute"), *of(result, "HTTPRoute")]
    assert policy.body["spec"]["targetRefs"][0]["kind"] == route.kind
    assert ask(result, "/", source="203.0.113.9")["status"] == 403


def test_one_bad_object_hides_no_other():
    result = run(
        "kind: Ingress\n\tnot yaml",
        ingress("web", [("/", "web")]),
        ingress("odd", [("/", "odd")], host="odd.example.com", annotations=notes(affinity="nonsense", canary="maybe")),
    )
    assert backends(ask(result)) == {"web": 1}
    assert "input.broken" in codes(result)


def test_every_unknown_annotation_is_named_with_what_may_have_been_meant():
    result = run(ingress("web", [("/", "web")], annotations=notes(rewrite_taget="/x", made_up="1")))
    assert broken_promises(result) == []
    found = finding(result, "rewrite-taget")
    assert found.code == "annotation.unknown" and "rewrite-target" in found.hint
    assert finding(result, "made-up").code == "annotation.unknown"


def test_more_rules_than_a_route_may_have_become_several_routes_in_order():
    result = run(ingress("big", [(f"/p{n}", f"s{n}") for n in range(40)]))
    routes = of(result, "HTTPRoute")
    assert [len(one.body["spec"]["rules"]) <= 16 for one in routes] == [True] * 3
    assert all(backends(ask(result, f"/p{n}/x")) == {f"s{n}": 1} for n in (0, 15, 16, 39))


def test_more_hosts_than_a_gateway_may_have_listeners_all_get_one():
    result = run(*(ingress(f"i{n:02}", [("/", f"s{n}")], host=f"h{n:02}.example.com", tls=f"t{n}") for n in range(70)))
    holders = [*of(result, "Gateway"), *of(result, "ListenerSet")]
    assert all(len(one.body["spec"]["listeners"]) <= 64 for one in holders)
    assert backends(ask(result, host="h69.example.com", scheme="https")) == {"s69": 1}


def test_a_named_port_without_its_service_stops_nothing_and_is_said():
    document = ingress("web", [("/", "web")]).replace("number: 80", "name: http")
    result = run(document, ingress("api", [("/api", "api")]))
    assert backends(ask(result, "/api")) == {"api": 1}
    assert "backend.port-unresolved" in codes(result)
    assert backends(ask(run(document, service_ports={"shop/web": {"http": 8080}}))) == {"web": 1}


def test_cookie_affinity_becomes_a_consistent_hash_with_its_lifetime():
    result = run(
        ingress(
            "web",
            [("/", "web")],
            annotations=notes(affinity="cookie", session_cookie_name="ROUTE", session_cookie_max_age="3600"),
        )
    )
    assert broken_promises(result) == []
    (policy,) = [one.body["spec"] for one in of(result, "BackendTrafficPolicy") if one.namespace == "shop"]
    cookie = policy["loadBalancer"]["consistentHash"]["cookie"]
    assert (cookie["name"], cookie["ttl"]) in {("ROUTE", "3600s"), ("ROUTE", "1h"), ("ROUTE", "1h0m0s")}


def test_certificates_of_cert_manager_go_on_being_issued():
    result = run(ingress("web", [("/", "web")], tls="t", annotations={"cert-manager.io/cluster-issuer": "letsencrypt"}))
    assert broken_promises(result) == []
    [certificate] = of(result, "Certificate")
    assert certificate.body["spec"]["secretName"] == "t"
    assert certificate.body["spec"]["issuerRef"]["name"] == "letsencrypt"


def test_a_value_that_the_controller_does_not_take_is_not_taken_here_either():
    result = run(ingress("web", [("/", "web")], annotations=notes(whitelist_source_range="10.0.0.0/8; 192.168.0.0/16")))
    assert ask(result)["status"] == 503
    assert finding(result, "whitelist-source-range").origin.location.line > 0
