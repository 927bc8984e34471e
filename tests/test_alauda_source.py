"""Alauda ALB on manifests as users write them; what a request gets, and what the ledger says."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model import Finding
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.codecs import CodecError
from converter.pipeline.result import Result
from converter.pipeline.run import compile_tables
from converter.reading import read
from converter.routing.decide import decide
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.sources.alauda_alb import dslx
from converter.sources.alauda_alb.sourced_value import Term
from converter.sources.alauda_alb.timeouts import milliseconds
from tests.complete import convert_text

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [ALL_ALL]}}
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {ANNOTATIONS}
spec:
  ingressClassName: alb
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /api
        pathType: Prefix
        backend: {service: {name: api, port: {number: 80}}}
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {number: 80}}}
"""
FRONTEND = """
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata:
  name: alb-00080
  namespace: cpaas-system
  labels: {alb2.cpaas.io/name: alb}
spec: {port: 80, protocol: http}
"""
RULE = """
apiVersion: crd.alauda.io/v1
kind: Rule
metadata:
  name: NAME
  namespace: cpaas-system
  labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-00080}
spec:
  priority: 5
  dslx: DSLX
  serviceGroup: {services: [{namespace: shop, name: NAME, port: 80, weight: 100}]}
"""


@pytest.fixture
def run(tmp_path: Path):
    def compile_input(*documents: str, options: Options = Options(source="alauda-alb")) -> Result:
        (tmp_path / "input.yaml").write_text("---".join(documents))
        ledger = Ledger()
        inventory, statuses = read([str(tmp_path)], options, ledger)
        result = Result(inventory, options, ledger, objects=list(statuses))
        compile_tables(result)
        return result

    return compile_input


def ingress(annotations: str = "") -> str:
    return INGRESS.replace("{ANNOTATIONS}", f"{{{annotations}}}")


def rule(name: str, conditions: str) -> str:
    return RULE.replace("NAME", name).replace("DSLX", conditions)


def ask(result: Result, url: str, method: str = "GET", **headers: str) -> Decision:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    sent = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return decide(result.tables[0], Request(method, scheme, host, slash + path, sent))


def served(result: Result, url: str, **headers: str) -> str:
    return next(iter(ask(result, url, **headers).backends), "")


def finding(result: Result, key: str) -> Finding:
    return next(one for one in result.findings if one.origin.key == key)


def test_prefixes_are_compared_as_text(run) -> None:
    result = run(ALB, ingress())
    assert served(result, "http://shop.example.com/apiary") == "shop/api:80"
    assert served(result, "http://shop.example.com/x") == "shop/web:80"
    assert ask(result, "http://other.example.com/x").status == 404


def test_a_host_with_a_certificate_is_on_the_https_port_alone(run) -> None:
    result = run(ALB, ingress().replace("  rules:", "  tls: [{hosts: [shop.example.com], secretName: cert}]\n  rules:"))
    assert ask(result, "http://shop.example.com/").status == 0  # nothing needs port 80
    assert served(result, "https://shop.example.com/") == "shop/web:80"
    assert ask(result, "https://SHOP.example.com/").status == 0  # the name in the handshake is compared with its case


def test_an_annotation_with_an_index_beats_the_others_for_its_path(run) -> None:
    result = run(
        ALB,
        ingress(
            "nginx.ingress.kubernetes.io/temporal-redirect: 'https://a/', alb.ingress.cpaas.io/temporal-redirect: 'https://b/', "
            "index.0-1.alb.ingress.cpaas.io/temporal-redirect: 'https://c/', index.9-9.alb.ingress.cpaas.io/auth-url: x"
        ),
    )
    assert ask(result, "http://shop.example.com/api").location == "https://b/"
    assert ask(result, "http://shop.example.com/").location == "https://c/"
    assert finding(result, "nginx.ingress.kubernetes.io/temporal-redirect").code == "annotation.overridden"
    assert finding(result, "index.9-9.alb.ingress.cpaas.io/auth-url").code == "annotation.no-such-path"


