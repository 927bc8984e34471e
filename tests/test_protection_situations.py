"""Situations of protected paths beside open ones, by every controller, in every style: refused before, not served after.

Where a style or a target cannot keep a rule closed, a protecting finding says so and the run fails.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from converter.acceptance.exit_status import lost_protection
from converter.pipeline.result import Result
from converter.routing.decide import consult
from converter.routing.exchange import Request
from converter.routing.protection import refusal
from converter.routing.situation import Situation as RequestSituation
from tests.complete import broken_promises
from tests.protection_alauda import SITUATIONS as ALAUDA
from tests.protection_alauda import Situation
from tests.targets_input import ingress, run
from tests.test_protection_exhaustive import served_today

NGINX, ALB = "nginx.ingress.kubernetes.io/", "alb.ingress.kubernetes.io/"
INSIDE = {f"{NGINX}whitelist-source-range": "10.0.0.0/8"}
REGEX = {f"{NGINX}use-regex": "true"}
OUTSIDE = "203.0.113.9"
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
data: {{allow-snippet-annotations: "true", annotations-risk-level: Critical, {}}}
"""
GROUP = {f"{ALB}group.name": "g"}
DENY = '{"type":"fixed-response","fixedResponseConfig":{"contentType":"text/plain","statusCode":"403"}}'


def alb(name: str, path: str, service: str, order: int, *, host: str = "a.example.com", **notes: str) -> str:
    """An Ingress of one group; `deny` as service answers 403."""
    known = (
        GROUP | {f"{ALB}group.order": str(order)} | {ALB + key.replace("__", "."): text for key, text in notes.items()}
    )
    if service == "deny":
        known[f"{ALB}actions.deny"] = DENY
    text = ingress(
        name, [(path, service)], host=host, cls="alb", annotations={k.replace("_", "-"): v for k, v in known.items()}
    )
    return text.replace("{number: 80}", "{name: use-annotation}") if service == "deny" else text


OPEN = ingress("open", [("/", "open")], host="a.example.com")
GUARD = ingress("guard", [("/admin", "guarded")], host="a.example.com", annotations=INSIDE)


def snippet(text: str, key: str = "server-snippet", **more: str) -> str:
    notes = {f"{NGINX}{key}": text, **more}
    return ingress("other", [("/other", "other")], host="a.example.com", namespace="other", annotations=notes)


