"""What AWS's own migration tool loses on the way to its Gateways; each must be kept, or said."""

from __future__ import annotations

import pytest

from converter.model import Fidelity
from tests.alb_yaml import answers, backends, finding, host, ingress, of, paths, routes, run, service

OIDC = (
    'auth-type: oidc\nauth-idp-oidc: \'{"issuer":"https://i.example.com","authorizationEndpoint":"https://i.example.com/a",'
    '"tokenEndpoint":"https://i.example.com/t","userInfoEndpoint":"https://i.example.com/u","secretName":"oidc"}\'\n'
)
HTTPS = "listen-ports: '[{\"HTTPS\":443}]'\ncertificate-arn: arn:aws:acm:eu-west-1:1:certificate/a\n"


def configuration(result, rule):
    """The spec of the ListenerRuleConfiguration that a rule refers to."""
    [name] = [one["extensionRef"]["name"] for one in rule["filters"] if one["type"] == "ExtensionRef"]
    [found] = [one for one in of(result, "ListenerRuleConfiguration") if one["metadata"]["name"] == name]
    return found["spec"]


def test_1_hosts_keep_their_own_rules():
    rules = "\n".join(
        (host("a.example.com", "/ Prefix one"), host("b.example.com", "/ Prefix two"), host("", "/all Prefix three"))
    )
    result = run(ingress(rules), service("one"), service("two"), service("three"))

    assert {hosts: [backends(rule) for rule in some] for hosts, some in routes(result).items()} == {
        ("a.example.com",): [["one"]],
        ("b.example.com",): [["two"]],
        (): [["three"]],
    }


@pytest.mark.parametrize(
    ("path", "kind", "value"),
    [
        ("/a", "Exact", "/a"),
        ("/", "Exact", "/"),
        ("/*", "PathPrefix", "/"),
        ("/a/*", "Exact", "/a/*"),
        ("/img/*.png", "Exact", "/img/*.png"),
        ("/v?/x", "RegularExpression", "^/v./x$"),
    ],
)
def test_2_and_13_implementation_specific_is_what_the_alb_makes_of_it(path, kind, value):
    result = run(ingress(host("a.example.com", f"{path} ImplementationSpecific one")), service("one"))
    [[rule]] = routes(result).values()

    assert paths(rule) == [(kind, value)]


def test_3_a_redirect_and_a_fixed_answer_keep_the_sign_in():
    notes = (
        HTTPS
        + OIDC
        + (
            'actions.away: \'{"type":"redirect","redirectConfig":{"host":"b.example.com","query":"x=1","statusCode":"HTTP_302"}}\'\n'
            'actions.deny: \'{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"403"}}\'\n'
            'actions.both: \'{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"one","servicePort":80,"weight":1},'
            '{"serviceName":"two","servicePort":80,"weight":3}],"targetGroupStickinessConfig":{"enabled":true,"durationSeconds":60}}}\'\n'
        )
    )
    result = run(
        ingress(
            host(
                "a.example.com",
                "/away Prefix away:use-annotation",
                "/no Prefix deny:use-annotation",
                "/both Prefix both:use-annotation",
            ),
            notes,
        ),
        service("one"),
        service("two"),
    )
    [rules] = routes(result).values()
    found = {paths(rule)[0][1]: [action["type"] for action in configuration(result, rule)["actions"]] for rule in rules}

    assert found == {
        "/away": ["authenticate-oidc", "redirect"],
        "/no": ["authenticate-oidc", "fixed-response"],
        "/both": ["authenticate-oidc", "forward"],
    }


def test_4_source_addresses_hold_for_both_paths_of_a_service():
    notes = 'conditions.one: \'[{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.0/8"]}}]\''
    result = run(ingress(host("a.example.com", "/x Prefix one", "/y Prefix one"), notes), service("one"))
    [rules] = routes(result).values()

    assert [configuration(result, rule)["conditions"] for rule in rules] == [
        [{"field": "source-ip", "sourceIPConfig": {"values": ["10.0.0.0/8"]}}]
    ] * 2


def test_5_a_service_and_the_default_backend_are_signed_in_to():
    text = ingress(host("a.example.com", "/x Prefix one"), HTTPS).replace(
        "  rules:", "  defaultBackend: {service: {name: hello, port: {name: use-annotation}}}\n  rules:"
    )
    text = text.replace(
        "    example.com/owner: team",
        "    example.com/owner: team\n    alb.ingress.kubernetes.io/actions.hello: "
        '\'{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"200","messageBody":"hi"}}\'',
    )
    result = run(text, service("one", notes=OIDC))
    found = routes(result)

    assert [one["type"] for one in configuration(result, found["a.example.com",][0])["actions"]] == [
        "authenticate-oidc"
    ]
    assert configuration(result, found[()][0])["actions"][0]["fixedResponseConfig"]["messageBody"] == "hi"


