"""Settings of an ALB2 that are not about single requests, as features of its table."""

from __future__ import annotations

from typing import Any

from converter.routing.table import Feature
from converter.sources.alauda_alb.objects import Alb, mapping

EXPOSURE = (
    "networkMode", "replicas", "nodeSelector", "resources", "enableIPV6", "vip.enableLbSvc", "vip.lbSvcAnnotations",
    "vip.lbSvcIpFamilyPolicy", "vip.allocateLoadBalancerNodePorts",
)
NAMESPACES = ("projects", "enablePortProject", "portProjects")
PORTS = (
    "enableIngress", "enableALb", "ingressHTTPPort", "ingressHTTPSPort", "defaultSSLStrategy", "gateway.enable",
    "gateway.mode", "gateway.name",
)


def settings_of(alb: Alb) -> tuple[Feature, ...]:
    """One feature a field, so that each can fare differently."""
    if alb.facts is None:
        return ()
    out = []
    for name, keys in (("load-balancer", EXPOSURE), ("allowed-namespaces", NAMESPACES), ("listener", PORTS)):
        for key in keys:
            origins = alb.facts.take(f"spec.config.{key}")
            if origins:
                out.append(Feature(name, {key: _at(alb.config, key)}, origins))
    role = tuple(origin for path, origin in alb.facts.found.items() if path.endswith("/role"))
    if role:
        out.append(Feature("allowed-namespaces", {"role": role[0].value}, role))
    clusters = alb.facts.take("spec.config.enableCrossClusters")
    if clusters:
        value = alb.config.get("enableCrossClusters")
        out.append(Feature("load-balancing", {"cross_clusters": value == "true"}, clusters))
    if alb.config.get("enableGzip") == "false":
        off = alb.facts.take("spec.config.enableGzip")
        out.append(Feature("compression", {"types": ()}, off, "answers are not compressed"))
    return tuple(out)


def _at(config: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    return _at(mapping(config.get(head)), rest) if rest else config.get(head)