def test_priority_counts_before_everything_else(run) -> None:
    result = run(ALB, ingress("alb.cpaas.io/ingress-rule-priority-0-1: '1'"))
    assert served(result, "http://shop.example.com/api") == "shop/web:80"


def test_keys_of_ingress_nginx_that_are_not_read_have_no_effect(run) -> None:
    result = run(ALB, ingress("nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8"))
    assert served(result, "http://shop.example.com/") == "shop/web:80"
    found = finding(result, "nginx.ingress.kubernetes.io/whitelist-source-range")
    assert found.fidelity.value == "obsolete" and "had no effect" in found.message


def test_a_misspelt_key_of_the_controller_is_unknown(run) -> None:
    result = run(ALB, ingress("alb.ingress.cpaas.io/auth-ulr: x"))
    found = finding(result, "alb.ingress.cpaas.io/auth-ulr")
    assert found.fidelity.value == "unknown" and "auth-url" in found.hint


def test_only_the_first_match_is_rewritten_and_sent_anew(run) -> None:
    result = run(ALB, ingress("nginx.ingress.kubernetes.io/rewrite-target: /v1"))
    assert ask(result, "http://shop.example.com/api/a%20b/api?x=1").path == "/v1/a%20b/api?x=1"
    assert ask(result, "http://shop.example.com/x//y").path == "/v1x/y"


def test_a_target_that_cannot_be_read_answers_500(run) -> None:
    result = run(ALB, ingress("nginx.ingress.kubernetes.io/rewrite-target: /$uri"))
    assert ask(result, "http://shop.example.com/api").status == 500


def test_options_are_answered_before_authentication(run) -> None:
    result = run(
        ALB,
        ingress(
            "nginx.ingress.kubernetes.io/enable-cors: 'true', nginx.ingress.kubernetes.io/auth-type: basic, "
            "nginx.ingress.kubernetes.io/auth-secret: users"
        ),
    )
    assert ask(result, "http://shop.example.com/", "OPTIONS").status == 204
    assert ask(result, "http://shop.example.com/").status == 500  # the namespace of the Secret is missing


def test_one_bad_timeout_voids_all(run) -> None:
    result = run(
        ALB,
        ingress(
            "nginx.ingress.kubernetes.io/proxy-read-timeout: 1m, nginx.ingress.kubernetes.io/proxy-send-timeout: '5'"
        ),
    )
    for key in ("proxy-read-timeout", "proxy-send-timeout"):
        assert finding(result, f"nginx.ingress.kubernetes.io/{key}").code == "timeouts.invalid"


def test_a_backend_protocol_that_crashes_the_controller_fails_the_ingress(run) -> None:
    result = run(ALB, ingress("nginx.ingress.kubernetes.io/backend-protocol: GRPC"))
    status = next(one for one in result.objects if one.ref.kind == "Ingress")
    assert status.status == "failed" and "crash" in status.reason
    assert finding(result, "spec.rules[0].http.paths[0]").fidelity.value == "manual"


def test_equal_rules_of_two_ingresses_are_reported(run) -> None:
    other = ingress().replace("name: web\n  namespace", "name: other\n  namespace").replace("name: api,", "name: api2,")
    result = run(ALB, ingress(), other)
    assert {one.code for one in result.findings if one.origin.key == "spec.rules[0].http.paths[0]"} == {
        "rule-order.tie"
    }


def test_a_rule_without_priority_outranks_all_ingresses(run) -> None:
    catcher = rule("all", "[{type: URL, values: [[STARTS_WITH, /]]}]").replace("  priority: 5\n", "")
    result = run(ALB, FRONTEND, ingress(), catcher)
    assert served(result, "http://shop.example.com/api") == "shop/all:80"


