"""Situations of Alauda ALB (and others that need several entries): what is refused before must stay refused.

ALB tries the rules of a port in one order of priority and weight, whatever their host, compares text prefixes and
expressions with the decoded path, and inherits authentication from the Frontend and the ALB.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from tests.targets_input import ingress, services

HEAD = "nginx.ingress.kubernetes.io/"
ASKED = {f"{HEAD}auth-url": "http://login.shop.svc.cluster.local/check"}
ALB_PATH = "alb.ingress.cpaas.io/"


def entry(config: str = "", name: str = "prod") -> str:
    """One ALB2; `config` are more fields of spec.config in flow style."""
    more = f", {config}" if config else ""
    return f"""apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {{name: {name}, namespace: cpaas-system}}
spec: {{type: nginx, config: {{projects: [ALL_ALL], replicas: 1, networkMode: host{more}}}}}
"""


SERVICES = services("open", "guarded", "login")


def frontend(config: str = "", port: int = 80, more: str = "") -> str:
    own = f", config: {{{config}}}" if config else ""
    return f"""apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {{name: prod-{port:05}, namespace: cpaas-system, labels: {{alb2.cpaas.io/name: prod}}}}
spec: {{port: {port}, protocol: http{own}{more}}}
"""


FORWARD = "auth: {forward: {url: http://login.shop.svc.cluster.local/check}}"


def rule(dslx: str, config: str = FORWARD) -> str:
    """A Rule of port 80 before all others."""
    return f"""apiVersion: crd.alauda.io/v1
kind: Rule
metadata: {{name: g, namespace: cpaas-system, labels: {{alb2.cpaas.io/name: prod, alb2.cpaas.io/frontend: prod-00080}}}}
spec:
  priority: 1
  dslx: {dslx}
  config: {{{config}}}
  serviceGroup: {{services: [{{name: guarded, namespace: shop, port: 80, weight: 100}}]}}
