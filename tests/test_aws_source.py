"""What the AWS Load Balancer Controller does across Ingresses, beyond the recorded cases."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model import Fidelity
from converter.reading.facts import facts
from tests.aws_input import ask, finding, ingress, reasons, run, service
from tests.aws_truth import compiled, corpus, corpus_case, plan_of, scenario, scenarios

CLASS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: alb}
spec: {controller: ingress.k8s.aws/alb}
"""
PATHS = """
    - host: shop.example.com
      http:
        paths:
          - {{path: '{path}', pathType: {kind}, backend: {{service: {{name: web, port: {{number: 80}}}}}}}}
"""


REMARKS = {"aws.limit", "aws.quota", "listener.lost", "listener.random", "conditions.dropped", "auth.open"}


def _to_action(name: str) -> str:
    return PATHS.format(kind="Prefix", path="/").replace(
        "web, port: {number: 80}", f"{name}, port: {{name: use-annotation}}"
    )


def test_listeners_follow_certificates_not_tls(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        ingress("a", "certificate-arn: arn:x"),
        ingress(
            "b",
            spec="""
  ingressClassName: alb
  tls: [{hosts: [shop.example.com], secretName: shop}]""",
        ),
    )
    assert [port.number for port in result.tables["shop/a"].ports] == [443]
    assert [port.number for port in result.tables["shop/b"].ports] == [80]
    assert finding(result, "spec.tls[0]").code == "tls.no-effect"


def test_unlisted_services_are_taken_to_exist_unless_the_input_is_complete(tmp_path: Path) -> None:
    alone = run(tmp_path, ingress("a"))
    assert ask(alone, "http://shop.example.com/")["backends"] == {"shop/web:80": 1.0}
    partial = run(tmp_path, ingress("a"), service("other"))
    assert ask(partial, "http://shop.example.com/")["backends"] == {"shop/web:80": 1.0}
    whole = run(tmp_path, ingress("a"), service("other"), complete=True)
    answer = ask(whole, "http://shop.example.com/")
    assert (answer["status"], answer["body"]) == (503, "Backend service does not exist")


@pytest.mark.parametrize(
    ("kind", "path", "yes", "no"),
    [
        ("Prefix", "/a", ["/a", "/a/", "/a/b"], ["/ab", "/", "/A"]),
        ("Exact", "/a", ["/a", "/a?x=1"], ["/a/", "/ab"]),
        ("ImplementationSpecific", "/a", ["/a"], ["/a/", "/a/b"]),
        ("ImplementationSpecific", "/", ["/"], ["/a"]),
        ("ImplementationSpecific", "/a/*", ["/a/", "/a/b/c"], ["/a", "/ab"]),
        ("ImplementationSpecific", "/*", ["/", "/a"], []),
        ("ImplementationSpecific", "/a?c", ["/abc"], ["/ac", "/abbc"]),
        ("ImplementationSpecific", "/*.js", ["/x.js", "/a/b.js"], ["/x.jsx"]),
        ("Prefix", "/a//", ["/a/", "/a//b"], ["/a", "/a/b"]),
    ],
)
def test_meaning_of_paths(kind: str, path: str, yes: list[str], no: list[str], tmp_path: Path) -> None:
    result = run(tmp_path, ingress("a", rules=PATHS.format(kind=kind, path=path)))
    for asked in yes:
        assert ask(result, f"http://shop.example.com{asked}")["status"] == 200, asked
    for asked in no:
        assert ask(result, f"http://shop.example.com{asked}")["status"] == 404, asked


def test_ssl_redirect_of_one_member_takes_the_others_off_http(tmp_path: Path) -> None:
    both = "group.name: g\nlisten-ports: '[{\"HTTP\":80},{\"HTTPS\":443}]'\ncertificate-arn: arn:x\nssl-redirect: '443'"
    other = PATHS.format(kind="Prefix", path="/other")
    result = run(tmp_path, ingress("a", both), ingress("plain", "group.name: g", other))
    answer = ask(result, "http://any.example.net/x?y=1")
    assert (answer["status"], answer["location"]) == (301, "https://any.example.net:443/x?y=1")
    lost = [one for one in result.ledger.findings() if one.origin.object and one.origin.object.name == "plain"]
    assert [one.code for one in lost if one.origin.kind == "field" and "paths" in one.origin.key] == [
        "path.unreachable"
    ]


def test_redirect_keywords(tmp_path: Path) -> None:
    action = (
        'actions.go: \'{"type":"redirect","redirectConfig":{"host":"www.#{host}","path":"/p#{path}",'
        '"query":"a=1&#{query}","protocol":"HTTPS","statusCode":"HTTP_302"}}\''
    )
    result = run(tmp_path, ingress("a", action, _to_action("go")))
    answer = ask(result, "http://shop.example.com/x/y?z=1")
    assert (answer["status"], answer["location"]) == (302, "https://www.shop.example.com:80/px/y?a=1&z=1")


