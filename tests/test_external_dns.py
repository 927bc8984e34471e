"""Each annotation of external-dns alone: what it reads from the Ingress, and what it then reads from routes and Gateway.

external-dns: source/ingress.go; source/gateway.go (targets from the Gateway, the rest from routes);
source/annotations/provider_specific.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import pytest

from converter.pipeline.result import Result
from tests.targets_input import ingress, of, run

PREFIXES = ("external-dns.alpha.kubernetes.io/", "external-dns.kubernetes.io/")
PROVIDERS = ("aws-", "cloudflare-", "scw-", "webhook-", "coredns-")
KEYS: dict[str, str] = {
    "hostname": "extra.example.com",
    "target": "203.0.113.7",
    "ttl": "60",
    "controller": "none",
    "set-identifier": "blue",
    "alias": "true",
    "aws-weight": "10",
    "aws-region": "eu-central-1",
    "aws-failover": "PRIMARY",
    "aws-evaluate-target-health": "false",
    "aws-geolocation-country-code": "DE",
    "aws-health-check-id": "x",
    "aws-multi-value-answer": "true",
    "cloudflare-proxied": "true",
    "cloudflare-tags": "a",
    "cloudflare-custom-hostname": "c.example.com",
    "scw-weight": "5",
    "webhook-anything": "x",
    "ingress-hostname-source": "annotation-only",
    "internal-hostname": "internal.example.com",
    "access": "private",
    "endpoints-type": "NodeExternalIP",
}
HOST = "shop.example.com"


class Records(NamedTuple):
    """What external-dns publishes."""

    names: frozenset[str]
    target: str
    ttl: str
    settings: tuple[tuple[str, str], ...]


NOTHING = Records(frozenset(), "", "", ())


def _settings(notes: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    names = ("alias", "set-identifier")
    return tuple(sorted((key, text) for key, text in notes.items() if key in names or key.startswith(PROVIDERS)))


def _own(notes: Mapping[str, str] | None, prefix: str) -> dict[str, str]:
    return {key.removeprefix(prefix): text for key, text in (notes or {}).items() if key.startswith(prefix)}


def from_ingress(notes: Mapping[str, str]) -> Records:
    if notes.get("controller", "dns-controller") != "dns-controller":
        return NOTHING
    written = {notes["hostname"]} if "hostname" in notes else set()
    source = notes.get("ingress-hostname-source", "")
    names = written if source == "annotation-only" else {HOST} | written
    return Records(frozenset(names), notes.get("target", ""), notes.get("ttl", ""), _settings(notes))


def from_routes(result: Result, prefix: str) -> Records:
    [gateway] = of(result, "Gateway")
    names: set[str] = set()
    ttls: set[str] = set()
    settings: set[tuple[tuple[str, str], ...]] = set()
    for route in of(result, "HTTPRoute"):
        notes = _own(route.body["metadata"].get("annotations"), prefix)
        if notes.get("controller", "dns-controller") != "dns-controller":
            continue
        listeners = _listener_hosts(gateway.body, route.body["spec"]["parentRefs"])
        wanted = {*route.body["spec"].get("hostnames", ()), *filter(None, [notes.get("hostname")])}
        names |= {name for name in wanted if any(not host or host == name for host in listeners)}
        ttls.add(notes.get("ttl", ""))
        settings.add(_settings(notes))
    if not names:
        return NOTHING
    assert len(ttls) == len(settings) == 1, "routes of one Ingress say different things of a name"
    target = _own(gateway.body["metadata"].get("annotations"), prefix).get("target", "")
    return Records(frozenset(names), target, ttls.pop(), settings.pop())


def _listener_hosts(gateway: dict[str, Any], refs: Iterable[dict[str, Any]]) -> set[str]:
    sections = {ref.get("sectionName") for ref in refs}
    return {one.get("hostname", "") for one in gateway["spec"]["listeners"] if sections & {None, one["name"]}}


@pytest.mark.parametrize("tls", ["", "tls"])
@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("prefix", PREFIXES)
def test_what_is_exact_publishes_the_same(prefix: str, key: str, tls: str) -> None:
    notes = {prefix + key: KEYS[key]}
    result = run(ingress("web", [("/", "web")], host=HOST, tls=tls, annotations=notes))
    [found] = [one for one in result.findings if one.origin.key == prefix + key]
    before, after = from_ingress({key: KEYS[key]}), from_routes(result, prefix)
    if found.fidelity.lossless:
        assert after == before, found.message
    elif key == "ingress-hostname-source":
        assert after != before


def test_what_the_ingress_says_is_said_once_for_all_its_routes() -> None:
    notes = {
        PREFIXES[0] + key: text for key, text in KEYS.items() if key not in ("controller", "ingress-hostname-source")
    }
    result = run(ingress("web", [("/", "web"), ("/a", "web")], host=HOST, tls="tls", annotations=notes))
    plain = {key.removeprefix(PREFIXES[0]): text for key, text in notes.items()}
    assert from_routes(result, PREFIXES[0]) == from_ingress(plain)