SITUATIONS = {
    "expressions of another Ingress make the guard one": Situation(
        (
            GUARD,
            OPEN,
            ingress(
                "x", [("/x[0-9]+", "open")], host="a.example.com", annotations=REGEX, path_type="ImplementationSpecific"
            ),
        ),
        ("/ADMIN", "/Admin/x", "/adminx"),
    ),
    "a guard by expression in any letter case": Situation(
        (
            OPEN,
            ingress(
                "guard",
                [("/admin.*", "guarded")],
                host="a.example.com",
                annotations=INSIDE | REGEX,
                path_type="ImplementationSpecific",
            ),
        ),
        ("/ADMIN", "/Admin/x", "/adminx"),
    ),
    "a canary of a guarded path": Situation(
        (
            GUARD,
            OPEN,
            ingress(
                "canary",
                [("/admin", "new")],
                host="a.example.com",
                annotations={f"{NGINX}canary": "true", f"{NGINX}canary-by-header": "x-new"},
            ),
        ),
        headers=(("x-new", "always"),),
    ),
    "an alias below an open wildcard": Situation(
        (
            ingress(
                "guard",
                [("/", "guarded")],
                host="a.example.com",
                annotations=INSIDE | {f"{NGINX}server-alias": "b.example.org"},
            ),
            ingress("wild", [("/", "open")], host="*.example.org"),
        ),
        ("/", "/x"),
        ("a.example.com", "b.example.org", "B.EXAMPLE.ORG"),
    ),
    "the www form of a guarded host below an open wildcard": Situation(
        (
            ingress(
                "guard",
                [("/", "guarded")],
                host="a.example.com",
                annotations=INSIDE | {f"{NGINX}from-to-www-redirect": "true"},
            ),
            ingress("wild", [("/", "open")], host="*.a.example.com"),
        ),
        ("/", "/x"),
    ),
    "a guarded host below an open wildcard": Situation(
        (
            ingress("guard", [("/", "guarded")], host="a.example.com", annotations=INSIDE),
            ingress("wild", [("/", "open")], host="*.example.com"),
        ),
        ("/", "/x"),
    ),
    "a guarded wildcard with an open apex": Situation(
        (
            ingress("guard", [("/", "guarded")], host="*.example.com", annotations=INSIDE),
            ingress("apex", [("/", "open")], host="example.com"),
        ),
        ("/", "/x"),
        ("a.example.com", "b.example.com"),
    ),
    "an open path of a guarded host for any host": Situation(
        (
            ingress("guard", [("/", "guarded")], host="", annotations=INSIDE),
            ingress("open", [("/pub", "open")], host="a.example.com"),
        ),
        ("/", "/x", "/pub/../x"),
        ("b.example.com",),
    ),
    "a snippet of another namespace denies a path": Situation(
        (
            OPEN,
            ingress("admin", [("/admin", "guarded")], host="a.example.com"),
            CONFIG.format("x: y"),
            snippet("location /admin { deny all; }"),
        )
    ),
    "a snippet of another namespace denies the host": Situation((OPEN, CONFIG.format("x: y"), snippet("deny all;"))),
    "a test of a snippet refuses": Situation(
        (OPEN, CONFIG.format("x: y"), snippet("if ($http_x_key != secret) { return 403; }")),
    ),
    "addresses of the whole controller": Situation((OPEN, CONFIG.format("block-cidrs: 203.0.113.0/24"))),
    "user agents of the whole controller": Situation(
        (OPEN, CONFIG.format('block-user-agents: "~*curl"')), headers=(("user-agent", "my-CURL/8"),)
    ),
    "a list of the controller that one Ingress widens": Situation(
        (
            OPEN,
            CONFIG.format("whitelist-source-range: 10.0.0.0/8"),
            ingress(
                "wide",
                [("/wide", "open")],
                host="a.example.com",
                annotations={f"{NGINX}whitelist-source-range": "0.0.0.0/0"},
            ),
        ),
    ),
    "a service asked for all but one path": Situation(
        (
            OPEN,
            CONFIG.format("global-auth-url: http://login.shop.svc.cluster.local/check"),
            ingress(
                "free", [("/free", "open")], host="a.example.com", annotations={f"{NGINX}enable-global-auth": "false"}
            ),
        ),
        ("/free/../admin", "/free%2f..%2fadmin", "/freedom"),
    ),
    "a refused Ingress beside an open one": Situation(
        (
            OPEN,
            ingress(
                "guard",
                [("/admin", "guarded")],
                host="a.example.com",
                annotations={f"{NGINX}whitelist-source-range": "x"},
            ),
        )
    ),
    "a default backend that is guarded": Situation(
        (
            ingress("open", [("/pub", "open")], host="a.example.com"),
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: guard, namespace: shop, annotations: "
            f"{{{NGINX}whitelist-source-range: 10.0.0.0/8}}}}\n"
            "spec: {ingressClassName: nginx, defaultBackend: {service: {name: guarded, port: {number: 80}}}}\n",
        ),
        hosts=("b.example.com",),
    ),
    "aws: a path denied for any host": Situation(
        (alb("deny", "/admin", "deny", 1, host=""), alb("open", "/", "open", 2)),
        hosts=("a.example.com", "b.example.com"),
    ),
    "aws: a path denied for a wildcard": Situation(
        (alb("deny", "/admin", "deny", 1, host="*.example.com"), alb("open", "/", "open", 2)), ("/admin/x",)
    ),
    "aws: addresses denied before an open rule": Situation(
        (
            alb(
                "deny",
                "/",
                "deny",
                1,
                conditions__deny='[{"field":"source-ip","sourceIpConfig":{"values":["203.0.113.0/24"]}}]',
            ),
            alb("open", "/", "open", 2),
        ),
        ("/", "/x"),
    ),
    "aws: a method denied before an open rule": Situation(
        (
            alb(
                "deny",
                "/",
                "deny",
                1,
                conditions__deny='[{"field":"http-request-method","httpRequestMethodConfig":{"Values":["DELETE"]}}]',
            ),
            alb("open", "/", "open", 2),
        ),
        ("/", "/x"),
        method="DELETE",
    ),
    "aws: a header denied before an open rule": Situation(
        (
            alb(
                "deny",
                "/",
                "deny",
                1,
                conditions__deny='[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"x-bot","values":["*evil*"]}}]',
            ),
            alb("open", "/", "open", 2),
        ),
        ("/", "/x"),
        headers=(("x-bot", "my-EVIL-bot"),),
    ),
    "aws: a query denied before an open rule": Situation(
        (
            alb(
                "deny",
                "/",
                "deny",
                1,
                conditions__deny='[{"field":"query-string","queryStringConfig":{"values":[{"key":"debug","value":"1*"}]}}]',
            ),
            alb("open", "/", "open", 2),
        ),
        ("/?debug=1", "/?DEBUG=1", "/?a=b&debug=12"),
    ),
    "aws: a path with wildcards denied": Situation(
        (
            alb("deny", "/*/admin/*", "deny", 1).replace("pathType: Prefix", "pathType: ImplementationSpecific"),
            alb("open", "/", "open", 2),
        ),
        ("/x/admin/y", "/x/y/admin/", "/x/admin/y?a=b"),
    ),
}
STYLES: tuple[dict[str, Any], ...] = (
    {},
    {"strict": True},
    {"parity": False},
    {"target": "gateway-api"},
    {"target": "aws"},
    {"gateway": "infra/shared"},
)
PATHS = (
    "/admin",
    "/admin/",
    "/admin/x",
    "/admin%2fx",
    "/%61dmin",
    "//admin",
    "/x/../admin",
    "/admin/./x",
    "/x%2f..%2fadmin",
    "/admin;x",
)