def test_service_annotations_come_first_and_key_by_key(tmp_path: Path) -> None:
    result = run(
        tmp_path,
        ingress("a", "healthcheck-path: /ingress\nsuccess-codes: '200-299'\ntarget-type: ip"),
        service("web", healthcheck_path="/service", jwt_validation="{}"),
    )
    group = plan_of(result.tables["shop/a"]).target_groups["shop/a-web:80"]
    assert (group["health_check"]["path"], group["health_check"]["codes"]) == ("/service", "200-299")
    assert finding(result, "jwt-validation").fidelity == Fidelity.OBSOLETE


def test_authentication_counts_on_https_only(tmp_path: Path) -> None:
    idp = '{"issuer":"https://i","authorizationEndpoint":"https://i/a","tokenEndpoint":"t","userInfoEndpoint":"u","secretName":"s"}'
    notes = f"auth-type: oidc\nauth-idp-oidc: '{idp}'\nlisten-ports: '[{{\"HTTP\":80}},{{\"HTTPS\":443}}]'\ncertificate-arn: arn:x"
    result = run(tmp_path, ingress("a", notes))
    assert ask(result, "http://shop.example.com/")["status"] == 200
    guarded = ask(result, "https://shop.example.com/")
    assert (guarded["status"], guarded["location_prefix"]) == (302, "https://i/a?")
    assert guarded["after_auth"]["backends"] == {"shop/web:80": 1.0}
    assert guarded["auth"] == {"type": "oidc", "on_unauthenticated": "authenticate"}


def test_a_refused_group_says_why_on_the_fact_that_causes_it(tmp_path: Path) -> None:
    result = run(
        tmp_path, ingress("a", "group.name: g\nscheme: internal"), ingress("b", "group.name: g\nscheme: public")
    )
    assert not result.tables
    assert reasons(result) == dict.fromkeys("ab", "conflicting scheme: map[internal:{} public:{}]")
    causes = [one for one in result.ledger.findings() if one.code == "group.cause"]
    assert [(one.origin.object.name if one.origin.object else "", one.origin.value) for one in causes] == [
        ("b", "public")
    ]
    assert all(one.fidelity == Fidelity.MANUAL for one in result.ledger.findings() if one.code.startswith("group."))


def test_a_misspelt_annotation_is_unknown_with_the_right_key(tmp_path: Path) -> None:
    result = run(tmp_path, ingress("a", "healthcheck-pth: /x"))
    found = finding(result, "healthcheck-pth")
    assert (found.fidelity, found.hint) == (
        Fidelity.UNKNOWN,
        "did you mean alb.ingress.kubernetes.io/healthcheck-path?",
    )


def test_alibaba_is_recognised_by_controller_and_by_keys(tmp_path: Path) -> None:
    foreign = CLASS.replace("ingress.k8s.aws/alb", "ingress.k8s.alibabacloud/alb")
    by_class = run(tmp_path, foreign, ingress("a"))
    by_keys = run(tmp_path, ingress("a", "address-type: internet\nvswitch-ids: vsw-1,vsw-2"))
    for result in (by_class, by_keys):
        assert not result.tables
        assert "Alibaba" in reasons(result)["a"]


def test_what_a_text_does_not_show_is_said(tmp_path: Path) -> None:
    notes = """
        listen-ports: '[{"HTTP":80,"HTTP":8080},{"HTTP":443,"HTTPS":443}]'
        certificate-arn: arn:x
        conditions.web: '[{"field":"cookie"}]'
        jwt-validation: '{"issuer":"i","jwksEndpoint":"https://i/keys"}'
    """
    result = run(tmp_path, ingress("a", notes))
    assert finding(result, "listen-ports").code == "listener.random"
    assert "8080" not in finding(result, "listen-ports").message
    assert finding(result, "conditions.web").code == "conditions.dropped"
    assert finding(result, "jwt-validation").message == "port 8080 serves the same paths without authentication"


