"""The network load balancer in front of Envoy, where an ALB stands today: annotations of the Envoy Service.

Names and class are in the pack (`nlb`); lbc: docs/guide/service/annotations.md. Where a network load balancer stands in
front of the ALB already, its settings win.
"""

from __future__ import annotations

from typing import Any

from converter.model import FieldRef, Outcome
from converter.routing.table import Feature, RoutingTable
from converter.targets.context import Context


def nlb_service(table: RoutingTable, context: Context) -> dict[str, Any]:
    """Fields of envoyService; empty for tables that are not those of an ALB."""
    given: dict[str, Any] | None = table.extra.get("load_balancer")
    pack: dict[str, Any] | None = context.pack.settings.get("nlb")
    if given is None or pack is None:
        return {}
    wanted = {
        key: given[key]
        for key in ("name", "scheme", "ip_address_type", "subnets", "security_groups", "tags")
        if given.get(key)
    }
    if wanted.get("ip_address_type") == "dualstack-without-public-ipv4":
        wanted["ip_address_type"] = "dualstack"
    wanted |= {key: value for key, value in (given.get("frontend") or {}).items() if key in pack["annotations"]}
    if wanted.get("security_groups") and _manages_rules(table):
        wanted["manage_backend_rules"] = True
    if given.get("capacity"):
        wanted["capacity"] = {"CapacityUnits": given["capacity"]}
    lists = sorted({one for port in table.ports for one in port.extra.get("load_balancer", {}).get("prefix_lists", ())})
    if lists and not wanted.get("security_groups"):
        wanted["prefix_lists"] = lists
    annotations = {
        f"{pack['prefix']}{name}": _text(wanted[key]) for key, name in pack["annotations"].items() if key in wanted
    }
    return {"annotations": {key: text for key, text in annotations.items() if text}, "loadBalancerClass": pack["class"]}


def _manages_rules(table: RoutingTable) -> bool:
    return any(
        isinstance(feature.value, dict) and feature.value.get("manage_backend_rules") is True
        for feature in table.features
    )


def _text(value: Any) -> str:
    """A list with commas, a map as key=value, everything else as it is. Subnets by tags have no annotation."""
    if isinstance(value, dict) and ("ids" in value or "tags" in value):
        return ",".join(value.get("ids") or ())
    if isinstance(value, dict):
        return ",".join(f"{key}={text}" for key, text in value.items())
    if isinstance(value, list):
        return ",".join(map(str, value))
    return {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)


def prefix_lists(feature: Feature, context: Context) -> Outcome | None:
    """Managed prefix lists stay with the security group, which is now that of the network load balancer."""
    table = context.entry.table
    if not isinstance(feature.value, dict) or "prefix_lists" not in feature.value or table is None:
        return None
    if not nlb_service(table, context) or context.options.gateway:
        return None
    field = FieldRef(
        "EnvoyProxy",
        context.entry.gateway.namespace,
        context.entry.gateway.name,
        "spec.provider.kubernetes.envoyService.annotations",
    )
    return Outcome.approximate(
        "ip-access.prefix-lists",
        "the security group of the network load balancer in front of Envoy lets them in, on all ports of the Gateway",
        "check the security group before the switch",
        fields=(field,),
        affects={"connection"},
    )
