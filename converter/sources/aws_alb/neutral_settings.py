"""Settings of a plan as details of the table: what a target needs to ask for the same load balancer."""

from __future__ import annotations

from typing import Any

from converter.routing.load_balancer import HealthCheck, ListenerSettings, LoadBalancer, TargetGroup
from converter.sources.aws_alb.plan import BalancerPlan, PlanListener


def load_balancer(plan: BalancerPlan) -> LoadBalancer:
    """What a load balancer needs to be the same."""
    given = plan.balancer
    return LoadBalancer(
        name=given.get("name", ""),
        scheme=given["scheme"],
        ip_address_type=given["ip_address_type"],
        subnets=given.get("subnets", ()),
        security_groups=given.get("security_groups", ()),
        customer_owned_ipv4_pool=given.get("customerOwnedIPv4Pool", ""),
        ipv4_ipam_pool=given.get("ipv4IPAMPool", ""),
        attributes=given.get("attributes", {}),
        tags=given.get("tags", {}),
        capacity=given.get("capacity", 0),
        web_acl=plan.addons.get("wafv2", ""),
        shield=plan.addons.get("shield"),
        frontend=plan.frontend or {},
    )


def listener_settings(listener: PlanListener) -> ListenerSettings:
    """What a load balancer needs to have the same listener."""
    config = listener.config
    return ListenerSettings(
        attributes=listener.attributes,
        certificates=config.certificates,
        ssl_policy=config.ssl_policy or "",
        mutual=config.mutual or {},
        cidrs=sorted(config.cidrs[0] | config.cidrs[1]),
        prefix_lists=sorted(config.prefix_lists),
    )


def target_group(group: dict[str, Any]) -> TargetGroup:
    """A group of the plan as what a target writes."""
    return TargetGroup(
        group["target_type"],
        group["protocol"],
        group["protocol_version"],
        group.get("target_control_port"),
        group.get("node_selector", {}),
        group.get("tags", {}),
        group.get("ip_address_type", ""),
        bool(group.get("multi_cluster")),
        group.get("attributes", {}),
        HealthCheck(**group["health_check"]),
    )
