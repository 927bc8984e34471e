"""The network load balancer in front of Envoy, where an ALB stood before: annotations of the Envoy Service.

Names and class are in the pack (`nlb`); lbc: docs/guide/service/annotations.md. Where a network load balancer is in
front of the ALB already, its settings win.
"""

from __future__ import annotations

from typing import Any

from converter.model import FieldRef, Outcome
from converter.routing.load_balancer import LoadBalancer, listener_settings, manages_backend_rules
from converter.routing.table import Feature, RoutingTable
from converter.targets.context import Context


def nlb_service(table: RoutingTable, context: Context) -> dict[str, Any]:
    """Fields of envoyService; empty for tables that are not those of an ALB."""
    given = table.details.get(LoadBalancer)
    pack: dict[str, Any] | None = context.pack.settings.get("nlb")
    if given is None or pack is None:
        return {}
    address_type = given.ip_address_type
    dual = address_type == "dualstack-without-public-ipv4"
    settings: dict[str, Any] = {
        "name": given.name,
        "scheme": given.scheme,
        "ip_address_type": "dualstack" if dual else address_type,
        "subnets": given.subnets,
        "security_groups": given.security_groups,
        "tags": given.tags,
    }
    wanted = {key: value for key, value in settings.items() if value}
    wanted |= {key: value for key, value in given.frontend.items() if key in pack["annotations"]}
    if wanted.get("security_groups") and manages_backend_rules(table):
        wanted["manage_backend_rules"] = True
    if given.capacity:
        wanted["capacity"] = {"CapacityUnits": given.capacity}
    lists = sorted({one for port in table.ports for one in listener_settings(port).prefix_lists})
    if lists and not wanted.get("security_groups"):
        wanted["prefix_lists"] = lists
    annotations = {
        f"{pack['prefix']}{name}": _text(wanted[key]) for key, name in pack["annotations"].items() if key in wanted
    }
    return {"annotations": {key: text for key, text in annotations.items() if text}, "loadBalancerClass": pack["class"]}


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
