"""Every annotation of every controller with values that nobody could use: each costs itself alone, on every target."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from converter.packs.load import source_pack
from tests.complete import convert_documents

MORE = bool(os.environ.get("ING2GW_FUZZ"))
"""All values for each annotation, not each eighth."""
NUMBERS = (
    "9" * 30,
    "-1",
    "1e400",
    "nan",
    "²",
    "0x",
    "99999",
    "0",
    "65536",
    "2147483648",
    "10000000000h",
    "1h1h",
    "1.5",
)
URLS = ("http://[", "http://a:99999/", "//a", "javascript:x", "/x", "../..", "%", "http://" + "a" * 300 + "/")
NAMES = ("a" * 300, "a b", "shop/", "a/b/c", "é/ü", "A_B", "*", "", " ", "true", "on", "None")
PATTERNS = ("~(", "~*[", "x=(", "$(x)", "$1", "/$9", "{", '{"a":1}', '[{"a":[]}]', "1,,2", "a;b", "\x1b[31m")
ADDRESSES = ("::1/129", "0.0.0.0/0", "10.0.0.0/33")
VALUES = (*NUMBERS, *URLS, *NAMES, *PATTERNS, *ADDRESSES)
SNIPPETS = {
    "apiVersion": "v1",
    "kind": "ConfigMap",
    "metadata": {"name": "ingress-nginx-controller", "namespace": "ingress-nginx"},
    "data": {"allow-snippet-annotations": "true", "annotations-risk-level": "Critical"},
}


class Hostile(NamedTuple):
    """One annotation with one value, on an Ingress of its own."""

    name: str
    key: str
    value: str

    def manifest(self, class_name: str) -> dict[str, Any]:
        host = f"{self.name}.example.com"
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        return {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": self.name, "namespace": "shop", "annotations": {self.key: self.value}},
            "spec": {
                "ingressClassName": class_name,
                "tls": [{"hosts": [host], "secretName": "tls"}],
                "rules": [{"host": host, "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}],
            },
        }


def hostile(source: str, offset: int) -> Iterator[Hostile]:
    """Each annotation of a controller with each eighth of the values."""
    pack, count = source_pack(source), itertools.count()
    rows = [row for block in pack.features.values() for row in block.fields.values()]
    for index, row in enumerate(rows):
        key = row.annotation if "/" in row.annotation else pack.prefixes[0] + row.annotation
        for value in VALUES if MORE else VALUES[(index + offset) % 8 :: 8]:
            yield Hostile(f"i{next(count)}", key, value)


@pytest.mark.parametrize(
    ("source", "class_name", "target"),
    [
        ("ingress-nginx", "nginx", "envoy-gateway"),
        ("ingress-nginx", "nginx", "gateway-api"),
        ("ingress-nginx", "nginx", "aws"),
        ("alauda-alb", "alb", "envoy-gateway"),
        ("alauda-alb", "alb", "aws"),
        ("aws-alb", "alb", "aws"),
        ("aws-alb", "alb", "envoy-gateway"),
    ],
)
def test_a_value_costs_itself_alone(source: str, class_name: str, target: str) -> None:
    some = list(hostile(source, len(source) + len(target)))
    objects = [SNIPPETS, *(one.manifest(class_name) for one in some)]
    result = convert_documents(objects, source=source, target=target)
    known = {one.name: one for one in some}
    wrong = [
        (known.get(one.origin.object.name if one.origin.object else ""), one.message[:300])
        for one in result.findings
        if one.code.startswith("internal.")
    ]
    assert not wrong, wrong[:3]
    settled = {one.origin.object.name for one in result.findings if one.origin.object}
    assert not [one for one in some if one.name not in settled]


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("limit-rps", "2147483648", "rate-limit.local"),
        ("upstream-vhost", "a" * 300, "upstream-host.unsupported"),
        ("auth-tls-secret", "shop/", "access-rules.refused"),
        ("permanent-redirect", "http://a:99999/", "redirect.no-field"),
    ],
)
def test_what_had_made_invalid_output_is_named(key: str, value: str, code: str) -> None:
    one = Hostile("i0", f"nginx.ingress.kubernetes.io/{key}", value)
    target = "gateway-api" if key == "permanent-redirect" else "envoy-gateway"
    found = convert_documents([one.manifest("nginx")], target=target).findings
    assert code in {each.code for each in found if each.origin.key.endswith(key)}, [each.code for each in found]