def test_an_unknown_operator_breaks_what_reaches_it(run) -> None:
    typo = rule(
        "typo", "[{type: HOST, values: [[EQ, a.example.com]]}, {type: URL, values: [[STARTS_WITH, /ok], [LIKE, /x]]}]"
    )
    result = run(ALB, FRONTEND, typo)
    assert served(result, "http://a.example.com/ok") == "shop/typo:80"
    assert ask(result, "http://a.example.com/x").status == 500
    assert ask(result, "http://b.example.com/x").status == 404


def test_conditions_read_requests_as_lua_does(run) -> None:
    result = run(
        ALB,
        FRONTEND,
        rule("tier", "[{type: HEADER, key: x_tier, values: [[EQ, gold]]}]"),
        rule("color", "[{type: COOKIE, key: color, values: [[REGEX, '^b']]}]"),
        rule("page", "[{type: PARAM, key: page, values: [[STARTS_WITH, abc]]}]"),
        rule("dash", "[{type: HEADER, key: x-dash, values: [[EXIST]]}]"),
    )
    assert served(result, "http://a/", x_tier="gold") == "shop/tier:80"
    assert served(result, "http://a/", cookie="Color=blue") == "shop/color:80"
    assert served(result, "http://a/?page=ab%63d") == "shop/page:80"
    assert ask(result, "http://a/?page").status == 500  # a bare parameter is a boolean to Lua
    assert ask(result, "http://a/", x_dash="1").status == 404


def test_a_rule_that_stops_the_whole_alb_fails_alone(run) -> None:
    result = run(ALB, FRONTEND, ingress(), rule("bad", "[{type: HOST, values: []}]"))
    assert [one.status for one in result.objects if one.ref.kind == "Rule"] == ["failed"]
    assert served(result, "http://shop.example.com/") == "shop/web:80"
    assert finding(result, "spec.dslx").fidelity.value == "manual"


def test_generated_rules_are_not_converted_twice(run) -> None:
    generated = rule("alb-00080-ab12", "[{type: URL, values: [[STARTS_WITH, /api]]}]") + (
        "  source: {type: ingress, namespace: shop, name: web}\n"
    )
    result = run(ALB, FRONTEND, ingress(), generated)
    assert [(one.ref.name, one.status) for one in result.objects if one.ref.kind == "Rule"] == [
        ("alb-00080-ab12", "skipped")
    ]
    assert len(result.tables[0].rules()) == 2
    alone = run(ALB, FRONTEND, generated)
    assert served(alone, "http://any.example.com/api") == "shop/alb-00080-ab12:80"


def test_an_ingress_without_class_is_served_by_every_alb_of_its_project(run) -> None:
    second = ALB.replace("name: alb,", "name: alb2,")
    foreign = ALB.replace("name: alb,", "name: alb3,").replace("ALL_ALL", "ops")
    namespace = "\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {cpaas.io/project: shop}}\n"
    result = run(ALB, second, foreign, namespace, ingress().replace("  ingressClassName: alb\n", ""))
    assert [(table.entry, len(table.rules())) for table in result.tables] == [("alb", 2), ("alb2", 2), ("alb3", 0)]


def test_without_alb2_the_class_names_a_stand_in(run) -> None:
    result = run(ingress().replace("ingressClassName: alb", "ingressClassName: edge"))
    assert [(table.entry, table.stand_in) for table in result.tables] == [("edge", True)]
    assert served(result, "http://shop.example.com/api") == "shop/api:80"


def test_another_base_domain(run) -> None:
    note = "alb.ingress.acme.io/temporal-redirect: 'https://b/'"
    assert (
        ask(
            run(ALB, ingress(note), options=Options(source="alauda-alb", alb_domain="acme.io")),
            "http://shop.example.com/api",
        ).location
        == "https://b/"
    )
    assert ask(run(ALB, ingress(note)), "http://shop.example.com/api").location is None


