"""What ingress-nginx does with Ingresses as users write them."""

from __future__ import annotations

import io
from typing import Any, NamedTuple

import pytest

from converter.model import Fidelity, ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.reading.facts import facts
from converter.reading.inventory import Ingress
from converter.routing.decide import decide
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable
from converter.sources import ingress_nginx

HEAD = "nginx.ingress.kubernetes.io"


class Outcome(NamedTuple):
    tables: list[RoutingTable]
    statuses: list[ObjectStatus]
    ledger: Ledger
    ingresses: list[Ingress]

    def ask(self, url: str, method: str = "GET", source: str = "", **headers: str) -> Decision:
        scheme, _, rest = url.partition("://")
        host, slash, path = rest.partition("/")
        names = tuple((name.replace("_", "-"), value) for name, value in headers.items())
        return decide(self.tables[0], Request(method, scheme, host, slash + path or "/", names, source))

    def codes(self) -> dict[str, str]:
        return {one.origin.key: one.code for one in self.ledger.findings()}


def compiled(text: str) -> Outcome:
    """Compile one stream of manifests."""
    ledger, options = Ledger(), Options()
    inventory, _ = read(["-"], options, ledger, io.BytesIO(text.encode()))
    for ingress in inventory.ingresses:
        ledger.expect(facts(ingress))
    out = ingress_nginx.compile(inventory.ingresses, inventory, ledger, options)
    return Outcome(out.tables, out.statuses, ledger, inventory.ingresses)


def ingress(
    name: str, paths: str = "/: web", host: str = "shop.example.com", tls: bool = False, **annotations: str
) -> str:
    """One Ingress; `paths` as `/a: service, =/b: other` (= for Exact)."""
    lines = [
        "---",
        "apiVersion: networking.k8s.io/v1",
        "kind: Ingress",
        "metadata:",
        f"  name: {name}",
        "  namespace: shop",
        "  annotations:",
        "    kubernetes.io/ingress.class: nginx",
    ]
    lines += [f"    {HEAD}/{key.replace('_', '-')}: '{value}'" for key, value in annotations.items()]
    lines += ["spec:"]
    if tls:
        lines += ["  tls:", f"  - hosts: [{host}]", "    secretName: shop-tls"]
    lines += ["  rules:", f"  - host: '{host}'" if host else "  - {}", "    http:", "      paths:"]
    if not host:
        lines[-3:] = ["  - http:", "      paths:"]
    for entry in paths.split(", "):
        path, _, service = entry.rpartition(": ")
        kind = "Exact" if path.startswith("=") else "Prefix"
        lines += [
            f"      - path: '{path.lstrip('=')}'",
            f"        pathType: {kind}",
            "        backend:",
            "          service:",
            f"            name: {service}",
            "            port:",
            "              number: 80",
        ]
    return "\n".join(lines) + "\n"


def config(**data: str) -> str:
    """The controller's ConfigMap."""
    lines = [
        "---",
        "apiVersion: v1",
        "kind: ConfigMap",
        "metadata:",
        "  name: ingress-nginx-controller",
        "  namespace: ingress-nginx",
        "data:",
    ]
    return "\n".join([*lines, *(f"  {key.replace('_', '-')}: '{value}'" for key, value in data.items())]) + "\n"


def test_longest_prefix_and_segments() -> None:
    out = compiled(ingress("a", "/: web, /api: api, /api/admin: admin"))
    assert out.ask("http://shop.example.com/api/admin/x").backends == {"shop/admin:80": 1.0}
    assert out.ask("http://shop.example.com/apis").backends == {"shop/web:80": 1.0}


def test_the_two_ports_share_rules_that_do_not_differ() -> None:
    out = compiled(ingress("a", "/: web, /api: api"))
    http, https = out.tables[0].port(80), out.tables[0].port(443)
    assert http is not None and https is not None
    assert http.hosts[0].rules[0] is https.hosts[0].rules[0]


def test_slash_redirect_comes_before_the_https_redirect() -> None:
    out = compiled(ingress("a", "/docs/: docs", tls=True))
    assert out.ask("http://shop.example.com/docs?x=1").location == "http://shop.example.com/docs/?x=1"
    assert out.ask("http://shop.example.com/docs/a/").location == "https://shop.example.com/docs/a"
    assert out.ask("http://shop.example.com/other").status == 308