"""


def web(name: str, path: str, service: str, kind: str = "Prefix", host: str = "a.example.com", **notes: str) -> str:
    """An Ingress of the ALB with one path."""
    known = {key.replace("__", "/").replace("_", "-"): text for key, text in notes.items()}
    return ingress(name, [(path, service)], host=host, cls="prod", path_type=kind, annotations=known)


def guard(path: str, kind: str = "Prefix", host: str = "a.example.com", **more: str) -> str:
    return ingress("guard", [(path, "guarded")], host=host, cls="prod", path_type=kind, annotations=ASKED | more)


OPEN = web("open", "/", "open")
BASE = (entry(), SERVICES)


class Situation(NamedTuple):
    """Manifests, and more ways than the usual ones to ask for what they guard."""

    documents: tuple[str, ...]
    paths: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ("a.example.com",)
    headers: tuple[tuple[str, str], ...] = ()
    method: str = "GET"


def guarded_by_rule(dslx: str, paths: tuple[str, ...] = ("/",), **more: Any) -> Situation:
    """A Rule guards what fits `dslx`, and an Ingress serves everything else."""
    return Situation((*BASE, frontend(), OPEN, rule(dslx)), paths, **more)


PASSWORDS = {
    f"{HEAD}auth-type": "basic",
    f"{HEAD}auth-secret": "shop/missing",
    f"{HEAD}auth-secret-type": "auth-file",
}


def guarded_by(notes: dict[str, str]) -> Situation:
    """An Ingress with these annotations guards a path, and another one serves everything else."""
    guarding = ingress("guard", [("/admin", "guarded")], host="a.example.com", cls="prod", annotations=notes)
    return Situation((*BASE, OPEN, guarding))


SITUATIONS = {
    "a text prefix": Situation((*BASE, OPEN, guard("/admin")), ("/adminx", "/admin.json", "/admin-x/y")),
    "a text prefix that ends in a slash": Situation((*BASE, OPEN, guard("/admin/")), ("/admin/", "/admin//x")),
    "an exact path": Situation((*BASE, OPEN, guard("/admin", "Exact")), ("/admin?x=1", "/%61dmin", "/x/../admin")),
    "an expression that is not anchored at its end": Situation(
        (*BASE, OPEN, guard("/admin/[a-z]+", "ImplementationSpecific")), ("/admin/abc/d", "/admin/a1", "/admin/a%2f")
    ),
    "an expression that begins with alternatives": Situation(
        (*BASE, OPEN, guard("/(admin|root)", "ImplementationSpecific")), ("/rootx", "/root/../root", "/admin(x")
    ),
    "an expression made by a colon": Situation(
        (*BASE, OPEN, guard("/v1/x:publish", "ImplementationSpecific")),
        ("/v1/x:publish", "/v1/x:publishx", "/v1/x%3apublish"),
    ),
    "an open rule with a longer prefix": Situation(
        (*BASE, OPEN, guard("/admin"), web("public", "/admin/public/assets", "open")),
        ("/admin/public/assets/../x", "/admin/public/assets/..%2fx", "/admin/public"),
    ),
    "an open expression that weighs more": Situation(
        (*BASE, OPEN, guard("/admin"), web("health", "/[a-z]+/healthz$", "open", "ImplementationSpecific")),
        ("/admin/healthz/x", "/admin/healthzx"),
    ),
    "an open rule of higher priority": Situation(
        (
            *BASE,
            OPEN,
            guard("/admin"),
            web("first", "/admin/login", "open", **{"alb.cpaas.io__ingress_rule_priority_0_0": "1"}),
        ),
        ("/admin/login/../x", "/admin/log"),
    ),
    "a guarded rule for any host before hosts": Situation(
        (
            *BASE,
            OPEN,
            ingress(
                "guard",
                [("/internal", "guarded")],
                host="",
                cls="prod",
                annotations=ASKED | {"alb.cpaas.io/ingress-rule-priority-0-0": "1"},
            ),
        ),
        ("/internal", "/internal/x", "/internalx", "/internal%2fx", "/x/..%2finternal"),
        ("a.example.com", "b.example.com"),
    ),
    "a guarded wildcard behind a host": Situation(
        (*BASE, web("open", "/pub", "open"), guard("/", host="*.example.com")),
        ("/pub/../x", "/pub%2f..%2fx", "/x"),
        ("a.example.com", "b.example.com", "A.example.com"),
    ),
    "a guarded wildcard and an open rule for any host": Situation(
        (*BASE, web("open", "/", "open", host=""), guard("/", host="*.example.com")),
        ("/x",),
        ("a.example.com", "b.example.com"),
    ),
    "a guarded host and an open rule for any host": Situation(
        (*BASE, web("open", "/", "open", host=""), guard("/admin")), ("/adminx",), ("a.example.com", "A.EXAMPLE.COM")
    ),
    "one guarded path of an Ingress": Situation(
        (
            *BASE,
            ingress(
                "guard",
                [("/", "open"), ("/admin", "guarded")],
                host="a.example.com",
                cls="prod",
                annotations={f"index.0-1.{ALB_PATH}auth-url": ASKED[f"{HEAD}auth-url"]},
            ),
        ),
        ("/adminx",),
    ),
    "passwords of the whole ALB": Situation(
        (
            entry("auth: {basic: {realm: x, secret: cpaas-system/users, secret_type: auth-file, auth_type: basic}}"),
            SERVICES,
            OPEN,
        ),
        ("/",),
    ),
    "a service that the ALB asks, and an Ingress that switches its own off": Situation(
        (
            entry(FORWARD),
            SERVICES,
            web("open", "/", "open", **{f"{HEAD.rstrip('/')}__auth_enable": "false"}),
        ),
        ("/",),
    ),
    "a service that the Frontend asks": Situation((*BASE, frontend(FORWARD), OPEN), ("/",)),
    "an unknown kind of authentication": guarded_by({f"{HEAD}auth-type": "digest"}),
    "passwords in a Secret that is not there": guarded_by(PASSWORDS),
    "passwords and a service at once": guarded_by(PASSWORDS | ASKED),
    "a rewrite of a guarded path": Situation(
        (*BASE, OPEN, guard("/admin", **{f"{HEAD}rewrite-target": "/"})), ("/adminx", "/admin/%2e%2e/admin")
    ),
    "a Rule by header": guarded_by_rule(
        "[{type: HEADER, key: x_debug, values: [[EQ, '1']]}]", headers=(("X-Debug", "1"),)
    ),
    "a Rule by a header that exists": guarded_by_rule(
        "[{type: HEADER, key: x_debug, values: [[EXIST]]}]", headers=(("x-debug", "x"),)
    ),
    "a Rule by an expression over a header": guarded_by_rule(
        "[{type: HEADER, key: user_agent, values: [[REGEX, 'curl|wget']]}]", headers=(("User-Agent", "my-wget/1"),)
    ),
    "a Rule by method": guarded_by_rule("[{type: METHOD, values: [[IN, DELETE, PUT]]}]", ("/", "/x"), method="DELETE"),
    "a Rule by address": guarded_by_rule(
        "[{type: SRC_IP, values: [[RANGE, 203.0.113.0, 203.0.113.255]]}]", ("/", "/x")
    ),
    "a Rule by a cookie": guarded_by_rule(
        "[{type: COOKIE, key: role, values: [[EQ, admin]]}]", headers=(("Cookie", "a=b; role=admin"),)
    ),
    "a Rule by a parameter": guarded_by_rule(
        "[{type: PARAM, key: debug, values: [[EQ, 'on']]}]", ("/?debug=on", "/?a=b&debug=on", "/?debug=o%6e")
    ),
    "a Rule by range of a parameter": guarded_by_rule(
        "[{type: PARAM, key: id, values: [[RANGE, '10', '20']]}]", ("/?id=15", "/?id=150", "/?id=10")
    ),
    "a Rule by suffix of the host": guarded_by_rule(
        "[{type: HOST, values: [[ENDS_WITH, .example.com]]}]",
        hosts=("a.example.com", "b.example.com", "xexample.com"),
    ),
    "a Rule by an expression over the host": guarded_by_rule("[{type: HOST, values: [[REGEX, '^a[.]']]}]"),
    "a Rule with several paths": guarded_by_rule(
        "[{type: URL, values: [[STARTS_WITH, /admin], [EQ, /root], [REGEX, '^/x[0-9]']]}]",
        ("/root", "/x1", "/x1/y", "/adminx", "/%72oot", "/x%31"),
    ),
    "a redirect of other addresses": Situation(
        (
            *BASE,
            frontend(),
            OPEN,
            rule(
                "[{type: SRC_IP, values: [[EQ, 203.0.113.9]]}]",
                "redirect: {url: 'https://blocked.example.com', code: 302}",
            ),
        ),
        ("/",),
    ),
    "a guarded default backend": Situation(
        (
            *BASE,
            frontend(
                FORWARD, more=", serviceGroup: {services: [{name: open, namespace: shop, port: 80, weight: 100}]}"
            ),
            guard("/admin"),
        ),
    ),
    "two Ingresses of a guarded and an open path with the same text": Situation(
        (
            *BASE,
            OPEN,
            guard("/admin"),
            web("exact", "/admin", "open", "Exact", **{"alb.cpaas.io__ingress_rule_priority_0_0": "9"}),
        ),
        ("/admin/",),
    ),
    "letters beyond ASCII": Situation((*BASE, OPEN, guard("/é")), ("/%C3%A9", "/%c3%a9/x", "/%c3%A9x")),
    "an escaped prefix": Situation((*BASE, OPEN, guard("/a b")), ("/a%20b", "/a%20b/x", "/a%20bx")),
}
"""By what they are about."""