def test_weights_and_order_are_those_of_the_controller() -> None:
    terms = dslx.of_path("*.example.com", "/a.*", "ImplementationSpecific")
    assert terms == (Term("URL", (("REGEX", "^/a.*"),)), Term("HOST", (("ENDS_WITH", "*.example.com"),)))
    assert dslx.weight(terms) == 10000 + 1000 + 5
    assert dslx.length(dslx.internal(terms)) == len(
        '["AND",["REGEX","URL","^/a.*"],["ENDS_WITH","HOST","*.example.com"]]'
    )
    assert dslx.weight((Term("URL", (("EQ", "/a"), ("STARTS_WITH", "/b"))), Term("METHOD", (("EQ", "GET"),)))) == 3104


@pytest.mark.parametrize(
    ("text", "value"), [("10", 10000), ("1.5s", 1500), ("250ms", 250), ("1e1", 10000), ("0.4ms", 0)]
)
def test_times(text: str, value: int) -> None:
    assert milliseconds(text) == value


@pytest.mark.parametrize("text", ["1m", "-1", "1e400", "inf", "", "4294968s", "1_0"])
def test_texts_that_are_no_times(text: str) -> None:
    with pytest.raises(CodecError):
        milliseconds(text)


def test_facts_of_resources_are_settled_or_handed_on(run) -> None:
    alb = ALB.replace(
        "projects: [ALL_ALL]", "projects: [ALL_ALL], workerLimit: 4, nonsense: 1, bindNIC: '{nic: [eth0]}'"
    )
    result = run(alb, FRONTEND, ingress())
    codes = {
        one.origin.key: one.fidelity.value
        for one in result.findings
        if one.origin.object and one.origin.object.kind == "ALB2"
    }
    assert codes["spec.config.workerLimit"] == "obsolete"
    assert codes["spec.config.nonsense"] == "unknown"
    assert codes["spec.config.bindNIC"] == "manual"


def test_address_lists_cannot_be_told_from_a_forged_header(run) -> None:
    result = run(ALB, FRONTEND, rule("inside", "[{type: SRC_IP, values: [[RANGE, 10.0.0.1, 10.0.0.9]]}]"))
    assert served(result, "http://a/", x_real_ip="10.0.0.5") == "shop/inside:80"
    assert ask(result, "http://a/").status == 404


def test_frontends_alone_say_that_a_class_is_an_alb(run) -> None:
    result = run(FRONTEND, ingress(), options=Options())
    assert [table.controller for table in result.tables] == ["alauda-alb"]
    assert served(result, "http://shop.example.com/api") == "shop/api:80"


def test_an_annotation_for_one_path_says_whose_the_ingress_is(run) -> None:
    note = "index.0-0.alb.ingress.cpaas.io/temporal-redirect: 'https://b/'"
    result = run(ingress(note).replace("  ingressClassName: alb\n", ""), options=Options())
    assert ask(result, "http://shop.example.com/api").location == "https://b/"


def test_rules_of_other_projects_are_not_ours(run) -> None:
    result = run(
        "apiVersion: oathkeeper.ory.sh/v1alpha1\nkind: Rule\nmetadata: {name: r, namespace: n}\nspec: {}\n",
        options=Options(),
    )
    assert not result.tables and not result.objects


def test_rules_without_an_ingress_are_converted(run) -> None:
    result = run(FRONTEND, rule("only", "[{type: URL, values: [[EQ, /a]]}]"), options=Options())
    assert served(result, "http://any.example.com/a") == "shop/only:80"


def test_a_rule_without_its_frontend_is_named(run) -> None:
    result = run(ALB, rule("lost", "[{type: URL, values: [[EQ, /a]]}]"))
    status = next(one for one in result.objects if one.ref.kind == "Rule")
    assert status.status == "skipped" and "alb-00080" in status.reason