def requests(one: Situation) -> list[Request]:
    given = RequestSituation({"given": {"shop/login:80": {"status": 401}}})
    hosts = (*one.hosts, *(f"{host}." for host in one.hosts))
    return [
        Request(one.method, "http", host, path, one.headers, OUTSIDE, situation=given)
        for host, path in itertools.product(hosts, (*PATHS, *one.paths))
    ]


def opened(result: Result, request: Request) -> str:
    """How a request that is refused before is served after; "" where it is not."""
    before, rule = consult(result.comparisons[0].before, request)
    if refusal(before, rule) is None:
        return ""
    after, taker = consult(result.comparisons[0].after, request)
    if not after.backends or served_today(result, request):
        return ""
    return f"{request.host}{request.path}: {before.status} before, {sorted(after.backends)} by {taker and taker.name} after"


@pytest.mark.parametrize("style", STYLES, ids=lambda style: str(style) if style else "default")
@pytest.mark.parametrize("name", SITUATIONS)
def test_who_is_refused_stays_refused_or_the_run_fails(name: str, style: dict[str, Any]) -> None:
    one = SITUATIONS[name]
    result = run(*one.documents, **style)
    assert broken_promises(result) == []
    wrong = [text for request in requests(one) if (text := opened(result, request))]
    assert not wrong or any(map(lost_protection, result.findings)), wrong[:4]


ALAUDA_STYLES = {name: STYLES[1 + number % (len(STYLES) - 1)] for number, name in enumerate(ALAUDA)}
"""Each in one more style than the default."""
ANNOUNCED = ("an expression made by a colon", "a Rule by a parameter")
"""Envoy compares a colon of a path and parameters as they are sent, and cannot refuse their escapes."""


@pytest.mark.parametrize("usual", [True, False], ids=["default", "other-style"])
@pytest.mark.parametrize("name", ALAUDA)
def test_who_an_alauda_alb_refuses_stays_refused_or_the_run_fails(name: str, usual: bool) -> None:
    one, style = ALAUDA[name], {} if usual else ALAUDA_STYLES[name]
    result = run(*one.documents, **style)
    assert broken_promises(result) == []
    before = result.comparisons[0].before
    refused = [request for request in requests(one) if refusal(*consult(before, request)) is not None]
    assert refused
    wrong = [text for request in refused if (text := opened(result, request))]
    assert not wrong or any(map(lost_protection, result.findings)), wrong[:4]
    assert not wrong or "target" in style or name in ANNOUNCED, wrong[:4]


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_situation_refuses_somebody(name: str) -> None:
    """Else nothing is tested by it."""
    one = SITUATIONS[name]
    before = run(*one.documents).comparisons[0].before
    assert any(refusal(*consult(before, request)) is not None for request in requests(one))
