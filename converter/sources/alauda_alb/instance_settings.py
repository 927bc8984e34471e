"""Settings of an ALB2 that are not about single requests, as features of its table."""

from __future__ import annotations

from typing import Any

from converter.model import Origin
from converter.routing.table import Feature
from converter.sources.alauda_alb.resources import ALL, Alb, mapping

EXPOSURE = {
    "networkMode": "network",
    "replicas": "replicas",
    "nodeSelector": "node_selector",
    "resources": "resources",
    "enableIPV6": "ipv6",
    "vip.enableLbSvc": "service",
    "vip.lbSvcAnnotations": "service_annotations",
    "vip.lbSvcIpFamilyPolicy": "service_ip_families",
    "vip.allocateLoadBalancerNodePorts": "node_ports",
}
"""Fields of `spec.config`, and what targets call them."""
REPLICAS = 3
PORTS = (
    "enableIngress",
    "enableALb",
    "ingressHTTPPort",
    "ingressHTTPSPort",
    "defaultSSLStrategy",
    "gateway.enable",
    "gateway.mode",
    "gateway.name",
)


def settings_of(alb: Alb, project_label: str, by_port: bool = False) -> tuple[Feature, ...]:
    """One feature a field, so that each can fare differently. `by_port`: projects are those of the ports."""
    if alb.facts is None:
        return ()
    out = []
    for key, word in EXPOSURE.items():
        origins = alb.facts.take(f"spec.config.{key}")
        if origins:
            out.append(Feature("load-balancer", {word: _typed(word, _at(alb.config, key))}, origins))
    out += _unsaid(alb)
    projects = alb.facts.take("spec.config.projects")
    if projects and not by_port:
        values = () if ALL in alb.projects else tuple(alb.projects)
        said = {"label": project_label, "values": values} if values or ALL in alb.projects else {"projects": []}
        out.append(Feature("allowed-namespaces", said, projects))
    for key in PORTS:
        origins = alb.facts.take(f"spec.config.{key}")
        if origins:
            out.append(Feature("listener", {key: _at(alb.config, key)}, origins))
    clusters = alb.facts.take("spec.config.enableCrossClusters")
    if clusters and alb.config.get("enableCrossClusters") != "true":
        out.append(Feature("load-balancing", {"cross_clusters": False}, clusters))
    if alb.config.get("enableGzip") == "false":
        off = alb.facts.take("spec.config.enableGzip")
        out.append(Feature("compression", {"types": ()}, off, "answers are not compressed"))
    return tuple(out)


def _typed(word: str, value: Any) -> Any:
    """The operator writes some switches as strings (alb: pkg/apis/alauda/v2beta1/alb2_types.go)."""
    return value in (True, "true") if word == "ipv6" else value


def _unsaid(alb: Alb) -> list[Feature]:
    """What the operator chooses (alb: pkg/operator/config/external.go:12-73)."""
    out = []
    for key, word, value in (("replicas", "replicas", REPLICAS), ("networkMode", "network", "nodes-by-default")):
        if key not in alb.config:
            origin = Origin("default", key, "3 pods" if word == "replicas" else "host", alb.location, alb.ref)
            out.append(Feature("load-balancer", {word: value}, (origin,)))
    return out


def _at(config: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    return _at(mapping(config.get(head)), rest) if rest else config.get(head)
