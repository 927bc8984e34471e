"""Random Ingresses: whatever they say, nothing crashes, gets lost, is invalid, or changes unannounced."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from converter.mapping.packs import source_pack
from tests.whole import broken_promises, convert_text

HOSTS = ["a.example.com", "b.example.com", "*.example.com", "", "A.example.com", "x.a.example.com"]
PATHS = ["/", "/a", "/a/", "/a/b", "/ab", "/A", "/a(/|$)(.*)", "/v[0-9]+/x", "/*", "/a/*", "", "/a b", "/a%2Fb", "/x?y",
         "/.well-known/acme-challenge", "/a.b", "/a//b", "/é", "/(a|b)/c", "/a:b"]
TYPES = ["Prefix", "Exact", "ImplementationSpecific"]
VALUES = ["true", "false", "", "yes", "0", "1", "10", "-1", "60s", "/", "/$1", "/$2", "/x?y=$1", "https://other.example/p",
          "10.0.0.0/8", "10.0.0.0/8, 192.168.1.1", "nope", "*", "https://a.example.com", "GET,POST", "X-A,X-B", "HTTPS",
          "GRPC", "a/b", "a,b", "a=b,c=d", "308", "301", "cookie", "basic", "{}", "[]", '[{"HTTP": 80}, {"HTTPS": 443}]',
          "443", "a%b", "ünï", " spaced ", "1m", "round_robin", "default/secret", "x" * 300]
CLASSES = {"ingress-nginx": "nginx", "alauda-alb": "alb-one", "aws-alb": "alb"}


def _keys(source: str) -> list[str]:
    pack = source_pack(source)
    keys = []
    for feature in pack.features.values():
        for field in feature.fields.values():
            prefixes = pack.families.get(field.family) or (pack.prefixes[:1] if "/" not in field.annotation else ("",))
            keys += [prefix + field.annotation for prefix in prefixes]
    variables = {"{domain}": "cpaas.io", "{rule}": "0", "{path}": "0"}
    for name, value in variables.items():
        keys = [key.replace(name, value) for key in keys]
    return [*sorted(set(keys)), "example.com/owner"]


def _ingress(source: str) -> st.SearchStrategy[dict[str, object]]:
    keys = _keys(source)
    path = st.fixed_dictionaries({
        "path": st.sampled_from(PATHS), "pathType": st.sampled_from(TYPES),
        "backend": st.fixed_dictionaries({"service": st.fixed_dictionaries({
            "name": st.sampled_from(["web", "api"]),
            "port": st.sampled_from([{"number": 80}, {"number": 8080}, {"name": "http"}]),
        })}),
    })
    rule = st.fixed_dictionaries({"host": st.sampled_from(HOSTS), "http": st.fixed_dictionaries(
        {"paths": st.lists(path, min_size=1, max_size=3)})})
    tls = st.lists(st.fixed_dictionaries({"hosts": st.lists(st.sampled_from(HOSTS[:3]), max_size=2),
                                          "secretName": st.sampled_from(["one", "two"])}), max_size=1)
    return st.fixed_dictionaries({
        "annotations": st.dictionaries(st.sampled_from(keys), st.sampled_from(VALUES), max_size=5),
        "rules": st.lists(rule, max_size=3), "tls": tls,
    })


def _manifest(source: str, number: int, parts: dict[str, object]) -> dict[str, object]:
    spec: dict[str, object] = {"ingressClassName": CLASSES[source], "rules": parts["rules"], "tls": parts["tls"]}
    if not parts["rules"]:
        spec["defaultBackend"] = {"service": {"name": "web", "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1", "kind": "Ingress",
        "metadata": {"name": f"i{number}", "namespace": f"ns{number % 2}", "annotations": parts["annotations"]},
        "spec": spec,
    }


@pytest.mark.parametrize("strict", [False, True], ids=["default", "strict"])
@pytest.mark.parametrize("source", sorted(CLASSES))
def test_random_ingresses(source, strict):
    @settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(_ingress(source), min_size=1, max_size=3))
    def check(ingresses):
        documents = [_manifest(source, number, parts) for number, parts in enumerate(ingresses)]
        text = "\n---\n".join(json.dumps(document, ensure_ascii=False) for document in documents)
        broken = broken_promises(convert_text(text, source=source, strict=strict))
        assert not broken, "\n".join(broken[:10])

    check()
