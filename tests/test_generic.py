"""`--from generic`: the spec by Kubernetes' documentation, annotations unknown."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model.ledger import UNACCOUNTED, Ledger
from converter.model.options import Options
from converter.reading import read
from converter.reading.facts import facts
from converter.reading.option_file import ConfigError
from converter.reading.service_ports import load_service_ports
from converter.routing import Request, RoutingTable, decide
from converter.sources.generic import compile as compile_generic
from converter.sources.ownership import assign

HEAD = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: NAME, namespace: t, annotations: {example.com/auth: basic}}\nspec:\n"


def build(
    tmp_path: Path, *specs: str, options: Options = Options(source="generic")
) -> tuple[list[RoutingTable], Ledger]:
    (tmp_path / "in.yaml").write_text(
        "---\n".join(HEAD.replace("NAME", f"i{n}") + spec for n, spec in enumerate(specs))
    )
    ledger = Ledger()
    inventory, _ = read([str(tmp_path / "in.yaml")], options, ledger)
    owned, _ = assign(inventory, options, ledger)
    for ingress in owned["generic"]:
        ledger.expect(facts(ingress))
    return compile_generic(owned["generic"], inventory, ledger, options).tables, ledger


def path(path: str, kind: str, service: str, port: str = "number: 80") -> str:
    return f"      - {{path: {path}, pathType: {kind}, backend: {{service: {{name: {service}, port: {{{port}}}}}}}}}\n"


def rule(host: str, *paths: str) -> str:
    return f'  - host: "{host}"\n    http:\n      paths:\n' + "".join(paths)


def backend(table: RoutingTable, url: str) -> str:
    scheme, _, rest = url.partition("://")
    host, slash, tail = rest.partition("/")
    answer = decide(table, Request(scheme=scheme, host=host, path=slash + tail))
    return next(iter(answer.backends), str(answer.status))


DOCUMENTED = [  # kubernetes.io/docs/concepts/services-networking/ingress/#examples
    ("Prefix", ["/"], "/any", True),
    ("Exact", ["/foo"], "/foo", True),
    ("Exact", ["/foo"], "/bar", False),
    ("Exact", ["/foo"], "/foo/", False),
    ("Exact", ["/foo/"], "/foo", False),
    ("Prefix", ["/foo"], "/foo", True),
    ("Prefix", ["/foo"], "/foo/", True),
    ("Prefix", ["/foo/"], "/foo", True),
    ("Prefix", ["/foo/"], "/foo/", True),
    ("Prefix", ["/aaa/bb"], "/aaa/bbb", False),
    ("Prefix", ["/aaa/bbb"], "/aaa/bbb", True),
    ("Prefix", ["/aaa/bbb/"], "/aaa/bbb", True),
    ("Prefix", ["/aaa/bbb"], "/aaa/bbb/", True),
    ("Prefix", ["/aaa/bbb"], "/aaa/bbb/ccc", True),
    ("Prefix", ["/aaa/bbb"], "/aaa/bbbxyz", False),
    ("Prefix", ["/", "/aaa"], "/ccc", True),
]


@pytest.mark.parametrize(("kind", "paths", "asked", "matches"), DOCUMENTED)
def test_the_examples_of_the_documentation(
    tmp_path: Path, kind: str, paths: list[str], asked: str, matches: bool
) -> None:
    tables, _ = build(tmp_path, "  rules:\n" + rule("a.example.com", *(path(one, kind, "web") for one in paths)))
    assert (backend(tables[0], f"http://a.example.com{asked}") == "t/web:80") is matches


def test_precedence_wildcards_and_default_backend(tmp_path: Path) -> None:
    tables, ledger = build(
        tmp_path,
        "  rules:\n"
        + rule("a.example.com", path("/", "Prefix", "root"), path("/api", "Prefix", "prefix"))
        + rule("*.example.com", path("/", "ImplementationSpecific", "wild")),
        "  defaultBackend: {service: {name: fallback, port: {number: 80}}}\n"
        "  rules:\n"
        + rule("a.example.com", path("/api", "Exact", "exact"), path("/api/", "Prefix", "late"))
        + "  - host: b.test\n",
    )
    asked = {
        url: backend(tables[0], url)
        for url in (
            "http://a.example.com/api",
            "http://a.example.com/api/x",
            "http://a.example.com/apix",
            "http://b.example.com/",
            "http://x.b.example.com/",
            "http://elsewhere.test/",
            "http://b.test/x",
        )
    }
    assert list(asked.values()) == [
        "t/exact:80",
        "t/prefix:80",
        "t/root:80",
        "t/wild:80",
        "t/fallback:80",
        "t/fallback:80",
        "t/fallback:80",
    ]
    codes = {finding.origin.key: finding.code for finding in ledger.findings() if finding.code != UNACCOUNTED}
    assert codes == {
        "example.com/auth": "annotation.unknown",
        "spec.rules[0].http.paths[1]": "path.duplicate",
        "spec.rules[1]": "rule.no-paths",
    }


def test_tls_opens_a_second_port_for_the_hosts_that_it_names(tmp_path: Path) -> None:
    tables, _ = build(
        tmp_path,
        "  tls: [{hosts: [a.example.com], secretName: cert}]\n  rules:\n"
        + rule("a.example.com", path("/", "Prefix", "a"))
        + rule("b.example.com", path("/", "Prefix", "b")),
    )
    assert [(port.number, port.protocol) for port in tables[0].ports] == [(80, "HTTP"), (443, "HTTPS")]
    assert backend(tables[0], "https://a.example.com/") == "t/a:80"
    assert backend(tables[0], "http://a.example.com/") == "t/a:80"
    assert backend(tables[0], "https://b.example.com/") == "0"


def test_one_table_a_class(tmp_path: Path) -> None:
    specs = [
        f"  ingressClassName: {name}\n  rules:\n" + rule("a.example.com", path("/", "Prefix", name))
        for name in ("one", "two")
    ]
    tables, _ = build(tmp_path, *specs)
    assert [(table.entry, backend(table, "http://a.example.com/")) for table in tables] == [
        ("one", "t/one:80"),
        ("two", "t/two:80"),
    ]


def test_every_fact_is_settled_or_handed_on(tmp_path: Path) -> None:
    tables, ledger = build(
        tmp_path,
        "  ingressClassName: x\n  defaultBackend: {resource: {kind: Bucket, name: b}}\n"
        "  tls: [{secretName: s}]\n  rules:\n" + rule("", path("/", "Prefix", "w")),
    )
    carried = (
        {rule.origin for _, _, rule in tables[0].rules()}
        | {origin for feature in tables[0].features for origin in feature.origins}
        | {origin for port in tables[0].ports for one in port.certificates for origin in one.origins}
    )
    assert {finding.origin for finding in ledger.findings() if finding.code == UNACCOUNTED} <= carried
    assert "backend.resource" in {finding.code for finding in ledger.findings()}


def test_port_names_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "ports.yaml"
    file.write_text("t/web: {http: 8080}\napi:\n  grpc: 50051\n")
    ports = load_service_ports(file, "team")
    assert ports == {"t/web": {"http": 8080}, "team/api": {"grpc": 50051}}
    options = Options(source="generic", service_ports=ports)
    tables, _ = build(
        tmp_path, "  rules:\n" + rule("a.example.com", path("/", "Prefix", "web", "name: http")), options=options
    )
    decision = decide(tables[0], Request(host="a.example.com"))
    assert (decision.backends, decision.resolved) == ({"t/web:http": 1.0}, {"t/web:8080": 1.0})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", ":1:1: the file must be a mapping"),
        ("a/b/c: {x: 1}", ":1:1: 'a/b/c' is not namespace/service"),
        ("web: 80", ":1:1: web must be a mapping"),
        ("web:\n  http: http", ":2:3: web.http must be a port number"),
        ("web: {http: 0}", "from 1 to 65535"),
        ("web: [", ":2:1: broken YAML"),
        ("web: {a: 1}\nweb: {b: 2}", "duplicate key"),
        ("a: {b: 1}\n---\nc: {d: 2}", "one document"),
    ],
)
def test_files_of_port_names_that_cannot_be_used(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "ports.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_service_ports(file)
    assert message in str(caught.value)
    assert "ports.yaml" in str(caught.value)


def test_a_missing_file_of_port_names(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_service_ports(tmp_path / "none.yaml")


def test_the_whole_way_without_a_surprise(tmp_path: Path) -> None:
    from converter.pipeline.run import convert

    specs = [
        "  defaultBackend: {service: {name: fallback, port: {number: 80}}}\n"
        "  tls: [{hosts: [a.example.com], secretName: cert}]\n  rules:\n"
        + rule("a.example.com", path("/", "Prefix", "a"), path("/api", "Exact", "b"), path("/api/", "Prefix", "c"))
        + rule("*.example.com", path("/x", "ImplementationSpecific", "d")),
        "  ingressClassName: lonely\n  tls: [{hosts: [b.test], secretName: t}]\n  rules:\n  - host: b.test\n",
    ]
    (tmp_path / "in.yaml").write_text(
        "---\n".join(HEAD.replace("NAME", f"i{n}") + spec for n, spec in enumerate(specs))
    )
    result = convert([str(tmp_path)], Options(source="generic"))
    assert not result.surprises
    assert UNACCOUNTED not in {finding.code for finding in result.findings}
    assert [(one.ref.name, one.status) for one in result.objects] == [("i0", "converted"), ("i1", "skipped")]
