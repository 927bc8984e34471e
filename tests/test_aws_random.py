"""Random groups, annotations and parameters: nothing crashes, and every fact ends in one place."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from converter.model import Location, Origin
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.facts import facts
from converter.reading.inventory import (
    Document,
    Ingress,
    IngressPath,
    IngressRule,
    IngressTls,
    Inventory,
    Service,
    ServiceBackend,
    ServicePort,
)
from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable
from converter.sources.aws_alb import compile as compile_groups
from converter.sources.aws_alb.features import aws_pack

PREFIX = "alb.ingress.kubernetes.io/"
FILL = {"name": "web", "port": "80", "listener": "HTTP-80"}
KEYS = sorted(
    PREFIX + row.annotation.format(**FILL)
    for block in aws_pack().features.values()
    for row in block.fields.values()
    if "/" not in row.annotation
)
JSON = [
    "{}",
    "[]",
    "null",
    "[null]",
    '[{"HTTP":80},{"HTTPS":443}]',
    '[{"HTTP":80,"HTTPS":80}]',
    '[{"HTTPS":8443}]',
    '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}',
    '{"type":"redirect","redirectConfig":{"host":"#{host}","path":"/#{path}","statusCode":"x"}}',
    '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"200"}}',
    '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"http","weight":0}]}}',
    '{"type":"forward","forwardConfig":{"targetGroups":[]}}',
    '{"type":"forward","targetGroupARN":"arn:x"}',
    '[{"field":"host-header","hostHeaderConfig":{"regexValues":["^a(b$"]}}]',
    '[{"field":"query-string","queryStringConfig":{"values":[{"key":"a","value":"*"},{"value":"b"}]}}]',
    '[{"field":"source-ip","sourceIpConfig":{"values":["nonsense","10.0.0.0/8"]}}]',
    '[{"field":"path-pattern","pathPatternConfig":{"values":["*","","/*"]}}]',
    '[{"type":"url-rewrite","urlRewriteConfig":{"rewrites":[{"regex":"(","replace":"$9\\\\"}]}}]',
    '[{"type":"host-header-rewrite","hostHeaderRewriteConfig":{"rewrites":[{"regex":"^(.*)$","replace":"$1"}]}}]',
    '[{"port":443,"mode":"passthrough"}]',
    '{"issuer":"i","jwksEndpoint":"j","secretName":"s"}',
    "9" * 5000,
    "[" * 500,
]
TEXTS = [
    "",
    "true",
    "false",
    "1",
    "80",
    "443",
    "-1",
    "+5",
    "none",
    "oidc",
    "cognito",
    "HTTP",
    "HTTPS",
    "GRPC",
    "ip",
    "instance",
    "internal",
    "internet-facing",
    "dualstack",
    "a=1",
    "a=1,b",
    "CapacityUnits=5",
    "stickiness.enabled=true",
    "80=443",
    "idle_timeout.timeout_seconds=²",
    "10.0.0.0/8",
    "arn:aws:acm:x",
    "g",
    "Ünïcode",
    "\\",
    ",",
    "traffic-port",
    "http",
]
notes = st.dictionaries(st.sampled_from(KEYS), st.sampled_from(TEXTS + JSON) | st.text(max_size=8), max_size=6)
hosts = st.sampled_from(["", "a.example.com", "*.example.com", "b.example.com"])
paths = st.builds(
    IngressPath,
    st.sampled_from(["", "/", "/a", "/a/", "/a/*", "/a?c", "/*", "x"]),
    st.sampled_from([None, "Exact", "Prefix", "ImplementationSpecific", "Odd"]),
    st.sampled_from(
        [
            None,
            ServiceBackend("web", 80),
            ServiceBackend("web", "use-annotation"),
            ServiceBackend("web", "http"),
            ServiceBackend("", None, resource="Bucket x"),
            ServiceBackend("gone", 81),
        ]
    ),
)
rules = st.lists(st.builds(IngressRule, hosts, st.none() | st.lists(paths, max_size=3)), max_size=2)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.sampled_from(["", "x", "443", "internal", "ip"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["key", "value", "name"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FIELDS = [
    "loadBalancerName",
    "certificateArn",
    "namespaceSelector",
    "group",
    "scheme",
    "inboundCIDRs",
    "sslPolicy",
    "sslRedirectPort",
    "subnets",
    "ipAddressType",
    "tags",
    "targetType",
    "loadBalancerAttributes",
    "listeners",
    "minimumLoadBalancerCapacity",
    "ipamConfiguration",
    "prefixListsIDs",
    "PrefixListsIDs",
    "wafv2AclArn",
]
parameters = st.dictionaries(st.sampled_from(FIELDS), anything, max_size=3)


def world(members: list[tuple[dict[str, str], Any]], params: dict[str, Any], service: dict[str, str]) -> Inventory:
    """An inventory of one namespace."""
    ingresses = [
        Ingress(
            "shop",
            f"i{number}",
            "x.yaml",
            (1, 1),
            "networking.k8s.io/v1",
            annotations,
            {},
            class_name="alb",
            rules=rules_,
            tls=[IngressTls(["a.example.com"], "s")],
            index=number,
            default_backend=ServiceBackend("web", 80) if number == 1 else None,
        )
        for number, (annotations, rules_) in enumerate(members)
    ]
    reference = {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "p"}
    body = {"spec": {"controller": "ingress.k8s.aws/alb", "parameters": reference}}
    documents = {
        "IngressClass": [Document("IngressClass", "networking.k8s.io/v1", "", "alb", body, Location("x.yaml"))],
        "IngressClassParams": [
            Document("IngressClassParams", "elbv2.k8s.aws/v1beta1", "", "p", {"spec": params}, Location("x.yaml"))
        ],
    }
    web = Service("shop", "web", [ServicePort("http", 80, 8080)], "NodePort", annotations=service)
    return Inventory([], ingresses, {("shop", "web"): web}, documents)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(notes, rules), min_size=1, max_size=3), parameters, notes)
def test_nothing_crashes_and_every_fact_is_kept(members: Any, params: dict[str, Any], service: dict[str, str]) -> None:
    inventory, ledger = world(members, params, service), Ledger()
    out = compile_groups(inventory.ingresses, inventory, ledger, Options())
    handed = {origin for table in out.tables for origin in origins(table)}
    for one in inventory.ingresses:
        for origin in facts(one):
            assert ledger.settled(origin) is not None or origin in handed, origin
    assert {one.ref for one in out.statuses} >= {one.ref for one in inventory.ingresses}
    for table in out.tables:
        for port in table.ports:
            scheme = "https" if port.protocol == "HTTPS" else "http"
            for path in ("/", "/a?x=1", "/a/b"):
                decide(table, Request("GET", scheme, "a.example.com", path, port=port.number)).to_answer()


def origins(table: RoutingTable) -> list[Origin]:
    """Facts that a table hands on."""
    features = [*table.features, *(one for port in table.ports for one in port.features)]
    features += [one for _, _, rule in table.rules() for one in rule.features]
    out = [origin for one in features for origin in one.origins]
    out += [rule.origin for _, _, rule in table.rules() if rule.origin is not None]
    return out + [origin for port in table.ports for one in port.certificates for origin in one.origins]
