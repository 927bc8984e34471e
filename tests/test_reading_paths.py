"""Paths and backends: the quick reader answers as the general one, and ports end where Kubernetes ends them."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from converter.reading import ingress
from converter.reading.path_reader import read_common_path
from converter.reading.positioned import Map
from converter.reading.typed_reader import Reader
from tests.complete import convert_text

AT = (7, 5)
NAMES = st.sampled_from(["web", "Web", "a" * 63, "a" * 64, "-a", "a.b", "", "$(NAME)", "{{ x }}", 1, None, True])
NUMBERS = st.sampled_from([1, 80, 65535, 0, -1, 65536, 10**12, 80.0, 80.5, "80", True, None])
PORT_NAMES = st.sampled_from(["http", "h" * 15, "h" * 16, "80", "a--b", "HTTP", "", "<name>", 80, None])
SPELLINGS = [
    "/",
    "/a",
    "a",
    "",
    "//",
    "/a//b",
    "/./a",
    "/../a",
    "/a/.",
    "/a/..",
    "/a..",
    "/.a",
    "/a%2fb",
    "/a%2Fb",
    "/a%20b",
    "/${X}",
    "/$(X)",
    "/{a}",
    "/{{ a }}",
    "/<a>",
    "/a*",
    1,
    None,
]
TEXTS = st.one_of(
    st.sampled_from(SPELLINGS),
    st.text(st.sampled_from("/a.%2fF{$<*"), max_size=8),
)
KINDS = ["Prefix", "Exact", "ImplementationSpecific", "prefix", "", None, 1, "$(TYPE)"]
TYPES = st.sampled_from(KINDS)
PORTS = st.one_of(
    st.fixed_dictionaries({"number": NUMBERS}),
    st.fixed_dictionaries({"name": PORT_NAMES}),
    st.fixed_dictionaries({}, optional={"number": NUMBERS, "name": PORT_NAMES, "other": NUMBERS}),
    NUMBERS,
)
SERVICES = st.one_of(
    st.fixed_dictionaries({"name": NAMES, "port": PORTS}),
    st.fixed_dictionaries({}, optional={"name": NAMES, "port": PORTS, "extra": NAMES}),
    NAMES,
)
BACKENDS = st.one_of(
    st.fixed_dictionaries({"service": SERVICES}),
    st.fixed_dictionaries(
        {}, optional={"service": SERVICES, "serviceName": NAMES, "resource": st.just({"kind": "Bucket", "name": "b"})}
    ),
    NAMES,
)
GOOD = {"service": {"name": "web", "port": {"number": 80}}}
PATHS = st.one_of(
    st.fixed_dictionaries({"path": TEXTS, "pathType": TYPES, "backend": st.just(GOOD)}),
    st.fixed_dictionaries({"path": st.just("/"), "pathType": st.just("Prefix"), "backend": BACKENDS}),
    st.fixed_dictionaries({"path": TEXTS, "pathType": TYPES, "backend": BACKENDS}),
    st.fixed_dictionaries({}, optional={"path": TEXTS, "pathType": TYPES, "backend": BACKENDS, "serviceName": NAMES}),
    NAMES,
)


def positioned(value: Any) -> Any:
    """As the reader of files hands it on."""
    if isinstance(value, dict):
        out = Map((1, 1))
        for key, item in value.items():
            out[key], out.at[key] = positioned(item), (len(out.at) + 2, 3)
        return out
    return value


@settings(max_examples=400)
@given(PATHS)
def test_a_path_is_read_alike_by_both_readers(path: Any) -> None:
    same(path)


@pytest.mark.parametrize(("text", "kind"), list(product(SPELLINGS, KINDS)))
def test_a_path_of_each_spelling_is_read_alike(text: Any, kind: Any) -> None:
    same({"path": text, "pathType": kind, "backend": GOOD})


def same(path: Any) -> None:
    item, reader = positioned(path), Reader((1, 1))
    quick = read_common_path(item, AT)
    general = ingress._path(item, AT, "spec.rules[0].http.paths[0]", reader)
    assert quick is None or (quick == general and not reader.problems)


@given(st.sampled_from(["/", "/a", "/a.b/c*"]), st.sampled_from(["Prefix", "Exact", "ImplementationSpecific"]), PORTS)
def test_the_quick_reader_takes_each_port_that_kubernetes_takes(text: str, kind: str, port: Any) -> None:
    item = positioned({"path": text, "pathType": kind, "backend": {"service": {"name": "web", "port": port}}})
    reader = Reader((1, 1))
    ingress._path(item, AT, "path", reader)
    one_port = isinstance(port, dict) and len(port) == 1 and not isinstance(port.get("number"), float)
    assert (read_common_path(item, AT) is not None) == (not reader.problems and one_port)


INPUT = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: shop}
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - {path: /, pathType: Prefix, backend: {service: {name: web, port: {number: NUMBER}}}}
"""


@pytest.mark.parametrize(("number", "taken"), [(0, False), (1, True), (65535, True), (65536, False)])
def test_ports_from_1_to_65535_are_taken(number: int, taken: bool) -> None:
    result = convert_text(INPUT.replace("NUMBER", str(number)))
    ports = [
        ref["port"]
        for one in result.resources
        if one.kind == "HTTPRoute"
        for rule in one.body["spec"]["rules"]
        for ref in rule["backendRefs"]
    ]
    assert ports == ([number] if taken else [])
    refused = [one for one in result.findings if "from 1 to 65535" in one.message]
    assert [one.origin.location.line for one in refused] == ([] if taken else [11])
