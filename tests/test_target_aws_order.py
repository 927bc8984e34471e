"""Rules that overlap keep their order as far as the kinds of paths can say it, and nobody is told wrong where not."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.alb_yaml import answers, finding, host, ingress, paths, routes, run, service

SERVICES = (service("one"), service("two"), service("three"))


def test_globs_stay_behind_prefixes():
    result = run(ingress(host("a.example.com", "/admin Prefix one", "/admin* ImplementationSpecific two")), *SERVICES)
    [rules] = routes(result).values()

    assert [paths(rule) for rule in rules] == [[("PathPrefix", "/admin")], [("RegularExpression", "^/admin.*$")]]
    assert answers(result, "a.example.com", "/admin/x")[1] == (200, ["shop/one:80"])
    assert answers(result, "a.example.com", "/administrator")[1] == (200, ["shop/two:80"])


def test_a_wider_prefix_that_comes_first_stays_first():
    rules = "\n".join((host("a.example.com", "/api Prefix one"), host("a.example.com", "/api/v1 Prefix two")))
    result = run(ingress(rules), *SERVICES)

    assert answers(result, "a.example.com", "/api/v1/x") == ((200, ["shop/one:80"]), (200, ["shop/one:80"]))
    assert not any(one.code == "order.precedence" for one in result.findings)


def test_everything_behind_an_expression_stays_behind_it():
    text = ingress(
        host("a.example.com", "/^/v[0-9]+/ ImplementationSpecific one", "/* ImplementationSpecific two"),
        "use-regex-path-match: 'true'",
    ).replace("'/*'", "'/.*'")
    result = run(text, *SERVICES)

    assert answers(result, "a.example.com", "/v1/x") == ((200, ["shop/one:80"]), (200, ["shop/one:80"]))
    assert answers(result, "a.example.com", "/w") == ((200, ["shop/two:80"]), (200, ["shop/two:80"]))


def test_a_wildcard_host_before_an_exact_one_cannot_stay_first():
    rules = "\n".join((host("'*.example.com'", "/x Prefix one"), host("a.example.com", "/x Prefix two")))
    result = run(ingress(rules), *SERVICES)

    assert answers(result, "a.example.com", "/x") == ((200, ["shop/one:80"]), (200, ["shop/two:80"]))
    assert finding(result, "spec.rules[0].http.paths[0]").code == "order.precedence"
    assert finding(result, "spec.rules[1].http.paths[0]").code == "order.precedence"


def test_hosts_fall_through_as_today():
    rules = "\n".join((host("a.example.com", "/x Prefix one"), host("", "/y Prefix two")))
    result = run(ingress(rules), *SERVICES)

    assert answers(result, "a.example.com", "/y") == ((200, ["shop/two:80"]), (200, ["shop/two:80"]))


@pytest.mark.parametrize("target", ["aws", "envoy-gateway"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_random_groups_have_no_difference_that_nobody_announces(target, data):
    members = []
    for number in range(data.draw(st.integers(1, 3))):
        rules = []
        for _ in range(data.draw(st.integers(1, 3))):
            name = data.draw(st.sampled_from(["a.example.com", "b.example.com", "'*.example.com'", ""]))
            lines = data.draw(
                st.lists(
                    st.sampled_from(
                        [
                            "/ Prefix one",
                            "/x Prefix two",
                            "/x/y Prefix three",
                            "/x Exact one",
                            "/* ImplementationSpecific two",
                            "/x/* ImplementationSpecific one",
                            "/x* ImplementationSpecific three",
                            "/?/y ImplementationSpecific two",
                            "/go Prefix away:use-annotation",
                            "/x Prefix deny:use-annotation",
                            "/x/z Prefix split:use-annotation",
                        ]
                    ),
                    min_size=1,
                    max_size=4,
                )
            )
            rules.append(host(name, *lines))
        notes = NOTES + f"group.name: g\ngroup.order: '{data.draw(st.integers(-2, 2))}'\n"
        if data.draw(st.booleans()):
            notes += 'listen-ports: \'[{"HTTP":80},{"HTTP":8080}]\'\n'
        if data.draw(st.booleans()):
            notes += 'conditions.two: \'[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-A","values":["1","2*"]}}]\'\n'
        members.append(ingress("\n".join(rules), notes, f"m{number}"))
    run(*members, *SERVICES, target=target, strict=data.draw(st.booleans()))


NOTES = (
    'actions.away: \'{"type":"redirect","redirectConfig":{"host":"#{host}","path":"/to/#{path}","statusCode":"HTTP_302"}}\'\n'
    'actions.deny: \'{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"403","messageBody":"no"}}\'\n'
    'actions.split: \'{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"one","servicePort":80,"weight":1},'
    '{"serviceName":"two","servicePort":80,"weight":3}]}}\'\n'
)


@pytest.mark.parametrize("orders", [(1, 2), (2, 1)])
@pytest.mark.parametrize("more", ["/* ImplementationSpecific two", "/z* ImplementationSpecific two\n/z Exact one"])
def test_an_exact_rule_that_others_stand_before_does_not_keep_the_bare_path(orders, more):
    """PathPrefix /x/ takes /x too, and the rule for it comes too late: it is shadowed today, or order is kept."""
    first = ingress(
        host("a.example.com", "/x/* ImplementationSpecific one", *more.split("\n")),
        f"group.name: g\ngroup.order: '{orders[0]}'\n",
        "m0",
    )
    second = ingress(host("a.example.com", "/x Exact three"), f"group.name: g\ngroup.order: '{orders[1]}'\n", "m1")
    run(first, second, *SERVICES, target="envoy-gateway")
