"""Whether something in the cluster gives addresses to Services of type LoadBalancer."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.reading.inventory import Inventory
from converter.targets.context import Context

POOLS = ("IPAddressPool", "AddressPool", "CiliumLoadBalancerIPPool")
"""Kinds that only such a provider has (MetalLB, Cilium)."""


def is_shown(inventory: Inventory, exposure: dict[str, Any]) -> bool:
    """True where the input shows a provider: a pool, a Service that has an address, or one of the old proxy.

    Args:
        inventory: The input.
        exposure: What the entry says of its own Service.
    """
    if any(inventory.of(kind) for kind in POOLS) or exposure.get("service_annotations"):
        return True
    own = exposure.get("service")
    if own is True or (isinstance(own, dict) and own.get("load_balancer")):
        return True
    return any(_has_address(service.body) for service in inventory.services.values())


def _has_address(body: Any) -> bool:
    spec, status = body.get("spec"), body.get("status")
    if not isinstance(spec, dict) or spec.get("type") != "LoadBalancer":
        return False
    given = status.get("loadBalancer") if isinstance(status, dict) else None
    return bool(given.get("ingress")) if isinstance(given, dict) else not isinstance(status, dict)


def missing(exposure: dict[str, Any], port: str, context: Context) -> Outcome | None:
    """What to check before the Service of a port gets an address; None where the input leaves no doubt."""
    check = context.pack.settings.get("address_check")
    doubtful = exposure.get("network") == "host" or check is not None
    if not doubtful or is_shown(context.inventory, exposure):
        return None
    command = check or "kubectl get ipaddresspools.metallb.io -A"
    return Outcome.approximate(
        "stream.address-provider",
        "Nothing in the input shows a provider of LoadBalancer addresses (such as MetalLB with an address pool). "
        "Without "
        f"one the Service of {port} stays pending and clients cannot reach it",
        f"check first: {command}. Without a provider install MetalLB and a pool, use a Service of type NodePort "
        "behind a "
        "balancer in front, or keep the port on the Gateway by --l4 route",
        affects=(),
    )
