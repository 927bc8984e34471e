"""An input with servers for both sides, which answer as the computed tables do unless a test changes an answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from tests.command import Completed, invoke
from tests.probe_servers import Asked, Authority, Reply, Server, of_table, server, serving

ROOT = Path(__file__).parent.parent
SHOP = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations:
    nginx.ingress.kubernetes.io/permanent-redirect-code: "308"
spec:
  ingressClassName: nginx
  tls:
  - {hosts: [shop.example.com, api.example.com], secretName: shop-tls}
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}
      - {path: /cart, pathType: Prefix, backend: {service: {name: cart, port: {number: 80}}}}
  - host: api.example.com
    http:
      paths:
      - {path: /v1, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}
"""
HOSTS = ("shop.example.com", "api.example.com")
FAST = ("--rate", "1000", "--concurrency", "20", "--timeout", "5", "--requests", "cart.jsonl", "--limit", "32")
FEW = ("--limit", "12")
CART = "https://shop.example.com/cart"


class Estate(NamedTuple):
    """An input with both sides running."""

    folder: Path
    result: Result
    old: tuple[Server, Server]
    new: tuple[Server, Server]

    def probe(self, *options: object) -> Completed:
        address = [
            word
            for name, side in (("--before", self.old), ("--after", self.new))
            for scheme, one in zip(("http", "https"), side, strict=True)
            for word in (name, f"{scheme}={one.address}")
        ]
        return invoke(["probe", "shop.yaml", "--config", "", *address, *FAST, *options], self.folder)

    def report(self, *options: object) -> tuple[int, dict[str, Any]]:
        done = self.probe("--report", "json", "-q", *options)
        assert done.out, done.err
        return done.code, json.loads(done.out)


Change = Callable[[Asked, Reply], Reply]


def asked(url: str, **more: Any) -> str:
    """A line of a file of requests."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return json.dumps({"scheme": scheme, "host": host, "path": slash + path, **more}) + "\n"


def same(_: Asked, reply: Reply) -> Reply:
    return reply


@contextmanager
def estate(
    folder: Path,
    authority: Authority,
    *,
    after: Change = same,
    before: Change = same,
    text: str = SHOP,
    names: tuple[str, ...] = HOSTS,
    host: str = "127.0.0.1",
    h2: bool = True,
    issuer: Authority | None = None,
    days: int = 90,
) -> Iterator[Estate]:
    """Two servers a side; `names`, `issuer`, `days`: of the certificate of the new side."""
    (folder / "shop.yaml").write_text(text)
    (folder / "cart.jsonl").write_text(asked(CART))
    result = convert([str(folder / "shop.yaml")], Options())
    (comparison,) = result.comparisons
    old, new = of_table(comparison.before, before), of_table(comparison.after, after)
    first = authority.context(*HOSTS)
    second = (
        first
        if (names, issuer, days, h2) == (HOSTS, None, 90, True)
        else (issuer or authority).context(*names, days=days, h2=h2)
    )
    second = second if second is not first else authority.context(*HOSTS)
    sides = (
        (server(old, host=host), server(old, ("", first), host=host)),
        (
            server(new, host=host),
            server(new, ("", second), host=host),
        ),
    )
    with serving(*sides[0], *sides[1]):
        yield Estate(folder, result, *sides)


def on(path: str, reply: Reply, host: str = "shop.example.com") -> Change:
    return lambda asked, usual: reply if asked.path == path and asked.host == host else usual


def of(report: dict[str, Any], url: str) -> dict[str, Any]:
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return next(
        one
        for one in report["requests"]
        if (one["request"]["scheme"], one["request"]["host"], one["request"]["path"]) == (scheme, host, slash + path)
        and "sni" not in one["request"]
    )
