"""Listeners of a Gateway that Envoy cannot distinguish."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Resource
from converter.targets.envoy_gateway.envoy_proxy.container_ports import clashing, transport
from converter.targets.envoy_gateway.route_refusals import Found
from converter.validation.known_objects import Index


def gateway_refusals(resource: Resource, index: Index) -> Iterator[Found]:
    """Listeners that fall on one port of the pod: one of them serves the hosts of both, or Envoy refuses all."""
    spec = resource.body.get("spec") or {}
    listeners = [one for one in spec.get("listeners") or () if isinstance(one.get("port"), int)]
    ref = (spec.get("infrastructure") or {}).get("parametersRef") or {}
    if ref:
        proxy = index.spec("EnvoyProxy", resource.namespace, str(ref.get("name")))
        kubernetes = ((proxy or {}).get("provider") or {}).get("kubernetes") or {}
        if proxy is None or kubernetes.get("useListenerPortAsContainerPort"):
            return
    for (low, _), (high, _) in clashing((one["port"], transport(str(one.get("protocol")))) for one in listeners):
        number = next(at for at, one in enumerate(listeners) if one["port"] == low)
        yield (
            f"spec.listeners[{number}].port",
            f"Envoy Gateway shifts port {low} to {high} in the pod, where another listener is; set "
            "useListenerPortAsContainerPort in the EnvoyProxy, or choose another port",
        )