def test_one_rewrite_makes_every_path_of_the_host_a_pattern() -> None:
    out = compiled(ingress("a", "=/exact: exact") + ingress("b", "/v1(/|$)(.*): v1", rewrite_target="/$2"))
    assert out.ask("http://shop.example.com/EXACTLY").backends == {"shop/exact:80": 1.0}
    answer = out.ask("http://shop.example.com/v1/a%20b?q")
    assert (answer.path, answer.backends) == ("/a%20b?q", {"shop/v1:80": 1.0})


def test_a_group_that_the_path_does_not_have_is_empty() -> None:
    out = compiled(ingress("a", "/web: web", rewrite_target="/$2"))
    assert out.ask("http://shop.example.com/web/x").path == "/"


def test_the_older_ingress_wins_and_the_loser_is_told() -> None:
    younger = ingress("a", "/: young").replace(
        "  name: a\n", "  name: a\n  creationTimestamp: '2024-02-01T00:00:00Z'\n"
    )
    older = ingress("b", "/: old").replace("  name: b\n", "  name: b\n  creationTimestamp: '2024-01-01T00:00:00Z'\n")
    out = compiled(younger + older)
    assert out.ask("http://shop.example.com/").backends == {"shop/old:80": 1.0}
    lost = [one for one in out.ledger.findings() if one.code == "path.duplicate"]
    assert [one.origin.object.name for one in lost if one.origin.object] == ["a"]


def test_without_timestamps_the_winner_is_a_guess() -> None:
    out = compiled(ingress("a", "/: a") + ingress("b", "/: b"))
    assert out.ask("http://shop.example.com/").backends == {"shop/b:80": 1.0}
    assert [one.fidelity for one in out.ledger.findings() if one.code == "path.duplicate-age"] == [Fidelity.APPROXIMATE]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("permanent_redirect", "https://x.example.com$request_uri"),
        ("auth_type", "bearer"),
        ("limit_rps", "many"),
        ("configuration_snippet", "return 418;"),
        ("upstream_vhost", "a b"),
        ("from_to_www_redirect", "yes"),
    ],
)
def test_values_that_cost_the_whole_ingress(key: str, value: str) -> None:
    notes: dict[str, Any] = {key: value}
    out = compiled(ingress("a", **notes))
    assert not out.tables
    assert out.statuses[0].status == "failed" and key.replace("_", "-") in out.statuses[0].reason
    assert all(one.code == "ingress.refused" for one in out.ledger.findings())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("ssl_redirect", "no"),
        ("rewrite_target", "/search?q=$1"),
        ("proxy_read_timeout", "30s"),
        ("enable_cors", "on"),
    ],
)
def test_values_that_cost_only_themselves(key: str, value: str) -> None:
    notes: dict[str, Any] = {key: value}
    out = compiled(ingress("a", **notes))
    assert out.ask("http://shop.example.com/a").path == "/a"
    assert out.codes()[f"{HEAD}/{key.replace('_', '-')}"] == "value.invalid"


def test_a_bad_address_list_closes_the_ingress() -> None:
    out = compiled(ingress("a", allowlist_source_range="10.0.0.0/8, office"))
    assert out.ask("http://shop.example.com/", source="10.1.1.1").status == 503


def test_address_lists_do_not_stop_redirects() -> None:
    out = compiled(ingress("a", tls=True, allowlist_source_range="10.0.0.0/8"))
    assert out.ask("http://shop.example.com/", source="192.0.2.9").status == 308
    assert out.ask("https://shop.example.com/", source="192.0.2.9").status == 403


def test_snippets_count_only_where_they_are_allowed_twice() -> None:
    loose = config(allow_snippet_annotations="true", annotations_risk_level="Critical")
    assert compiled(ingress("a", configuration_snippet="return 418;") + loose).tables
    half = compiled(ingress("a", configuration_snippet="return 418;") + config(annotations_risk_level="Critical"))
    assert half.codes()[f"{HEAD}/configuration-snippet"] == "snippet.removed"


