"""Random input of each controller: Ingresses that share hosts, with everything around them, some of it odd.

Made by a seed alone, so that a failure can be made again; there is nothing to shrink, small seeds make small input.
"""

from __future__ import annotations

import json
import random
from base64 import b64encode
from functools import lru_cache
from typing import Any

from converter.packs.load import source_pack

HOSTS = [
    "a.example.com",
    "a.example.com",
    "b.example.com",
    "*.example.com",
    "",
    "A.example.com",
    "x.a.example.com",
    "*.a.example.com",
    "www.a.example.com",
    "c.test",
]
PATHS = [
    "/",
    "/",
    "/a",
    "/a/",
    "/a/b",
    "/ab",
    "/A",
    "/a(/|$)(.*)",
    "/v[0-9]+/x",
    "/*",
    "/a/*",
    "",
    "/a b",
    "/a%2Fb",
    "/x?y",
    "/.well-known/acme-challenge",
    "/a.b",
    "/a//b",
    "/é",
    "/(a|b)/c",
    "/a:b",
    "/a/../b",
    "/a*c",
    "/" + "p" * 1100,
    "/[",
    "/a$",
    "/a{2}",
    "/\\",
    "/a#b",
    "/%zz",
    "/a;b=c",
    "/a/b/c",
    "/A/B",
    "a",
    "/*.html",
    "/a|/b",
    "/^a",
]
TYPES = ["Prefix", "Prefix", "Exact", "ImplementationSpecific"]
NASTY = [
    "true",
    "false",
    "",
    "yes",
    "0",
    "1",
    "10",
    "-1",
    "60s",
    "/",
    "/$1",
    "/$2",
    "/x?y=$1",
    "https://other.example/p",
    "10.0.0.0/8",
    "10.0.0.0/8, 192.168.1.1",
    "nope",
    "*",
    "https://a.example.com",
    "GET,POST",
    "X-A,X-B",
    "HTTPS",
    "GRPC",
    "a/b",
    "a,b",
    "a=b,c=d",
    "308",
    "301",
    "cookie",
    "basic",
    "{}",
    "[]",
    '[{"HTTP": 80}, {"HTTPS": 443}]',
    "443",
    "a%b",
    "ünï",
    " spaced ",
    "1m",
    "round_robin",
    "default/secret",
    "x" * 300,
    "$host$request_uri",
    "\n",
    "9" * 30,
    "0x10",
    "1e3",
    "None",
    "null",
    "[null]",
    '{"a":',
    "::1/128",
    "999.1.1.1/40",
    "-",
    ".",
    "..",
    "/../",
    "\\1",
    "(",
    "[a-",
    "a b c",
    "TRUE",
    "t",
    "3.5",
    "+1",
    "http://",
    "https://$host/x",
    "//evil",
    "'",
    '"',
    "a;b",
    "a\tb",
    "$",
    "${x}",
    "#",
]
AWS_JSON = {
    "alb.ingress.kubernetes.io/" + name
    for name in (
        "auth-idp-oidc",
        "auth-idp-cognito",
        "jwt-validation",
        "mutual-authentication",
        "target-group-attributes",
        "load-balancer-attributes",
        "healthcheck-protocol",
        "minimum-load-balancer-capacity",
        "backend-protocol",
        "auth-type",
        "healthcheck-port",
        "ip-address-type",
        "scheme",
        "backend-protocol-version",
        "load-balancer-name",
        "ssl-redirect",
        "subnets",
        "transforms.web",
        "listener-attributes.HTTP-80",
        "security-group-prefix-lists",
        "target-control-port.web.80",
        "ssl-policy",
        "healthcheck-interval-seconds",
        "healthcheck-timeout-seconds",
        "group.order",
        "customer-owned-ipv4-pool",
        "group.name",
    )
}
"""Annotations of which any value of the wrong kind makes the controller refuse the whole group."""
SOBER = ["true", "false", "a", "/a", "10", "/$1", "ip", "b"]
GOOD: dict[str, list[str]] = {
    "bool": ["true", "false"],
    "onoff": ["on", "off"],
    "int": ["0", "1", "5", "30", "100", "307", "308", "600"],
    "size": ["1m", "8k", "0", "10M"],
    "networks": ["10.0.0.0/8", "10.0.0.0/8,192.168.0.1/32", "0.0.0.0/0", "2001:db8::/32"],
    "url": ["https://auth.example.com/check", "http://auth.ns0.svc.cluster.local/x", "https://other.example/p?q=1"],
    "url-trimmed": [
        "https://other.example/p",
        "http://auth.ns0.svc.cluster.local:8080/check",
        "https://$host/new$request_uri",
    ],
    "url-variables": ["https://login.example.com/start?rd=$escaped_request_uri", "https://login.example.com/start"],
    "server-name": ["api.example.net", "web.ns0.svc", "Web.Internal"],
    "server-names": [
        "alias.example.com",
        "a1.test,*.a2.test",
        "~^n[0-9]+\\.test$",
        "b.example.com",
        "www.b.example.com",
        "under_score.test",
    ],
    "cors-origins": ["*", "https://o.example", "https://*.o.example,https://p.example"],
    "cors-methods": ["GET, POST", "PUT"],
    "header-names": ["X-A, X-B"],
    "cors-expose": ["X-A, X-B"],
    "protocol": ["HTTP", "HTTPS", "GRPC", "GRPCS", "AUTO_HTTP", "FCGI"],
    "service": ["web", "api", "gone"],
    "path": ["/$1", "/$2", "/new", "/new/$1", "/"],
    "app-root": ["/app", "/start"],
    "regex": ["^v[0-9]$", "yes|no"],
    "auth-type": ["basic", "digest"],
    "basic": ["X-Canary", "ns0/users", "users", "canary_cookie"],
    "affinity": ["cookie"],
    "satisfy": ["any", "all"],
    "balance": ["round_robin", "ewma", "ip_hash"],
    "hash-key": ["$request_uri", "$remote_addr", "$http_x_user"],
    "method": ["GET", "POST"],
    "next-upstream": ["error timeout", "off", "http_502"],
    "variable": ["$uri"],
    "verify-client": ["on", "off", "optional", "optional_no_ca"],
    "samesite": ["Lax", "None"],
    "tls-protocols": ["TLSv1.2"],
    "http-version": ["1.1"],
    "connection": ["keep-alive"],
    "error-codes": ["404,503"],
    "text": ["X-Test: 1", "deny all;"],
    "json": ['[{"HTTP": 80}, {"HTTPS": 443}]', '[{"HTTP": 8080}]'],
    "list": ["a,b", "10.0.0.0/8", "sg-1,sg-2"],
    "map": ["a=b,c=d", "idle_timeout.timeout_seconds=30", "stickiness.enabled=true,stickiness.type=lb_cookie"],
}
ACTIONS = [
    '{"type":"redirect","redirectConfig":{"protocol":"HTTPS","port":"443","statusCode":"HTTP_301"}}',
    '{"type":"redirect","redirectConfig":{"host":"#{host}","path":"/n/#{path}","statusCode":"HTTP_302"}}',
    '{"type":"fixed-response","fixedResponseConfig":{"statusCode":"418","contentType":"text/plain","messageBody":"no"}}',
    '{"type":"forward","forwardConfig":{"targetGroups":[{"serviceName":"web","servicePort":"80","weight":20},'
    '{"serviceName":"api","servicePort":80,"weight":80}]}}',
    '{"type":"forward","targetGroupARN":"arn:x"}',
    "{}",
    "nope",
]
CONDITIONS = [
    '[{"field":"http-header","httpHeaderConfig":{"httpHeaderName":"X-A","values":["v*","w"]}}]',
    '[{"field":"query-string","queryStringConfig":{"values":[{"key":"a","value":"*"},{"value":"b"}]}}]',
    '[{"field":"source-ip","sourceIpConfig":{"values":["10.0.0.0/8"]}}]',
    '[{"field":"http-request-method","httpRequestMethodConfig":{"values":["GET","post"]}}]',
    '[{"field":"host-header","hostHeaderConfig":{"values":["h*.example.com"]}}]',
    '[{"field":"path-pattern","pathPatternConfig":{"values":["/pp/*","/q?"]}}]',
    "[]",
    "nope",
]
CLASSES = {"ingress-nginx": "nginx", "alauda-alb": "alb-one", "aws-alb": "alb"}
NGINX_OPTIONS = {
    "ssl-redirect": "bool",
    "force-ssl-redirect": "bool",
    "use-regex": "bool",
    "whitelist-source-range": "networks",
    "enable-underscores-in-headers": "bool",
    "ssl-reject-handshake": "bool",
    "http-redirect-code": "int",
    "hsts": "bool",
    "denylist-source-range": "networks",
    "block-cidrs": "networks",
    "proxy-body-size": "size",
    "use-forwarded-headers": "bool",
    "no-tls-redirect-locations": "path",
    "global-auth-url": "url",
    "preserve-trailing-slash": "bool",
    "allow-snippet-annotations": "bool",
    "annotations-risk-level": "text",
    "strict-validate-path-type": "bool",
    "relative-redirects": "bool",
    "use-proxy-protocol": "bool",
    "custom-http-errors": "error-codes",
    "server-tokens": "bool",
    "add-headers": "basic",
    "proxy-read-timeout": "int",
    "hide-headers": "header-names",
    "enable-brotli": "bool",
}
FLAGS = [
    "--enable-ssl-passthrough",
    "--default-ssl-certificate=ns0/one",
    "--default-backend-service=ns0/web",
    "--watch-namespace=ns0",
    "--annotations-prefix=nginx.ingress.kubernetes.io",
    "--http-port=8080",
]


