"""What the API server takes and Envoy Gateway or Envoy does not."""

import base64

import pytest
import yaml

from converter.model import Resource
from converter.routing.htpasswd import htpasswd_problem
from converter.validation.format_strings import format_problem
from tests.validated import validate

HASH = "{SHA}" + base64.b64encode(b"0" * 20).decode()


def problems(text, target="envoy-gateway"):
    objects = [
        Resource(
            body["apiVersion"], body["kind"], body["metadata"].get("namespace", ""), body["metadata"]["name"], body
        )
        for body in yaml.safe_load_all(text)
        if body
    ]
    return [problem for problem in validate(objects, target) if problem.path != "spec.targetRefs[0]"]


def route(rule):
    return f"""
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {{name: r, namespace: shop}}
spec: {{rules: [{rule}]}}
"""


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("100%", "lone %"),
        ("%REQ(x)", "lone %"),
        ("%NOPE%", "not a command"),
        ("50% off%", "lone %"),
        ("%REQ%", "argument"),
        ("100%%", None),
        ("%REQ(X-Id)%", None),
        ("%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", None),
        ("a", None),
        ("", None),
        ("%REQ(X?Y):10%", None),
        ("%START_TIME(%s)%", None),
        ("%%%", "lone %"),
    ],
)
def test_format_strings(text, words):
    found = format_problem(text)
    assert (found is None) if words is None else (found is not None and words in found)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"u:{HASH}\n", None),
        (f"u:{HASH}\r\nv:{HASH}\r\n", None),
        (f"u:{HASH}\nu:{HASH}\n", "twice"),
        (f" u:{HASH}\n", "blanks"),
        (f"u:{HASH} \n", "blanks"),
        ("u:$apr1$x$y\n", "only {SHA}"),
        ("#c\n", "form"),
        ("", "no user"),
        ("u\n", "form"),
        ("u:{SHA}short\n", "SHA-1"),
    ],
)
def test_htpasswd(text, words):
    found = htpasswd_problem(text)
    assert (found is None) if words is None else (found is not None and words in found)


def test_htpasswd_in_a_secret():
    for key, value in (("stringData", "u:x"), ("data", base64.b64encode(b"u:x").decode())):
        text = yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": "s", "namespace": "a"},
                key: {".htpasswd": value},
            }
        )
        assert [(one.path, one.kind) for one in problems(text)] == [("data[.htpasswd]", "refused")]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ('{matches: [{path: {type: RegularExpression, value: "/x(?=y)"}}]}', "look-around"),
        ('{matches: [{headers: [{name: a, type: RegularExpression, value: "a**"}]}]}', "quantifier"),
        ('{matches: [{queryParams: [{name: a, type: RegularExpression, value: "("}]}]}', "not closed"),
        ("{matches: [{headers: [{name: a, value: x}, {name: A, value: y}]}]}", "but for its case"),
        ("{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: x}]}}]}", "Host"),
        (
            '{filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: x, value: "5%"}]}}]}',
            "lone %",
        ),
        (
            "{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}],"
            " matches: [{path: {type: PathPrefix, value: /}}]}",
            "loses the slash",
        ),
        (
            "{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}],"
            " matches: [{path: {type: PathPrefix, value: /a/}}]}",
            "must not end with a slash",
        ),
        (
            "{backendRefs: [{name: s, port: 80, filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath,"
            " replaceFullPath: /}}}]}]}",
            "path rewrite inside a backendRef",
        ),
        (
            "{backendRefs: [{name: s, port: 80, filters: [{type: RequestMirror, requestMirror: {backendRef: {name: t, port: 80}}}]}]}",
            "RequestMirror inside a backendRef",
        ),
        (
            "{filters: [{type: RequestRedirect, requestRedirect: {statusCode: 301}},"
            " {type: RequestMirror, requestMirror: {backendRef: {name: t, port: 80}}}]}",
            "mirrors beside",
        ),
    ],
)
def test_rules(rule, words):
    found = problems(route(rule))
    assert any(words in one.message and one.kind == "refused" for one in found), found
    assert not [one for one in problems(route(rule), "gateway-api") if one.kind == "refused"]