def test_a_binding_says_which_service_stands_behind_a_target_group(tmp_path: Path) -> None:
    binding = """
apiVersion: elbv2.k8s.aws/v1beta1
kind: TargetGroupBinding
metadata: {name: fleet, namespace: hybrid}
spec: {targetGroupARN: "arn:aws:x:targetgroup/fleet/1", serviceRef: {name: fleet, port: 8080}}
"""
    action = 'actions.vm: \'{"type":"forward","targetGroupARN":"arn:aws:x:targetgroup/fleet/1"}\''
    result = run(tmp_path, binding, ingress("a", action, _to_action("vm")))
    assert ask(result, "http://shop.example.com/")["backends"] == {"arn:aws:x:targetgroup/fleet/1": 1.0}
    backend = result.tables["shop/a"].rules()[0][2].action.backends[0]
    assert (backend.kind, backend.resolved) == ("Service", "hybrid/fleet:8080")
    assert [one.status for one in result.statuses if one.ref.kind == "TargetGroupBinding"] == ["converted"]


def test_class_parameters_that_are_not_in_the_input_are_said(tmp_path: Path) -> None:
    parameters = "parameters: {apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: p}"
    named = CLASS.replace("ingress.k8s.aws/alb}", f"ingress.k8s.aws/alb, {parameters}}}")
    result = run(tmp_path, named, ingress("a"))
    note = next(one.note for one in result.tables["shop/a"].features if one.name == "class")
    assert "IngressClassParams p are not in the input" in note
    found = [one for one in result.ledger.findings() if one.code == "class.parameters-missing"]
    assert [one.fidelity.value for one in found] == ["manual"]


def test_class_parameters_beside_others_are_unknown_too(tmp_path: Path) -> None:
    parameters = "parameters: {apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: p}"
    named = CLASS.replace("ingress.k8s.aws/alb}", f"ingress.k8s.aws/alb, {parameters}}}")
    other = (
        "apiVersion: elbv2.k8s.aws/v1beta1\nkind: IngressClassParams\nmetadata: {name: q}\nspec: {scheme: internal}\n"
    )
    result = run(tmp_path, named, other, ingress("a", "ssl-redirect: '443'"))
    found = [one for one in result.ledger.findings() if one.code == "group.cause"]
    assert "as far as the input shows" in found[0].message
    assert "IngressClassParams p are not in the input" in found[0].hint


def test_listener_headers_are_on_every_answer(tmp_path: Path) -> None:
    notes = "listener-attributes.HTTP-80: routing.http.response.x_frame_options.header_value=DENY"
    result = run(tmp_path, ingress("a", notes))
    for url in ("http://shop.example.com/", "http://nobody.example.net/"):
        assert ask(result, url)["response_headers"]["x-frame-options"] == "DENY"


def test_every_fact_is_handed_on_or_settled_and_never_both(tmp_path: Path) -> None:
    cases = [scenario(name) for name in scenarios()]
    for number, name in enumerate(corpus()):
        folder = tmp_path / str(number)
        folder.mkdir()
        cases.append(corpus_case(name, folder))
    for case in cases:
        result = compiled(case)
        handed = {origin for table in result.tables.values() for origin in _handed(table)}
        taken = {one.ref for one in result.statuses if one.status in ("converted", "failed")}
        for one in result.inventory.ingresses:
            for origin in facts(one) if one.ref in taken else ():
                ours = origin.kind != "annotation" or "alb.ingress" in origin.key or "ingress.class" in origin.key
                settled = result.ledger.settled(origin) is not None
                remark = settled and result.ledger.settled(origin).code in REMARKS
                assert not ours or remark or settled != (origin in handed), (case.name, origin)


def _handed(table):
    features = [*table.features, *(one for port in table.ports for one in port.features)]
    features += [one for _, _, rule in table.rules() for one in rule.features]
    yield from (rule.origin for _, _, rule in table.rules() if rule.origin is not None)
    yield from (origin for one in features for origin in one.origins)
    yield from (origin for port in table.ports for one in port.certificates for origin in one.origins)
    assert set(map(id, table.origins()))


def test_what_asks_for_no_protection_loses_none(tmp_path: Path) -> None:
    notes = """
        wafv2-acl-arn: none
        shield-advanced-protection: "false"
        inbound-cidrs: 0.0.0.0/0, ::/0
        listen-ports: '[{"HTTPS":443}]'
        certificate-arn: arn:x
        mutual-authentication: '[{"port":443,"mode":"off"}]'
    """
    result = run(tmp_path, ingress("a", notes))
    for suffix in ("wafv2-acl-arn", "shield-advanced-protection", "inbound-cidrs", "mutual-authentication"):
        assert finding(result, suffix).fidelity == Fidelity.OBSOLETE, suffix


def test_addresses_of_a_port_are_handed_on(tmp_path: Path) -> None:
    result = run(tmp_path, ingress("a", "inbound-cidrs: 10.0.0.0/8"))
    port = result.tables["shop/a"].ports[0]
    assert [one.value.allow for one in port.features if one.name == "ip-access"] == [("10.0.0.0/8",)]