@pytest.mark.parametrize(
    ("config", "filters"),
    [
        (
            {"host": "#{host}", "path": "/x/#{path}", "port": "#{port}", "protocol": "#{protocol}"},
            {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/x/#{path}"}, "statusCode": 301},
        ),
        ({"host": "www.#{host}"}, {"hostname": "www.a.example.com", "statusCode": 301}),
        ({"protocol": "HTTPS", "port": "443"}, {"scheme": "https", "port": 443, "statusCode": 301}),
    ],
)
def test_6_keywords_of_redirects(config, filters):
    import json

    action = json.dumps({"type": "redirect", "redirectConfig": config | {"statusCode": "HTTP_301"}})
    result = run(ingress(host("a.example.com", "/x Prefix away:use-annotation"), f"actions.away: '{action}'"))
    [[rule]] = routes(result).values()

    assert rule["filters"] == [{"type": "RequestRedirect", "requestRedirect": filters}]


def test_7_redirects_to_https_leave_every_other_port_alone():
    notes = (
        'listen-ports: \'[{"HTTP":80},{"HTTP":8080},{"HTTPS":443},{"HTTPS":8443}]\'\nssl-redirect: \'443\'\n'
        "certificate-arn: arn:aws:acm:eu-west-1:1:certificate/a"
    )
    result = run(ingress(host("a.example.com", "/ Prefix one"), notes), service("one"))
    sections = {
        route["metadata"]["name"]: {parent["sectionName"] for parent in route["spec"]["parentRefs"]}
        for route in of(result, "HTTPRoute")
    }

    assert sorted(map(sorted, sections.values())) == [["http", "http-8080"], ["https", "https-8443"]]


def test_8_an_unknown_port_stops_nobody_else():
    result = run(
        ingress(host("a.example.com", "/ Prefix gone:web"), name="a"),
        ingress(host("b.example.com", "/ Prefix one"), name="b"),
        service("one"),
    )

    assert [backends(rule) for rule in routes(result)["b.example.com",]] == [["one"]]
    assert answers_of(result, "b.example.com") == {"shop/one:80"}


def answers_of(result, name):
    from converter.routing.decide import decide
    from converter.routing.exchange import Request

    return {key for one in result.comparisons for key in decide(one.after, Request("GET", "http", name, "/")).backends}


def test_9_ingresses_of_other_classes_are_none_of_its_business():
    result = run(ingress(host("a.example.com", "/ Prefix one"), cls="internal-proxy"), service("one"), source="aws-alb")
    assert of(result, "HTTPRoute") == []


PARAMS = """
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: corp}
spec: {controller: ingress.k8s.aws/alb, parameters: {apiGroup: elbv2.k8s.aws, kind: IngressClassParams, name: corp}}
---
apiVersion: elbv2.k8s.aws/v1beta1
kind: IngressClassParams
metadata: {name: corp}
spec:
  group: {name: shared}
  sslPolicy: ELBSecurityPolicy-TLS13-1-2-2021-06
  certificateArn: [arn:aws:acm:eu-west-1:1:certificate/p]
  targetType: ip
  loadBalancerAttributes: [{key: idle_timeout.timeout_seconds, value: "30"}]
"""


def test_10_parameters_of_the_class_count():
    notes = "load-balancer-attributes: deletion_protection.enabled=true"
    result = run(PARAMS, ingress(host("a.example.com", "/ Prefix one"), notes, cls="corp"), service("one"))
    [balancer] = of(result, "LoadBalancerConfiguration")
    [gateway] = of(result, "Gateway")
    [group] = of(result, "TargetGroupConfiguration")

    assert gateway["metadata"]["name"] == "shared"
    assert balancer["spec"]["listenerConfigurations"] == [
        {
            "protocolPort": "HTTPS:443",
            "defaultCertificate": "arn:aws:acm:eu-west-1:1:certificate/p",
            "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        }
    ]
    assert balancer["spec"]["loadBalancerAttributes"] == [
        {"key": "deletion_protection.enabled", "value": "true"},
        {"key": "idle_timeout.timeout_seconds", "value": "30"},
    ]
    assert group["spec"]["defaultConfiguration"]["targetType"] == "ip"


def test_11_attributes_of_listeners_of_a_group():
    notes = "group.name: g\nlistener-attributes.HTTP-80: routing.http.response.x_frame_options.header_value=DENY"
    result = run(
        ingress(host("a.example.com", "/ Prefix one"), notes),
        ingress(host("b.example.com", "/ Prefix one"), "group.name: g", "b"),
        service("one"),
    )
    [balancer] = of(result, "LoadBalancerConfiguration")

    assert balancer["spec"]["listenerConfigurations"] == [
        {
            "protocolPort": "HTTP:80",
            "listenerAttributes": [{"key": "routing.http.response.x_frame_options.header_value", "value": "DENY"}],
        }
    ]


@pytest.mark.parametrize(
    ("regex", "replace", "rewrite"),
    [
        ("^([^?]*)", "/fixed", {"type": "ReplaceFullPath", "replaceFullPath": "/fixed"}),
        ("^/old", "/new", {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/new"}),
    ],
)
def test_12_rewrites_that_a_route_can_say(regex, replace, rewrite):
    result = run(transformed(regex, replace), service("one"))
    [[rule]] = routes(result).values()

    assert rule["filters"] == [{"type": "URLRewrite", "urlRewrite": {"path": rewrite}}]
    assert finding(result, "transforms.one").fidelity is Fidelity.EXACT


def test_12_rewrites_that_a_route_cannot_say():
    result = run(transformed("^/old/(.*)-(.*)$", "/$2/$1"), service("one"))
    [[rule]] = routes(result).values()
    found = finding(result, "transforms.one")

    assert "filters" not in rule
    assert (found.fidelity, found.code) == (Fidelity.MANUAL, "rewrite.captures")


def transformed(regex, replace):
    notes = f'transforms.one: \'[{{"type":"url-rewrite","urlRewriteConfig":{{"rewrites":[{{"regex":"{regex}","replace":"{replace}"}}]}}}}]\''
    return ingress(host("a.example.com", "/old Prefix one"), notes)


def test_13_values_of_headers_and_parameters():
    notes = (
        'conditions.one: \'[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Kind","values":["a,b","c*"]}}]\'\n'
        'conditions.two: \'[{"field":"query-string","queryStringConfig":{"values":[{"value":"beta"},{"key":"v","value":"2"}]}}]\''
    )
    result = run(
        ingress(host("a.example.com", "/x Prefix one", "/y Prefix two"), notes), service("one"), service("two")
    )
    [rules] = routes(result).values()
    matches = [match for rule in rules for match in rule["matches"]]

    assert [match["headers"] for match in matches if "headers" in match] == [[{"name": "x-kind", "value": "a\\,b,c*"}]]
    assert [match["queryParams"] for match in matches if "queryParams" in match] == [
        [{"name": "*", "value": "beta"}],
        [{"name": "v", "value": "2"}],
    ]


def test_13_no_rule_has_more_values_than_an_alb_takes():
    values = ",".join(f'"v{number}"' for number in range(7))
    notes = (
        'conditions.one: \'[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-Kind","values":['
        + values
        + "]}},"
        '{"field":"http-request-method","httpRequestMethodConfig":{"Values":["GET"]}}]\''
    )
    result = run(ingress(host("a.example.com", "/x Prefix one"), notes), service("one"))
    [[rule]] = routes(result).values()

    assert [match["headers"][0]["value"] for match in rule["matches"]] == [f"v{number}" for number in range(7)]


def test_14_large_ingresses_are_split_and_keep_every_path():
    names = [f"/p{number:03d}" for number in range(40)]
    rules = "\n".join(host(f"h{number}.example.com", *(f"{name} Prefix one" for name in names)) for number in range(20))
    result = run(ingress(rules), service("one"))
    found = of(result, "HTTPRoute")

    assert all(len(route["spec"]["rules"]) <= 16 and len(route["spec"]["hostnames"]) <= 16 for route in found)
    assert {
        (name, path)
        for route in found
        for name in route["spec"]["hostnames"]
        for rule in route["spec"]["rules"]
        for _, path in paths(rule)
    } == {(f"h{number}.example.com", name) for number in range(20) for name in names}


def test_15_a_firewall_by_name_is_not_taken_for_an_arn():
    result = run(ingress(host("a.example.com", "/ Prefix one"), "wafv2-acl-name: edge"), service("one"))
    [balancer] = of(result, "LoadBalancerConfiguration")

    assert "wafV2" not in balancer["spec"]
    assert finding(result, "wafv2-acl-name").fidelity is Fidelity.MANUAL
    assert finding(result, "wafv2-acl-name").protects


@pytest.mark.parametrize(
    ("notes", "matcher", "path"),
    [
        ("", {"httpCode": "200"}, "/"),
        ("backend-protocol-version: GRPC\nsuccess-codes: '0'", {"grpcCode": "0"}, "/AWS.ALB/healthcheck"),
    ],
)
def test_16_health_checks_are_written_out(notes, matcher, path):
    result = run(ingress(host("a.example.com", "/ Prefix one"), HTTPS + notes), service("one"))
    [group] = of(result, "TargetGroupConfiguration")
    check = group["spec"]["defaultConfiguration"]["healthCheckConfig"]

    assert (
        check["matcher"],
        check["healthCheckPath"],
        check["healthyThresholdCount"],
        check["unhealthyThresholdCount"],
    ) == (matcher, path, 2, 2)


def test_16_the_port_of_the_agent_is_kept():
    notes = "target-type: ip\ntarget-control-port.one.web: '3000'"
    result = run(
        ingress(host("a.example.com", "/ Prefix one:web"), notes), service("one", port="{name: web, port: 80}")
    )
    [group] = of(result, "TargetGroupConfiguration")

    assert group["spec"]["defaultConfiguration"]["targetControlPort"] == 3000


def test_17_two_ports_of_a_service_share_one_configuration():
    ports = "{name: a, port: 80, nodePort: 30080}, {name: b, port: 81, nodePort: 30081}"
    result = run(ingress(host("a.example.com", "/a Prefix one:80", "/b Prefix one:81")), service("one", port=ports))

    assert [one["metadata"]["name"] for one in of(result, "TargetGroupConfiguration")] == ["one"]


def test_17_ingresses_that_share_a_service_keep_their_own_health_checks():
    one = ingress(host("a.example.com", "/ Prefix one"), "healthcheck-path: /a", "a")
    two = ingress(host("b.example.com", "/ Prefix one"), "healthcheck-path: /b", "b")
    result = run(one, two, service("one"))
    [group] = of(result, "TargetGroupConfiguration")
    [own] = group["spec"]["routeConfigurations"]

    assert group["spec"]["defaultConfiguration"]["healthCheckConfig"]["healthCheckPath"] == "/a"
    assert own["routeIdentifier"] == {"kind": "HTTPRoute", "namespace": "shop", "name": "b"}
    assert own["targetGroupProps"]["healthCheckConfig"]["healthCheckPath"] == "/b"


@pytest.mark.parametrize("target", ["aws", "envoy-gateway"])
def test_18_the_old_way_to_https_does_not_loop(target):
    notes = (
        'listen-ports: \'[{"HTTP":80},{"HTTPS":443}]\'\ncertificate-arn: arn:aws:acm:eu-west-1:1:certificate/a\n'
        'actions.ssl-redirect: \'{"Type":"redirect","RedirectConfig":{"Protocol":"HTTPS","Port":"443","StatusCode":"HTTP_301"}}\''
    )
    result = run(
        ingress(
            host(
                "a.example.com",
                "/* ImplementationSpecific ssl-redirect:use-annotation",
                "/* ImplementationSpecific one",
            ),
            notes,
        ),
        service("one"),
        target=target,
    )

    assert answers(result, "a.example.com", "/x") == ((301, []), (301, []))
    assert answers(result, "a.example.com", "/x", "https") == ((200, ["shop/one:80"]), (200, ["shop/one:80"]))


def test_19_the_order_of_a_group_is_kept_where_it_can_be_and_said_where_not():
    def group(first, second):
        notes = "group.name: g\ngroup.order: '{}'"
        return run(
            ingress(first, notes.format(1), "a"), ingress(second, notes.format(2), "b"), service("one"), service("two")
        )

    calm = group(host("a.example.com", "/x Prefix one"), host("a.example.com", "/y Prefix two"))
    broken = group(host("", "/x Prefix one"), host("a.example.com", "/x/y Prefix two"))
    orders = [[one for one in result.findings if one.origin.key.endswith("group.order")] for result in (calm, broken)]

    assert [{one.fidelity for one in some} for some in orders] == [{Fidelity.EXACT}, {Fidelity.MANUAL}]
    assert answers(broken, "a.example.com", "/x/y") == ((200, ["shop/one:80"]), (200, ["shop/two:80"]))
    assert {one.code for one in broken.findings if one.origin.key.startswith("spec.rules")} == {"order.precedence"}
