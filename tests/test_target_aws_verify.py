"""Gateways of AWS's controller are read as the ALB that comes of them, whoever wrote them; plans are held against ours."""

from __future__ import annotations

import json

import pytest

from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.targets.registry import read_tables
from tests.alb_yaml import CLASS, host, ingress, service
from tests.complete import convert_text
from tests.shared_data import ANSWERS, SHARED

ORACLE = ANSWERS / "aws-alb"
CORPUS = SHARED / "corpus" / "aws"

GATEWAY = {
    "apiVersion": "gateway.networking.k8s.io/v1",
    "kind": "Gateway",
    "metadata": {"name": "g", "namespace": "shop"},
    "spec": {
        "gatewayClassName": "aws-alb",
        "listeners": [
            {"name": "http", "protocol": "HTTP", "port": 80},
            {"name": "https", "protocol": "HTTPS", "port": 443},
            {"name": "idle", "protocol": "HTTP", "port": 81},
        ],
    },
}


def route(name, rules, hosts=(), section="http"):
    spec = {"parentRefs": [{"name": "g", "sectionName": section}], "rules": rules}
    if hosts:
        spec["hostnames"] = list(hosts)
    return {
        "apiVersion": "gateway.networking.k8s.io/v1",
        "kind": "HTTPRoute",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


def rule(path, backend="", kind="PathPrefix", filters=(), **match):
    body = {"matches": [{"path": {"type": kind, "value": path}, **match}]}
    if filters:
        body["filters"] = list(filters)
    if backend:
        body["backendRefs"] = [{"name": backend, "port": 80}]
    return body


def configuration(name, **spec):
    return {
        "apiVersion": "gateway.k8s.aws/v1",
        "kind": "ListenerRuleConfiguration",
        "metadata": {"name": name, "namespace": "shop"},
        "spec": spec,
    }


def extension(name):
    return {
        "type": "ExtensionRef",
        "extensionRef": {"group": "gateway.k8s.aws", "kind": "ListenerRuleConfiguration", "name": name},
    }


def ask(documents, url, **more):
    [table] = read_tables([GATEWAY, *documents], target_name="aws")
    scheme, _, rest = url.partition("://")
    name, slash, path = rest.partition("/")
    return decide(table, Request("GET", scheme, name, slash + path, **more))


@pytest.mark.parametrize(
    ("url", "backend"),
    [
        ("http://a.x/p/q", "exact"),
        ("http://a.x/p", "prefix"),
        ("http://a.x/p/zz", "prefix"),
        ("http://b.x/p/zz", "wild"),
        ("http://other/q", "any"),
        ("http://a.x/q", "any"),
        ("http://a.x/img/1.png", "glob"),
        ("http://a.x/r9", "regex"),
    ],
)
def test_rules_of_all_hosts_are_one_list_by_precedence(url, backend):
    documents = [
        route(
            "z",
            [
                rule("/r[0-9]", "regex", "RegularExpression"),
                rule("/p", "prefix"),
                rule("/p/q", "exact", "Exact"),
                rule("/img/*.png", "glob", "Exact"),
            ],
            ["a.x"],
        ),
        route("w", [rule("/p", "wild")], ["*.x"]),
        route("c", [rule("/", "any")]),
    ]
    assert list(ask(documents, url).backends) == [f"shop/{backend}:80"]


def test_a_port_without_routes_is_not_open_and_others_answer_404():
    documents = [route("a", [rule("/p", "one")])]

    assert ask(documents, "http://a.x/q").status == 404
    assert ask(documents, "http://a.x/p", port=81).status == 0


def test_lists_of_header_values_and_wildcards():
    documents = [route("a", [rule("/", "one", headers=[{"name": "X-A", "value": "1,a\\,b*"}])])]
    seen = {value: ask(documents, "http://a.x/", headers=(("x-a", value),)).status for value in ("1", "A,BC", "a", "2")}

    assert seen == {"1": 200, "A,BC": 200, "a": 404, "2": 404}


def test_configurations_of_rules():
    fixed = {"type": "fixed-response", "fixedResponseConfig": {"statusCode": 403, "messageBody": "no"}}
    guard = {"type": "jwt-validation", "jwtValidationConfig": {"issuer": "i", "jwksEndpoint": "https://i/k"}}
    documents = [
        configuration("both", actions=[guard, fixed]),
        configuration("office", conditions=[{"field": "source-ip", "sourceIPConfig": {"values": ["10.0.0.0/8"]}}]),
        route(
            "a",
            [
                rule("/f", filters=[extension("both")]),
                rule("/o", "one", filters=[extension("office")]),
                rule("/l", "one", filters=[extension("missing")]),
            ],
        ),
        route("b", [rule("/f", filters=[extension("both")])], section="https"),
    ]

    assert [ask(documents, f"{scheme}://a.x/f").status for scheme in ("http", "https")] == [403, 401]
    assert [ask(documents, "http://a.x/o", source=one).status for one in ("10.1.1.1", "192.0.2.1")] == [200, 404]
    assert ask(documents, "http://a.x/l").status == 500


def test_rewrites_and_redirects():
    documents = [
        route(
            "a",
            [
                rule(
                    "/old",
                    "one",
                    filters=[
                        {
                            "type": "URLRewrite",
                            "urlRewrite": {
                                "hostname": "b.x",
                                "path": {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/new"},
                            },
                        }
                    ],
                ),
                rule(
                    "/go",
                    filters=[{"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}],
                ),
            ],
        )
    ]
    passed = ask(documents, "http://a.x/old/1?q")

    assert (passed.host, passed.path) == ("b.x", "/new/1?q")
    assert ask(documents, "http://a.x/go/1?q").location == "https://a.x:443/go/1?q"


def planned(plan):
    text = ingress(host("a.example.com", "/ Prefix one"), "target-type: ip")
    return text.replace(
        "    example.com/owner", f"    alb.ingress.kubernetes.io/dry-run-plan: '{plan}'\n    example.com/owner"
    )


@pytest.mark.parametrize("case", [name for name in ("mix-shop", "ssl-redirect") if (ORACLE / name).is_dir()])
def test_plans_of_the_real_controller_agree_and_changed_ones_do_not(case):
    text = (ORACLE / case / "exported.yaml").read_text()
    codes = {one.code for one in convert_text(text, target="aws").findings}
    found = {
        one.code for one in convert_text(text.replace('.example.com\\"', '.example.net\\"'), target="aws").findings
    }

    assert "plan.agrees" in codes
    assert "plan.disagrees" not in codes
    assert text.count('.example.com\\"') == 0 or "plan.disagrees" in found


def test_a_plan_that_says_something_else_is_reported():
    result = convert_text(
        "---".join((CLASS, planned(json.dumps({"id": "shop/web", "resources": {}})), service("one"))), target="aws"
    )

    assert [one.code for one in result.findings if one.origin.key.endswith("dry-run-plan")] == ["plan.disagrees"]


@pytest.mark.parametrize("target", ["aws", "envoy-gateway"])
@pytest.mark.parametrize("strict", [False, True])
def test_no_promise_is_broken_for_any_input_of_aws(target, strict):
    from converter.model.options import Options
    from converter.pipeline.run import convert
    from tests.complete import broken_promises

    files = [*sorted(ORACLE.glob("*/input.yaml")), *sorted(CORPUS.rglob("*.yaml"))]
    wrong = [
        f"{file.parent.name}: {one}"
        for file in files
        for one in broken_promises(convert([str(file)], Options(target=target, strict=strict)))
    ]

    assert len(files) > (150 if CORPUS.is_dir() else 40)
    assert not wrong, "\n".join(wrong[:20])
