"""Names of routes depend on an Ingress and its hosts alone: GitOps tools delete and make anew what is renamed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.targets_input import codes, ingress, of, run

ROOT = Path(__file__).parents[1]
FIXTURES = ROOT / "fixtures"
PACK = ROOT / "mappings" / "sources" / "ingress-nginx.yaml"
NGINX = "nginx.ingress.kubernetes.io/"
CASES = {
    "one": ("nginx-redirect web", ["shop.example.com"]),
    "two": ("nginx-redirect web web-b-example-com", ["shop.example.com", "b.example.com"]),
}
OTHER_ROUTES = {
    "permanent-redirect": "no way to https",
    "temporal-redirect": "no way to https",
    "ssl-redirect": "no way to https",
    "app-root": "redirects of its own",
    "from-to-www-redirect": "more hosts",
    "server-alias": "more hosts",
    "canary": "the Ingress joins the routes of another one",
}
"""What asks for routes of its own: the others keep their names."""
SAMPLES = ("true", "10")
"""Values for annotations that no fixture has; each row takes some of them."""


@cache
def pairs() -> list[tuple[str, str]]:
    """Every annotation of ingress-nginx with every value that a fixture gives it, and with samples."""
    found: set[tuple[str, str]] = set()
    for path in sorted(FIXTURES.glob("ingress-nginx/*/input.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            if isinstance(document, dict) and document.get("kind") == "Ingress":
                found.update(
                    (key, value)
                    for key, value in (document["metadata"].get("annotations") or {}).items()
                    if key.startswith(NGINX) and isinstance(value, str)
                )
    rows = [
        row["annotation"]
        for feature in yaml.safe_load(PACK.read_text())["features"].values()
        for row in (feature.get("fields") or {}).values()
        if "annotation" in row
    ]
    found.update((NGINX + row, value) for row in rows if "/" not in row for value in SAMPLES)
    return sorted(found)


def manifest(hosts: list[str], annotations: dict[str, str]) -> str:
    """One Ingress with TLS; each host has a path of its own, so that two hosts need two routes."""
    rules = [
        {
            "host": host,
            "http": {
                "paths": [
                    {
                        "path": f"/p{number}",
                        "pathType": "Prefix",
                        "backend": {"service": {"name": "web", "port": {"number": 80}}},
                    }
                ]
            },
        }
        for number, host in enumerate(hosts)
    ]
    return yaml.safe_dump(
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "Ingress",
            "metadata": {"name": "web", "namespace": "shop", "annotations": annotations},
            "spec": {
                "ingressClassName": "nginx",
                "tls": [{"hosts": hosts, "secretName": "web-tls"}],
                "rules": rules,
            },
        }
    )


def routes(result) -> dict[str, bool]:
    """The names of all routes, and whether they forward to a backend."""
    return {
        one.name: any("backendRefs" in rule for rule in one.body["spec"]["rules"])
        for kind in ("HTTPRoute", "GRPCRoute")
        for one in of(result, kind)
    }


@pytest.mark.parametrize("case", sorted(CASES))
def test_no_annotation_renames_a_route(case):
    expected, hosts = CASES[case]
    assert " ".join(sorted(routes(run(manifest(hosts, {}))))) == expected
    wrong = {}
    for key, value in pairs():
        result = run(manifest(hosts, {key: value}))
        found = routes(result)
        added, missing = set(found) - set(expected.split()), set(expected.split()) - set(found)
        why = OTHER_ROUTES.get(key.removeprefix(NGINX).removeprefix("force-"), "")
        if why == "no way to https" or not found.get("web", False):  # withheld, or invalid and answers an error
            missing = {one for one in missing if not one.endswith("redirect")}
        if why == "redirects of its own":
            added, missing = {one for one in added if not one.endswith("-redirect")}, missing - {"nginx-redirect"}
        if "route.withheld" in codes(result):
            missing -= {"web", "web-b-example-com"}
        if why == "more hosts":
            added = {one for one in added if not one.startswith("web-")}
        if found and (added or missing):
            wrong[key, value] = sorted(found)
    assert not wrong


@pytest.mark.parametrize("target", ["gateway-api", "envoy-gateway", "aws"])
def test_what_differs_by_port_has_the_protocol_in_its_name(target):
    hsts = {f"{NGINX}ssl-redirect": "false", f"{NGINX}server-alias": "www.example.org"}
    found = routes(run(manifest(["shop.example.com"], hsts), target=target))
    assert "web" in found
    assert all(name.startswith("web") for name in found)


def test_an_object_keeps_its_name_from_the_helpers_of_another():
    one = ingress("web", [("/", "web")], tls="a")
    other = ingress("nginx-redirect", [("/", "other")], host="other.example.com")
    for documents in ((one, other), (other, one)):
        result = run(*documents)
        assert sorted(routes(result)) == ["nginx-redirect", "nginx-redirect-5a046e", "web"]
        [own] = [one for one in of(result, "HTTPRoute") if one.name == "nginx-redirect"]
        assert own.body["spec"]["hostnames"] == ["other.example.com"]


def test_the_first_host_of_the_manifest_has_the_plain_name():
    for hosts in (["b.example.com", "a.example.com"], ["z.example.com", "*.example.com", "a.example.com"]):
        result = run(manifest(hosts, {}))
        [main] = [one for one in of(result, "HTTPRoute") if one.name == "web"]
        assert main.body["spec"]["hostnames"] == hosts[:1]


def test_hosts_of_one_slug_have_different_names():
    found = routes(run(manifest(["z.example.com", "*.example.com", "wildcard.example.com"], {})))
    assert len(found) == 4


def test_there_are_annotations_to_try():
    assert len({key for key, _ in pairs()}) > 90
