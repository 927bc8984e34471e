"""Every protecting feature beside every kind of open rule, each on a host of its own, and paths that try to walk around."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.targets_input import ingress

HEAD = "nginx.ingress.kubernetes.io/"
USERS = """apiVersion: v1
kind: Secret
metadata: {name: users, namespace: shop}
stringData: {auth: "ada:{SHA}2jmj7l5rSw0yVb/vlWAYkK/YBwk="}
"""
CONFIG = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data: {allow-snippet-annotations: "true", annotations-risk-level: Critical%s}
"""
SERVICES = "\n---\n".join(
    f"apiVersion: v1\nkind: Service\nmetadata: {{name: {name}, namespace: {space}}}\n"
    "spec: {ports: [{port: 80}], selector: {a: b}}"
    for name, space in (("guarded", "shop"), ("open", "shop"), ("login", "shop"), ("other", "other"))
)
PASSWORD = {"auth-type": "basic", "auth-secret": "users"}
GUARDS: dict[str, dict[str, str]] = {
    "allow": {"whitelist-source-range": "10.0.0.0/8"},
    "deny": {"denylist-source-range": "203.0.113.0/24,2001:db8::/32"},
    "password": PASSWORD,
    "unknown-password": {"auth-type": "basic", "auth-secret": "elsewhere"},
    "service": {"auth-url": "http://login.shop.svc.cluster.local/check"},
    "variables": {"auth-url": "http://$host/check"},
    "any": {"satisfy": "any", "whitelist-source-range": "10.0.0.0/8", **PASSWORD},
    "both": {"whitelist-source-range": "10.0.0.0/8", **PASSWORD},
    "snippet": {"configuration-snippet": "deny all;"},
    "waf": {"enable-modsecurity": "true"},
    "refused": {"whitelist-source-range": "nonsense"},
    "connections": {"limit-connections": "2"},
}
"""Annotations of the Ingress that protects."""
PATHS: tuple[tuple[str, str], ...] = (
    ("/admin", "Prefix"),
    ("/admin", "Exact"),
    ("/admin/", "Prefix"),
    ("/admin/x", "ImplementationSpecific"),
    ("/a b", "Prefix"),
    ("/é", "Prefix"),
    ("/a(b)", "Prefix"),
    ("/a;b=c", "Exact"),
    ("/~me/x.y", "Prefix"),
    ("/admin/[a-z]+", "regex"),
    ("/(admin|root)/.*", "regex"),
    ("/admin(?!/public)", "regex"),
)
"""Path and type of what is protected; `regex`: ImplementationSpecific with use-regex."""
OPEN: dict[str, tuple[tuple[str, str, str], ...]] = {
    "root": (("/", "Prefix", ""),),
    "deeper": (("/", "Prefix", ""), ("/admin/public/and/a/long/way", "Prefix", "")),
    "exact": (("/", "Prefix", ""), ("/admin/public", "Exact", "")),
    "expression": (("/", "Prefix", ""), ("/x/[a-z./%0-9]*(and|something|that|is|long)?.*", "regex", "")),
    "wildcard": (("/", "Prefix", "*.{host}"),),
}
"""Path, type and host of the rules beside it; "": the same host."""


class Case(NamedTuple):
    """One host."""

    host: str
    guard: str
    path: str
    kind: str
    open: str

    def manifests(self) -> Iterator[str]:
        name = self.host.partition(".")[0]
        yield _rule(f"{name}-guard", self.host, (self.path, self.kind), "guarded", GUARDS[self.guard])
        for number, (path, kind, host) in enumerate(OPEN[self.open]):
            where = host.replace("{host}", self.host.partition(".")[2]) or self.host
            yield _rule(f"{name}-open-{number}", where, (path, kind), "open", {})


def _rule(name: str, host: str, path: tuple[str, str], service: str, annotations: dict[str, str]) -> str:
    text, kind = path
    known = {HEAD + key: value for key, value in annotations.items()}
    if kind == "regex":
        known[HEAD + "use-regex"] = "true"
        kind = "ImplementationSpecific"
    return ingress(name, [(text, service)], host=host, annotations=known, path_type=kind)


def cases(every: int = 1, offset: int = 0) -> list[Case]:
    """All combinations, or each n-th of them."""
    found = [(guard, path, kind, beside) for guard in GUARDS for path, kind in PATHS for beside in OPEN]
    return [Case(f"h{number}.z{number}.example.com", *one) for number, one in enumerate(found)][offset::every]


def manifests(some: list[Case], config: str = "") -> str:
    """All of them as one stream."""
    return "\n---\n".join([CONFIG % config, USERS, SERVICES, *(text for case in some for text in case.manifests())])


def paths(path: str) -> list[str]:
    """Ways to reach a path, or what lies below it, as a client may write them."""
    plain = {
        "/admin/[a-z]+": "/admin/x",
        "/(admin|root)/.*": "/root/x",
        "/admin(?!/public)": "/admin/x",
    }.get(path, path)
    name = plain.strip("/")
    coded = "".join(f"%{byte:02x}" for byte in name.encode())
    capitals = "".join(f"%{byte:02X}" for byte in name.encode())
    usual = name.replace(" ", "%20").replace("é", "%C3%A9")
    small = name.replace(" ", "%20").replace("é", "%c3%a9").replace("(", "%28").replace(")", "%29").replace(";", "%3b")
    forms = [usual, small, coded, capitals, usual[:1] + coded[3:] if name[:1].isascii() else capitals]
    out = []
    for one in dict.fromkeys(forms):
        out += [
            f"/{one}",
            f"/{one}/",
            f"/{one}/x",
            f"/{one}x",
            f"//{one}",
            f"/{one}//x",
            f"/./{one}",
            f"/x/../{one}",
            f"/x/%2e%2e/{one}",
            f"/{one}%2fx",
            f"/{one}%2F",
            f"/{one}%5cx",
            f"/%2f{one}",
            f"/x/..%2f{one}/x",
            f"/x%2f..%2f{one}/x",
            f"/x/something..%2f..%2f{one}",
            f"/{one}/..%2f{one}",
            f"/x\\..\\{one}",
            f"/{one}/x/..",
            f"/{one}/.",
            f"/{one};x",
            f"/{one}?a=b",
            f"/{one.replace('/', '%2f')}/x",
        ]
    return list(dict.fromkeys(out))
