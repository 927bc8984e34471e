"""Settings of an ALB2 that are not about single requests, as features of its table."""

from __future__ import annotations

from typing import Any

from converter.model import Origin
from converter.reading.manifests import mapping
from converter.routing.table import Feature
from converter.sources.alauda_alb.deployment import deployment_features, setting
from converter.sources.alauda_alb.resources import ALL, Alb

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
    out = [] if alb.gateway is not None else list(deployment_features(alb))
    projects = alb.facts.take("spec.config.projects")
    if projects and not by_port:
        values = () if ALL in alb.projects else tuple(alb.projects)
        said = {"label": project_label, "values": values} if values or ALL in alb.projects else {"projects": []}
        out.append(Feature("allowed-namespaces", said, projects))
    for key in PORTS:
        origins = alb.facts.take(f"spec.config.{key}")
        if origins:
            out.append(Feature("listener", {key: _at(alb.config, key)}, origins))
    out.append(Feature("load-balancing", {"algorithm": "round_robin"}, _taking_turns(alb)))
    if alb.config.get("enableGzip") == "false":
        off = alb.facts.take("spec.config.enableGzip")
        out.append(Feature("compression", {"types": ()}, off, "responses are not compressed"))
    return tuple(out)


def _taking_turns(alb: Alb) -> tuple[Origin, ...]:
    """What says nothing else (alb: template/nginx/lua/balancer/balance.lua, DEFAULT_LB_ALG)."""
    value, origins = setting(alb, "enableCrossClusters")
    if str(value).lower() == "true":
        return (Origin("default", "load-balancing", "round robin", alb.location, alb.ref),)
    return origins


def _at(config: dict[str, Any], path: str) -> Any:
    head, _, rest = path.partition(".")
    return _at(mapping(config.get(head)), rest) if rest else config.get(head)