@pytest.mark.parametrize(
    "rule",
    [
        '{matches: [{path: {type: RegularExpression, value: "(?i)^/a(/|$)(.*)"}}]}',
        '{filters: [{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: x, value: "5%%"}]}}]}',
        "{filters: [{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}],"
        " matches: [{path: {type: PathPrefix, value: /a}}]}",
        "{backendRefs: [{name: s, port: 80, filters: [{type: URLRewrite, urlRewrite: {hostname: a.example.com}}]}]}",
    ],
)
def test_rules_that_are_fine(rule):
    assert problems(route(rule)) == []


@pytest.mark.parametrize(
    ("kind", "spec", "words"),
    [
        ("HTTPRouteFilter", "{directResponse: {statusCode: 200, body: {type: Inline, inline: 100%}}}", "lone %"),
        (
            "HTTPRouteFilter",
            '{urlRewrite: {path: {type: ReplaceRegexMatch, replaceRegexMatch: {pattern: "(?!a)", substitution: b}}}}',
            "look-around",
        ),
        ("BackendTrafficPolicy", "{compressor: [{type: Gzip}]}", "no effect"),
        (
            "BackendTrafficPolicy",
            "{loadBalancer: {type: ConsistentHash, consistentHash: {type: SourceIP, tableSize: 1000}}}",
            "not a prime number",
        ),
        (
            "BackendTrafficPolicy",
            "{responseOverride: [{match: {statusCodes: [{value: 404}]},"
            " response: {body: {type: Inline, inline: 9%}}}]}",
            "lone %",
        ),
        (
            "BackendTrafficPolicy",
            "{rateLimit: {type: Local, local: {rules: [{limit: {requests: 1, unit: Second}},"
            " {limit: {requests: 1, unit: Second}}]}}}",
            "more than one rule",
        ),
        ("ClientTrafficPolicy", "{headers: {lateResponseHeaders: {set: [{name: a, value: 1%}]}}}", "lone %"),
        ("Backend", "{endpoints: [{fqdn: {hostname: single, port: 80}}]}", "one label"),
        ("Backend", "{endpoints: [{ip: {address: 127.0.0.1, port: 80}}]}", "loopback"),
        ("Backend", "{endpoints: [{fqdn: {hostname: 10.0.0.9, port: 80}}]}", "is an address"),
        (
            "HTTPRouteFilter",
            '{urlRewrite: {path: {type: ReplaceRegexMatch, replaceRegexMatch: {pattern: "^/a(.*)", '
            r"""substitution: '/b\2'}}}}""",
            "does not have",
        ),
    ],
)
def test_envoy_gateway_objects(kind, spec, words):
    body = yaml.safe_load(spec)
    if kind.endswith("Policy"):
        target = "Gateway" if kind == "ClientTrafficPolicy" else "HTTPRoute"
        body["targetRefs"] = [{"group": "gateway.networking.k8s.io", "kind": target, "name": "r"}]
    text = yaml.safe_dump(
        {
            "apiVersion": "gateway.envoyproxy.io/v1alpha1",
            "kind": kind,
            "metadata": {"name": "x", "namespace": "shop"},
            "spec": body,
        }
    )
    found = problems(text)
    assert any(words in one.message and one.kind == "refused" for one in found), found
    assert all(one.kind == "refused" for one in found)


TWO_PORTS = """
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: g, namespace: shop}
spec:
  gatewayClassName: c
  listeners:
  - {name: a, port: FIRST, protocol: HTTP}
  - {name: b, port: SECOND, protocol: HTTP}
"""
PROXY = """
  infrastructure: {parametersRef: {group: gateway.envoyproxy.io, kind: EnvoyProxy, name: p}}
---
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: EnvoyProxy
metadata: {name: p, namespace: shop}
spec: {provider: {type: Kubernetes, kubernetes: {useListenerPortAsContainerPort: DIRECT}}}
"""


@pytest.mark.parametrize(
    ("first", "second", "proxy", "refused"),
    [
        (80, 10080, "", True),
        (443, 10443, PROXY.replace("DIRECT", "false"), True),
        (443, 10443, PROXY.replace("DIRECT", "true"), False),
        (80, 8080, "", False),
        (1024, 11024, "", False),
    ],
    ids=str,
)
def test_listeners_on_one_port_of_the_pod(first, second, proxy, refused):
    text = TWO_PORTS.replace("FIRST", str(first)).replace("SECOND", str(second)).rstrip() + proxy
    found = [one for one in problems(text) if one.path.endswith(".port")]
    assert bool(found) == refused
    assert not found or str(second) in found[0].message