def test_canary_by_header_cookie_and_weight() -> None:
    out = compiled(
        ingress("main", "/: stable")
        + ingress(
            "next", "/: next", canary="true", canary_by_header="X-Next", canary_by_cookie="next", canary_weight="25"
        )
    )
    assert out.ask("http://shop.example.com/", X_Next="always").backends == {"shop/next:80": 1.0}
    assert out.ask("http://shop.example.com/", X_Next="never", Cookie="next=always").backends == {"shop/stable:80": 1.0}
    assert out.ask("http://shop.example.com/", Cookie="NEXT=always").backends == {"shop/next:80": 1.0}
    assert out.ask("http://shop.example.com/", X_Next="other").backends == {
        "shop/stable:80": 0.75,
        "shop/next:80": 0.25,
    }


def test_a_canary_without_primary_gets_nothing() -> None:
    out = compiled(ingress("main", "/: stable") + ingress("next", "/v2: next", canary="true", canary_weight="50"))
    assert out.ask("http://shop.example.com/v2").backends == {"shop/stable:80": 1.0}
    assert "canary.no-primary" in out.codes().values()


def test_forwarded_scheme_decides_where_it_is_trusted() -> None:
    out = compiled(ingress("a", tls=True) + config(use_forwarded_headers="true"))
    assert out.ask("http://shop.example.com/a", X_Forwarded_Proto="https").status == 200
    assert out.ask("http://shop.example.com/a").status == 308
    assert out.ask("https://shop.example.com/a", X_Forwarded_Proto="http").location == "https://shop.example.com/a"


def test_hosts_without_certificate_answer_on_443_too() -> None:
    out = compiled(ingress("a"))
    answer = out.ask("https://shop.example.com/")
    assert answer.status == 200
    assert answer.response_headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"


def test_wildcard_hosts_are_one_label_and_unknown_hosts_go_to_the_catch_all() -> None:
    out = compiled(ingress("a", host="*.example.com") + ingress("b", "/: any", host=""))
    assert out.ask("http://x.example.com/").backends == {"shop/web:80": 1.0}
    assert out.ask("http://y.x.example.com/").backends == {"shop/any:80": 1.0}


def test_preflights_are_answered_before_the_https_redirect() -> None:
    out = compiled(ingress("a", tls=True, enable_cors="true", cors_allow_origin="https://*.example.org"))
    answer = out.ask("http://shop.example.com/", "OPTIONS", Origin="https://a.example.org")
    assert (answer.status, answer.response_headers["access-control-allow-origin"]) == (204, "https://a.example.org")
    assert out.ask("http://shop.example.com/", "OPTIONS", Origin="https://a.b.example.org").status == 308


def test_every_annotation_has_a_row_in_the_pack() -> None:
    rows = [row for block in ingress_nginx.pack(Options()).features.values() for row in block.fields.values()]
    assert len(rows) == 162
    assert all(row.means and (row.fidelity is None or row.note) for row in rows)


def test_a_default_backend_behind_a_root_path_is_told() -> None:
    out = compiled(
        ingress("a", "/: web").replace(
            "spec:\n", "spec:\n  defaultBackend:\n    service: {name: other, port: {number: 80}}\n"
        )
    )
    assert out.ask("http://shop.example.com/x").backends == {"shop/web:80": 1.0}
    assert out.codes()["spec.defaultBackend"] == "default-backend.lost"


def test_a_default_backend_takes_what_the_paths_leave() -> None:
    out = compiled(
        ingress("a", "/api: api").replace(
            "spec:\n", "spec:\n  defaultBackend:\n    service: {name: other, port: {number: 80}}\n"
        )
    )
    assert out.ask("http://shop.example.com/x").backends == {"shop/other:80": 1.0}
    assert out.ask("http://unknown.example.com/x").status == 404


def test_passthrough_is_chosen_by_the_name_in_the_handshake() -> None:
    flag = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  template:
    spec:
      containers: [{name: controller, args: [/nginx-ingress-controller, --enable-ssl-passthrough]}]
"""
    manifest = ingress("a", "/: web", ssl_passthrough="true") + ingress("b", "/: b", host="b.example.com")
    out = compiled(manifest + flag)
    assert out.ask("https://shop.example.com/x").response_headers == {}
    assert "strict-transport-security" in out.ask("https://b.example.com/x").response_headers
    without = flag.replace(", --enable-ssl-passthrough", "")
    assert compiled(manifest + without).codes()[f"{HEAD}/ssl-passthrough"] == "tls-passthrough.inert"
    assert compiled(manifest).codes()[f"{HEAD}/ssl-passthrough"] == "tls-passthrough.flag-unknown"
