"""Whether something in the cluster gives addresses to Services of type LoadBalancer."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import Outcome
from converter.reading.inventory import Inventory
from converter.targets.context import Context

POOLS = ("IPAddressPool", "AddressPool", "CiliumLoadBalancerIPPool")
"""Kinds that only such a provider has (MetalLB, Cilium)."""


class AddressProvider(NamedTuple):
    """What the input shows of one."""

    is_shown: bool


def _is_shown(context: Context) -> bool:
    """True where the input shows a provider: a pool, or a Service that has an address. Looked at once for all ports."""
    return context.output.shared.of(AddressProvider, lambda: _provider(context.inventory)).is_shown


def _provider(inventory: Inventory) -> AddressProvider:
    pools = any(inventory.of(kind) for kind in POOLS)
    return AddressProvider(pools or any(_has_address(service.body) for service in inventory.services.values()))


def _had_address(exposure: dict[str, Any]) -> bool:
    """True where the Service of the old proxy has an address of such a provider."""
    own = exposure.get("service")
    return bool(
        exposure.get("service_annotations") or own is True or (isinstance(own, dict) and own.get("load_balancer"))
    )


def _has_address(body: Any) -> bool:
    spec, status = body.get("spec"), body.get("status")
    if not isinstance(spec, dict) or spec.get("type") != "LoadBalancer":
        return False
    given = status.get("loadBalancer") if isinstance(status, dict) else None
    return bool(given.get("ingress")) if isinstance(given, dict) else not isinstance(status, dict)


def missing(exposure: dict[str, Any], port: str, context: Context) -> Outcome | None:
    """What to check before the Service of a port gets an address; None where the input leaves no doubt.

    Args:
        exposure: What the entry says of its own Service.
        port: The port in words.
        context: That of the run.
    """
    check = context.pack.settings.get("address_check")
    doubtful = exposure.get("network") == "host" or check is not None
    if not doubtful or _had_address(exposure) or _is_shown(context):
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