def test_what_the_proxy_writes_itself_cannot_be_set(run) -> None:
    result = run(
        ALB, ingress('alb.ingress.cpaas.io/rewrite-request: \'{"headers": {"X-Real-IP": "1.1.1.1", "X-Team": "a"}}\'')
    )
    decision = ask(result, "http://shop.example.com/")
    assert decision.request_headers == {"x-team": "a"}


def test_response_headers_need_some_that_are_set(run) -> None:
    only_removed = run(ALB, ingress('alb.ingress.cpaas.io/rewrite-response: \'{"headers_remove": ["X-Powered-By"]}\''))
    assert ask(only_removed, "http://shop.example.com/").response_headers == {}
    assert finding(only_removed, "alb.ingress.cpaas.io/rewrite-response").fidelity.value == "obsolete"


def test_one_service_of_several_that_is_missing_leaves_its_share(run) -> None:
    service = "\napiVersion: v1\nkind: Service\nmetadata: {name: one, namespace: shop}\nspec: {ports: [{port: 80}]}\n"
    both = rule("one", "[{type: URL, values: [[STARTS_WITH, /]]}]").replace(
        "weight: 100}]", "weight: 10}, {namespace: shop, name: gone, port: 80, weight: 90}]"
    )
    whole = Options(source="alauda-alb", complete=True)
    decision = ask(run(ALB, FRONTEND, service, both, options=whole), "http://any.example.com/")
    assert decision.backends == {"shop/one:80": 1.0}
    partial = ask(run(ALB, FRONTEND, service, both), "http://any.example.com/")
    assert partial.backends == {"shop/one:80": 0.1, "shop/gone:80": 0.9}


def test_a_redirect_of_the_frontend_comes_before_its_rules(run) -> None:
    moved = FRONTEND.replace("protocol: http}", "protocol: http, config: {redirect: {scheme: https, code: 301}}}")
    result = run(ALB, moved, ingress())
    decision = ask(result, "http://shop.example.com/api/a%20b?x=1")
    assert (decision.status, decision.location) == (301, "https://shop.example.com/api/a b")


def test_a_stream_port_takes_one_rule_and_looks_at_nothing(run) -> None:
    stream = FRONTEND.replace("protocol: http", "protocol: tcp")
    result = run(ALB, stream, rule("db", "[{type: HOST, values: [[EQ, db.example.com]]}]"))
    decision = decide(result.tables[0], Request(scheme="tcp", host="x", path="", port=80))
    assert decision.backends == {"shop/db:80": 1.0}


def test_a_ca_in_the_secret_is_lost_from_the_chain(run) -> None:
    made = "\napiVersion: v1\nkind: Secret\nmetadata: {name: cert, namespace: shop}\ndata: {tls.crt: LS0tLS1CRUdJTg==, tls.key: eA==, ca.crt: eA==}\n"
    result = run(
        ALB, made, ingress().replace("  rules:", "  tls: [{hosts: [shop.example.com], secretName: cert}]\n  rules:")
    )
    assert finding(result, "spec.tls[0]").code == "tls.chain"


def test_a_secret_that_is_no_certificate_is_named(run) -> None:
    made = "\napiVersion: v1\nkind: Secret\nmetadata: {name: other, namespace: shop}\ndata: {}\n"
    result = run(
        ALB,
        made,
        ingress().replace("  rules:", "  tls: [{hosts: [shop.example.com], secretName: cert}]\n  rules:"),
        options=Options(source="alauda-alb", complete=True),
    )
    assert ask(result, "https://shop.example.com/").status == 0
    assert finding(result, "spec.tls[0]").fidelity.value == "manual"