@lru_cache
def keys(source: str) -> list[tuple[str, str]]:
    """Every annotation of a pack with the name of its codec."""
    pack = source_pack(source)
    found: dict[str, str] = {}
    for feature in pack.features.values():
        for field in feature.fields.values():
            prefixes = pack.families.get(field.family) or (pack.prefixes[:1] if "/" not in field.annotation else ("",))
            for prefix in prefixes:
                found[prefix + field.annotation] = field.type.removeprefix("nginx-").removeprefix("aws-")
    variables = {"{domain}": "cpaas.io", "{rule}": "0", "{path}": "0", "{name}": "web", "{port}": "80"}
    out = set()
    for key, kind in found.items():
        filled = key
        for name, value in variables.items():
            filled = filled.replace(name, value)
        out.add((filled, kind))
    return [*sorted(out), ("example.com/owner", "text"), ("kubernetes.io/ingress.class", "text")]


class Maker:
    """One random set of documents."""

    def __init__(self, source: str, seed: int) -> None:
        self.source, self.dice = source, random.Random(f"{source} {seed}")  # noqa: S311
        self.wild = seed % 3 == 0
        """Every third one is full of nonsense; an ALB group or Ingress with any would be refused as a whole."""
        self.sober = source != "ingress-nginx" and not self.wild
        self.hosts = self.dice.sample(HOSTS, self.dice.randint(1, 4))

    def documents(self) -> list[dict[str, Any]]:
        """Ingresses with their surroundings."""
        dice = self.dice
        out = [self.ingress(number) for number in range(dice.choice((1, 1, 2, 2, 3, 5)))]
        if self.source == "ingress-nginx" and dice.random() < 0.3:
            out += [self.canary(one) for one in out[:2]]
        if dice.random() < (0.9 if self.source == "aws-alb" else 0.5):
            out += [one for number in (0, 1) for one in self.services(f"ns{number}")]
        if dice.random() < 0.5:
            out += self.secrets()
        out += {"ingress-nginx": self.nginx, "alauda-alb": self.alauda, "aws-alb": self.aws}[self.source]()
        return out

    def value(self, kind: str, key: str = "") -> str:
        """Of the kind that is meant as a rule, or anything."""
        dice = self.dice
        if "/actions." in key or "/conditions." in key:
            choices = ACTIONS if "/actions." in key else CONDITIONS
            return dice.choice(choices[:4] if self.sober else choices)
        if self.sober and kind not in GOOD:
            return dice.choice(SOBER)
        if dice.random() < (0.3 if self.wild else 1 if self.sober else 0.75) and kind in GOOD:
            return dice.choice(GOOD[kind])
        return dice.choice(NASTY)

    def annotations(self, most: int = 5) -> dict[str, str]:
        known = keys(self.source)
        chosen = [self.dice.choice(known) for _ in range(self.dice.randint(0, most))]
        return {key: self.value(kind, key) for key, kind in chosen}

    def backend(self) -> dict[str, Any]:
        dice = self.dice
        if dice.random() < (0.003 if self.sober else 0.03):
            return {"resource": {"apiGroup": "x.example.com", "kind": "Bucket", "name": "b"}}
        port = dice.choice([{"number": 80}, {"number": 80}, {"number": 80}, {"number": 8080}, {"name": "http"}])
        if dice.random() < 0.05:
            port = {"name": "use-annotation"}
        names = ["web", "api"] if self.source == "aws-alb" and self.sober else ["web", "api", "web", "gone", "ext"]
        return {"service": {"name": dice.choice(names), "port": port}}

    def rule(self) -> dict[str, Any]:
        dice = self.dice
        out: dict[str, Any] = {}
        host = dice.choice(self.hosts)
        if host:
            out["host"] = host
        if dice.random() < 0.95:
            out["http"] = {"paths": [self.path() for _ in range(dice.randint(1, 3))]}
        return out

    def path(self) -> dict[str, Any]:
        path, kind = self.dice.choice(PATHS), self.dice.choice(TYPES)
        if self.source == "aws-alb" and self.sober:  # which takes no wildcards in the other types
            kind = "ImplementationSpecific" if set(path) & set("*?") else kind
            path = path if path.startswith("/") else "/"
        return {"path": path, "pathType": kind, "backend": self.backend()}

    def ingress(self, number: int) -> dict[str, Any]:
        dice = self.dice
        spec: dict[str, Any] = {"rules": [self.rule() for _ in range(dice.choice((0, 1, 1, 2, 3)))]}
        notes = self.annotations(2 if dice.random() < 0.5 else 6)
        notes.pop("kubernetes.io/ingress.class", None)
        if dice.random() < 0.9:
            spec["ingressClassName"] = CLASSES[self.source]
        else:
            notes["kubernetes.io/ingress.class"] = CLASSES[self.source]
        if not spec["rules"] or dice.random() < 0.15:
            spec["defaultBackend"] = self.backend()
        if dice.random() < 0.5:
            spec["tls"] = [
                {
                    key: value
                    for key, value in (
                        ("hosts", dice.sample(self.hosts, dice.randint(0, len(self.hosts)))),
                        ("secretName", dice.choice(["one", "two", "", "missing"])),
                    )
                    if value
                }
                for _ in range(dice.randint(1, 2))
            ]
        if self.source == "aws-alb" and self.sober:
            notes = {key: value for key, value in notes.items() if key not in AWS_JSON}
            notes["alb.ingress.kubernetes.io/target-type"] = "ip"
        if self.source == "aws-alb" and dice.random() < 0.6:
            notes["alb.ingress.kubernetes.io/group.name"] = dice.choice(["shared", "shared", "other"])
        meta: dict[str, Any] = {"name": f"i{number}", "namespace": f"ns{dice.randint(0, 1)}", "annotations": notes}
        if dice.random() < 0.5:
            meta["creationTimestamp"] = f"2024-01-0{dice.randint(1, 5)}T00:00:00Z"
        return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}

    def canary(self, primary: dict[str, Any]) -> dict[str, Any]:
        dice = self.dice
        prefix = "nginx.ingress.kubernetes.io/canary"
        notes = {prefix: "true"} | dict(
            dice.sample(
                [
                    (f"{prefix}-weight", "20"),
                    (f"{prefix}-by-header", "X-Canary"),
                    (f"{prefix}-by-cookie", "canary"),
                    (f"{prefix}-by-header-value", "yes"),
                    (f"{prefix}-by-header-pattern", "v[0-9]"),
                    (f"{prefix}-weight-total", "50"),
                ],
                dice.randint(1, 3),
            )
        )
        spec = json.loads(json.dumps(primary["spec"]))
        for rule in spec["rules"]:
            for path in rule.get("http", {}).get("paths", ()):
                path["backend"] = {"service": {"name": dice.choice(["api", "new"]), "port": {"number": 80}}}
        meta = dict(
            primary["metadata"], name=primary["metadata"]["name"] + "-canary", annotations=self.annotations(2) | notes
        )
        return {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": meta, "spec": spec}

    def services(self, namespace: str) -> list[dict[str, Any]]:
        dice = self.dice
        ports = dice.choice(
            [
                [{"name": "http", "port": 80, "targetPort": 8080}],
                [{"port": 80}],
                [] if self.wild else [{"port": 80}],
                [
                    {"name": "http", "port": 8080},
                    {"name": "tls", "port": 443, "targetPort": "https", "appProtocol": "https"},
                ],
            ]
        )
        notes = self.annotations(2) if self.source == "aws-alb" else {}
        if self.source == "aws-alb" and self.sober:
            ports = [{"name": "http", "port": 80}, {"name": "other", "port": 8080}]
        return [
            _object("v1", "Service", namespace, "web", spec={"selector": {"app": "web"}, "ports": ports}, notes=notes),
            _object(
                "v1",
                "Service",
                namespace,
                "api",
                spec={"ports": [{"name": "http", "port": 80}, {"name": "b", "port": 8080}]},
            ),
            _object(
                "v1",
                "Service",
                namespace,
                "ext",
                spec={
                    "type": "ExternalName",
                    "externalName": dice.choice(["other.example.com", "localhost", "10.0.0.1", "x"]),
                    "ports": [{"port": 80}],
                },
            ),
        ]

    def secrets(self) -> list[dict[str, Any]]:
        out = []
        for namespace in ("ns0", "ns1"):
            users = self.dice.choice(
                ["a:$apr1$x$abcdefghijklmnopqrstuv", "a:{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=", "", "junk"]
            )
            out.append(_object("v1", "Secret", namespace, "users", data={"auth": _b64(users)}))
            for name in ("one", "two"):
                out.append(
                    _object(
                        "v1",
                        "Secret",
                        namespace,
                        name,
                        type="kubernetes.io/tls",
                        data={"tls.crt": _b64("x"), "tls.key": _b64("y")},
                    )
                )
        return out

    def nginx(self) -> list[dict[str, Any]]:
        dice, out = self.dice, []
        if dice.random() < 0.4:
            chosen = dice.sample(sorted(NGINX_OPTIONS), dice.randint(0, 4))
            data = {key: self.value(NGINX_OPTIONS[key]) for key in chosen}
            out.append(_object("v1", "ConfigMap", "ingress-nginx", "ingress-nginx-controller", data=data))
        if dice.random() < 0.2:
            args = ["/nginx-ingress-controller", "--configmap=ingress-nginx/ingress-nginx-controller"]
            args += dice.sample(FLAGS, dice.randint(0, 2))
            pod = {
                "spec": {
                    "containers": [{"name": "controller", "image": "ingress-nginx/controller:v1.12.0", "args": args}]
                }
            }
            out.append(
                _object(
                    "apps/v1",
                    "Deployment",
                    "ingress-nginx",
                    "ingress-nginx-controller",
                    spec={"selector": {"matchLabels": {"app": "n"}}, "template": pod},
                )
            )
        return out

    def alauda(self) -> list[dict[str, Any]]:
        dice = self.dice
        if dice.random() < 0.4:
            return []
        config: dict[str, Any] = {"projects": ["ALL_ALL"]}
        for key, value in (
            ("enableHTTP2", "true"),
            ("ingressHTTPPort", "8080"),
            ("defaultSSLCert", "ns0/one"),
            ("defaultSSLStrategy", "Both"),
            ("enableIPV6", "false"),
            ("gateway", {"mode": "standalone"}),
            ("policyZip", "true"),
            ("networkMode", "container"),
        ):
            if dice.random() < 0.2:
                config[key] = value
        out = [_object("crd.alauda.io/v2", "ALB2", "cpaas-system", "alb-one", spec={"type": "nginx", "config": config})]
        for number, protocol in dice.sample(
            [(80, "http"), (443, "https"), (8443, "https"), (9000, "tcp"), (53, "udp"), (8080, "http")],
            dice.randint(0, 4),
        ):
            group = {
                "services": [{"namespace": "ns0", "name": "web", "port": 80, "weight": dice.choice([0, 50, 100])}],
                "session_affinity_policy": dice.choice(["", "sip-hash", "cookie"]),
                "session_affinity_attribute": "x",
            }
            spec = {
                "port": number,
                "protocol": protocol,
                "certificate_name": dice.choice(["", "ns0/one", "ns0_two", "nope"]),
                "backendProtocol": dice.choice(["", "https", "grpc"]),
            }
            if protocol in ("tcp", "udp") or dice.random() < 0.4:
                spec["serviceGroup"] = group
            name = f"alb-one-{number:05d}"
            labels = {"alb2.cpaas.io/name": "alb-one"}
            out.append(_object("crd.alauda.io/v1", "Frontend", "cpaas-system", name, spec=spec, labels=labels))
            for index in range(dice.randint(0, 2) if protocol in ("http", "https") else 0):
                out.append(
                    _object(
                        "crd.alauda.io/v1",
                        "Rule",
                        "cpaas-system",
                        f"r{number}-{index}",
                        spec=self.alauda_rule(),
                        labels=labels | {"alb2.cpaas.io/frontend": name},
                        notes=self.annotations(1),
                    )
                )
        return out

    def alauda_rule(self) -> dict[str, Any]:
        dice = self.dice
        terms = [
            {"type": "HOST", "values": [["EQ", "a.example.com"], ["ENDS_WITH", ".example.com"]]},
            {"type": "URL", "values": [[dice.choice(["STARTS_WITH", "EQ", "REGEX"]), dice.choice(PATHS)]]},
            {
                "type": "HEADER",
                "key": "X-A",
                "values": [[dice.choice(["EQ", "REGEX", "STARTS_WITH", "ENDS_WITH"]), "v1"]],
            },
            {"type": "PARAM", "key": "p", "values": [["EQ", "1"], ["RANGE", "1", "5"]]},
            {"type": "COOKIE", "key": "c", "values": [["IN", "1", "2"]]},
            {"type": "SRC_IP", "values": [["EQ", "10.0.0.1"]]},
            {"type": "METHOD", "values": [["IN", "GET", "POST"]]},
        ]
        spec: dict[str, Any] = {
            "priority": dice.randint(1, 9),
            "dslx": dice.sample(terms, dice.randint(0, 3)),
            "serviceGroup": {
                "services": [
                    {"namespace": f"ns{n}", "name": "web", "port": 80, "weight": dice.choice([0, 20, 100])}
                    for n in range(dice.randint(0, 2))
                ]
            },
        }
        for key, value in (
            ("redirectURL", "/to"),
            ("redirectCode", 302),
            ("rewrite_base", "/a"),
            ("rewrite_target", "/n"),
            ("url", "/a"),
            ("enableCORS", True),
            ("vhost", "v.example.com"),
            ("backendProtocol", "https"),
            ("domain", "a.example.com"),
            ("certificate_name", "ns0_one"),
            ("corsAllowOrigin", "*"),
        ):
            if dice.random() < 0.15:
                spec[key] = value
        return spec

    def aws(self) -> list[dict[str, Any]]:
        dice = self.dice
        if dice.random() < 0.7:
            return []
        spec: dict[str, Any] = {}
        for key, value in (
            ("group", {"name": "shared"}),
            ("scheme", "internal"),
            ("sslPolicy", "ELBSecurityPolicy-TLS13-1-2-2021-06"),
            ("inboundCIDRs", ["10.0.0.0/8"]),
            ("certificateArn", ["arn:aws:acm:r:1:certificate/x"]),
            ("loadBalancerAttributes", [{"key": "idle_timeout.timeout_seconds", "value": "30"}]),
            ("targetType", "ip"),
            ("sslRedirectPort", "443"),
            ("listeners", []),
        ):
            if dice.random() < 0.25:
                spec[key] = value
        return [
            _object("elbv2.k8s.aws/v1beta1", "IngressClassParams", "", "params", spec=spec),
            _object(
                "networking.k8s.io/v1",
                "IngressClass",
                "",
                "alb",
                spec={
                    "controller": "ingress.k8s.aws/alb",
                    "parameters": {"apiGroup": "elbv2.k8s.aws", "kind": "IngressClassParams", "name": "params"},
                },
            ),
        ]


def _object(
    version: str,
    kind: str,
    namespace: str,
    name: str,
    *,
    notes: dict[str, str] | None = None,
    labels: dict[str, str] | None = None,
    **parts: Any,
) -> dict[str, Any]:
    meta: dict[str, Any] = {"name": name}
    for key, value in (("namespace", namespace), ("annotations", notes), ("labels", labels)):
        if value:
            meta[key] = value
    return {"apiVersion": version, "kind": kind, "metadata": meta, **parts}


def _b64(text: str) -> str:
    return b64encode(text.encode()).decode()


def random_input(source: str, seed: int) -> str:
    """One stream of YAML (each document in JSON)."""
    return "\n---\n".join(json.dumps(one, ensure_ascii=False) for one in Maker(source, seed).documents())


MALFORMED: list[Any] = [
    None,
    0,
    -1,
    1.5,
    True,
    "",
    "x",
    [],
    {},
    [None],
    {"a": None},
    ["x"],
    {"x": {}},
    10**20,
    "2024-01-01",
    [[]],
]


def broken_input(source: str, seed: int) -> str:
    """The same with some of its values replaced by others of any type, left out, or there twice."""
    dice = random.Random(f"broken {source} {seed}")  # noqa: S311
    documents = Maker(source, seed).documents()
    for _ in range(dice.randint(1, 4)):
        holder, key = _somewhere(dice, dice.choice(documents))
        what = dice.random()
        if what < 0.7:
            holder[key] = dice.choice(MALFORMED)
        elif what < 0.9 or isinstance(holder, dict):
            del holder[key]
        else:
            holder.append(holder[key])
    return "\n---\n".join(json.dumps(one, ensure_ascii=False) for one in documents)


def _somewhere(dice: random.Random, top: Any) -> tuple[Any, Any]:
    """Some place in a document: what holds it, and its key or index."""
    holder, key = top, dice.choice(sorted(top)) if top else ""
    if not top:
        top["x"] = None
        return top, "x"
    while dice.random() < 0.8:
        inner = holder[key]
        if not isinstance(inner, dict | list) or not inner:
            break
        holder, key = (
            inner,
            dice.choice(sorted(inner, key=str)) if isinstance(inner, dict) else dice.randrange(len(inner)),
        )
    return holder, key
