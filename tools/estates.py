"""Estates of many Ingresses: what `make bench` measures, and what tests hold to growing in step.

python tools/estates.py SHAPE COUNT    # prints the manifests
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence

PREFIX = "nginx.ingress.kubernetes.io"
THREE_PATHS = ("/", "/api", "/health")
Annotations = Sequence[tuple[str, str]]
Shape = Callable[[int], Iterator[str]]


def ingress(
    name: str,
    hosts: Sequence[str],
    paths: Sequence[str],
    annotations: Annotations = (),
    *,
    namespace: str = "shop",
    tls: Sequence[tuple[str, str]] = (),
    path_type: str = "Prefix",
    service: str = "",
    prefix: str = PREFIX,
    class_name: str = "nginx",
) -> str:
    """One Ingress as YAML. `tls`: pairs of host and Secret."""
    lines = [
        "apiVersion: networking.k8s.io/v1",
        "kind: Ingress",
        "metadata:",
        f"  name: {name}",
        f"  namespace: {namespace}",
    ]
    if annotations:
        lines += ["  annotations:", *(f"    {prefix}/{key}: '{value}'" for key, value in annotations)]
    lines += ["spec:", f"  ingressClassName: {class_name}"]
    if tls:
        lines.append("  tls:")
        for host, secret in tls:
            lines += [f"  - hosts: [{host}]", f"    secretName: {secret}"]
    lines.append("  rules:")
    for host in hosts:
        lines += [f"  - host: '{host}'", "    http:", "      paths:"]
        for path in paths:
            backend = f"{{service: {{name: {service or name}, port: {{number: 80}}}}}}"
            lines.append(f"      - {{path: '{path}', pathType: {path_type}, backend: {backend}}}")
    return "\n".join((*lines, ""))


def canary_pairs(count: int) -> Iterator[str]:
    """A host and a weighted canary each."""
    for number in range(count):
        host = [f"a{number}.example.com"]
        yield ingress(f"a{number}", host, ["/"])
        yield ingress(f"c{number}", host, ["/"], [("canary", "true"), ("canary-weight", "10")])


def canaries_on_one_host(count: int) -> Iterator[str]:
    """A canary for each path of one host, all with one Service."""
    host = ["shop.example.com"]
    yield ingress("main", host, [f"/p{number}" for number in range(count)])
    for number in range(count):
        header = [("canary", "true"), ("canary-by-header", f"X-{number}")]
        yield ingress(f"c{number}", host, [f"/p{number}"], header, service="canary")


def wildcard_and_exact_hosts(count: int) -> Iterator[str]:
    """A wildcard host and an exact one below it."""
    for number in range(count):
        yield ingress(f"w{number}", [f"*.w{number}.example.com"], ["/"])
        yield ingress(f"e{number}", [f"app.w{number}.example.com"], ["/"])


def expressions_of_one_ingress(count: int) -> Iterator[str]:
    """Expressions as paths of one host."""
    paths = [f"/p{number}/(a|b)*/[0-9]+/.*" for number in range(count)]
    yield ingress(
        "main",
        ["shop.example.com"],
        paths,
        [("use-regex", "true"), ("rewrite-target", "/$1")],
        path_type="ImplementationSpecific",
    )


def expressions_of_many_ingresses(count: int) -> Iterator[str]:
    """An Ingress of one host for each expression."""
    for number in range(count):
        notes = [("use-regex", "true"), ("rewrite-target", f"/x{number}/$1")]
        yield ingress(
            f"r{number}", ["shop.example.com"], [f"/p{number}/([a-z]+)/.*"], notes, path_type="ImplementationSpecific"
        )


def tls_hosts_of_one_ingress(count: int) -> Iterator[str]:
    """Hosts of one Ingress, each with a certificate."""
    hosts = [f"h{number}.example.com" for number in range(count)]
    yield ingress("main", hosts, ["/"], tls=[(host, f"s{number}") for number, host in enumerate(hosts)])


def hosts_of_one_ingress(count: int) -> Iterator[str]:
    """Hosts of one Ingress."""
    yield ingress("main", [f"h{number}.example.com" for number in range(count)], ["/"])


def wildcard_hosts_with_certificates(count: int) -> Iterator[str]:
    """Wildcards of one Ingress, each with a certificate."""
    hosts = [f"*.w{number}.example.com" for number in range(count)]
    yield ingress("main", hosts, ["/"], tls=[(f"'{host}'", f"s{number}") for number, host in enumerate(hosts)])


def own_value(annotations: Callable[[int], Annotations]) -> Shape:
    """Three paths with TLS, and annotations that no other Ingress has."""

    def shape(count: int) -> Iterator[str]:
        for number in range(count):
            host = f"app-{number}.example.com"
            yield ingress(
                f"app-{number}",
                [host],
                THREE_PATHS,
                annotations(number),
                namespace=f"team-{number % 40}",
                tls=[(host, f"app-{number}-tls")],
            )

    return shape


MIXED: tuple[Annotations, ...] = (
    (),
    (("ssl-redirect", "false"),),
    (("rewrite-target", "/$1"), ("use-regex", "true")),
    (("proxy-read-timeout", "120"), ("proxy-body-size", "20m")),
    (("enable-cors", "true"), ("cors-allow-origin", "https://app.example.com")),
    (("whitelist-source-range", "10.0.0.0/8"),),
    (("backend-protocol", "HTTPS"),),
    (("affinity", "cookie"), ("session-cookie-name", "route")),
)


def own_auth_services(count: int) -> Iterator[str]:
    """A service that decides about requests for each Ingress, with its pods, all in one namespace."""
    for number in range(count):
        url = f"http://auth{number}.auth.svc.cluster.local/check"
        yield ingress(f"app-{number}", [f"app-{number}.example.com"], THREE_PATHS, [("auth-url", url)])
        yield (
            f"apiVersion: v1\nkind: Service\nmetadata: {{name: auth{number}, namespace: auth}}\n"
            f"spec: {{selector: {{app: auth{number}}}, ports: [{{port: 80}}]}}\n"
        )
        yield (
            f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: auth{number}, namespace: auth}}\n"
            f"spec: {{template: {{metadata: {{labels: {{app: auth{number}}}}}, spec: {{containers: []}}}}}}\n"
        )


def own_paths(count: int) -> Iterator[str]:
    """Paths that no other Ingress has."""
    for number in range(count):
        host = f"app-{number}.example.com"
        yield ingress(
            f"app-{number}",
            [host],
            ["/", f"/api-{number}", f"/health-{number}"],
            namespace=f"team-{number % 40}",
            tls=[(host, f"app-{number}-tls")],
        )


def behind_alauda_alb(count: int) -> Iterator[str]:
    """Three paths behind one Alauda ALB, whose rules stand in one list."""
    yield (
        "apiVersion: networking.k8s.io/v1\nkind: IngressClass\nmetadata:\n  name: nginx\n"
        "spec:\n  controller: cpaas.io/alb2\n"
    )
    yield from own_value(lambda number: ())(count)


def ingress_of_aws(number: int, annotations: Annotations) -> str:
    """Three paths on a load balancer of their own."""
    return ingress(
        f"app-{number}",
        [f"app-{number}.example.com"],
        THREE_PATHS,
        annotations,
        namespace=f"team-{number % 40}",
        prefix="alb.ingress.kubernetes.io",
        class_name="alb",
    )


LARGE: dict[str, Shape] = {
    "three paths, TLS": own_value(lambda number: ()),
    "own paths": own_paths,
    "mixed annotations": own_value(lambda number: MIXED[number % len(MIXED)]),
    "Alauda ALB": behind_alauda_alb,
}
"""Names differ, and hardly anything else."""
OWN_VALUES: dict[str, Shape] = {
    "same annotations": own_value(lambda number: [("proxy-read-timeout", "120")]),
    "own timeouts": own_value(lambda number: [("proxy-read-timeout", str(60 + number))]),
    "own address lists": own_value(
        lambda number: [("whitelist-source-range", f"10.{number // 250 % 250}.{number % 250}.0/24")]
    ),
    "own redirects": own_value(lambda number: [("permanent-redirect", f"https://r{number}.example.org/x")]),
    "own limits and hosts": own_value(
        lambda number: [("limit-rps", str(number + 20)), ("upstream-vhost", f"v{number}.internal")]
    ),
    "own auth URLs": own_value(lambda number: [("auth-url", f"http://auth.a{number}.svc.cluster.local/check")]),
    "own CORS origins": own_value(
        lambda number: [("enable-cors", "true"), ("cors-allow-origin", f"https://app-{number}.example.org")]
    ),
    "own rewrites": own_value(lambda number: [("use-regex", "true"), ("rewrite-target", f"/v{number}/$1")]),
    "own CORS origins and timeouts": own_value(
        lambda number: [
            ("enable-cors", "true"),
            ("cors-allow-origin", f"https://app-{number}.example.org"),
            ("proxy-read-timeout", str(60 + number)),
        ]
    ),
}
"""Every Ingress has a value of its own."""
GROWING: dict[str, Shape] = {
    "canary pairs": canary_pairs,
    "canaries on one host": canaries_on_one_host,
    "wildcard and exact hosts": wildcard_and_exact_hosts,
    "expressions of one Ingress": expressions_of_one_ingress,
    "expressions of many Ingresses": expressions_of_many_ingresses,
    "TLS hosts of one Ingress": tls_hosts_of_one_ingress,
    "wildcard hosts with certificates": wildcard_hosts_with_certificates,
    "hosts of one Ingress": hosts_of_one_ingress,
    "auth services with pods": own_auth_services,
}
"""Where cost once grew faster than the input."""


def main() -> None:
    """Print one of them."""
    shape = (OWN_VALUES | GROWING)[sys.argv[1]]
    sys.stdout.write("---\n".join(shape(int(sys.argv[2]))))


if __name__ == "__main__":
    main()