TWO = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: one, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [retail]}}
---
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: two, namespace: cpaas-system}
spec: {type: nginx, config: {projects: OTHERS}}
"""
NAMESPACE = """
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {cpaas.io/project: retail}}
"""
CLASSLESS = INGRESS.replace("{ANNOTATIONS}", "{}").replace("  ingressClassName: alb\n", "")


@pytest.mark.parametrize(
    ("others", "names"), [("[retail]", "one and two"), ("[ALL_ALL]", "one and two"), ("[logistics]", ""), ("[]", "")]
)
def test_an_ingress_without_class_is_on_every_alb_of_its_project(run, others, names) -> None:
    result = run(TWO.replace("OTHERS", others), NAMESPACE, CLASSLESS)
    told = [one for one in result.findings if one.code == "class.several-albs"]
    assert [names in one.message for one in told] == ([True] if names else [])
    assert len([table for table in result.tables if any(table.rules())]) == (2 if names else 1)


def test_which_alb_serves_it_is_unknown_without_the_namespace(run) -> None:
    result = run(TWO.replace("OTHERS", "[logistics]"), CLASSLESS)
    [status] = [one for one in result.objects if one.ref.kind == "Ingress"]
    assert status.status == "failed"
    assert {one.code for one in result.findings if one.origin.object == status.ref} == {"ingress.project-unknown"}
    assert "Namespace shop" in status.reason and "two (logistics)" in status.reason


def test_a_class_decides_without_the_namespace(run) -> None:
    result = run(TWO.replace("OTHERS", "[logistics]"), CLASSLESS.replace("spec:", "spec:\n  ingressClassName: two"))
    [status] = [one for one in result.objects if one.ref.kind == "Ingress"]
    assert (status.status, status.entry) == ("converted", "two")


def test_labels_and_annotations_of_another_base_domain_are_named_not_called_unused(run) -> None:
    """LABEL_BASE_DOMAIN of the operator stands in no object; --alb-domain is what was forgotten."""
    documents = [
        ALB,
        ingress('alb.networking.example.org/tls: "shop.example.com=certs/c"'),
        FRONTEND.replace("cpaas.io", "example.org"),
        rule("hand", "[{type: HOST, values: [[EQ, hand.example.com]]}]").replace("cpaas.io", "example.org"),
    ]
    result = run(*documents)
    lost = [one for one in result.findings if one.code == "alb2.base-domain"]
    assert {one.origin.object.kind for one in lost} == {"Ingress", "Frontend", "Rule"}
    assert all(one.fidelity.value == "manual" and "--alb-domain example.org" in one.hint for one in lost)
    known = run(*documents, options=Options(source="alauda-alb", alb_domain="example.org"))
    assert not [one for one in known.findings if one.code == "alb2.base-domain"]
    assert served(known, "http://hand.example.com/") == "shop/hand:80"


BLOCK = """
apiVersion: crd.alauda.io/v1
kind: Rule
metadata: {name: block, namespace: cpaas-system, labels: {alb2.cpaas.io/name: alb, alb2.cpaas.io/frontend: alb-00080}}
spec:
  priority: 1
  dslx: [{type: HOST, values: [[EQ, hand.example.com]]}, {type: SRC_IP, values: [[RANGE, 203.0.113.0, 203.0.113.255]]}]
  redirectURL: https://blocked.example.com/
"""


def test_addresses_that_a_redirect_keeps_out_are_not_let_in() -> None:
    """No match names an address: the redirect then holds for everybody, and the run fails until somebody decides."""
    hand = rule("hand", "[{type: HOST, values: [[EQ, hand.example.com]]}]")
    result = convert_text("---".join((ALB, FRONTEND, BLOCK, hand)))
    [comparison] = result.comparisons
    request = Request("GET", "http", "hand.example.com", "/", source="203.0.113.9")
    for table in (comparison.before, comparison.after):
        answer = decide(table, request)
        assert (answer.status, answer.location, answer.backends) == (302, "https://blocked.example.com/", {})
    [lost] = [one for one in result.findings if one.code == "protection.widened"]
    assert "203.0.113.0-203.0.113.255" in lost.message
    assert "next rule" not in lost.message
