"""The Service that the chart of ingress-nginx makes (charts/ingress-nginx/templates/controller-service.yaml)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from converter.routing.exchange import DEFAULT_PORTS

_FIELDS = (
    "loadBalancerIP", "loadBalancerSourceRanges", "loadBalancerClass", "allocateLoadBalancerNodePorts",
    "externalTrafficPolicy", "sessionAffinity", "healthCheckNodePort", "externalIPs", "ipFamilyPolicy", "ipFamilies",
    "trafficDistribution", "clusterIP",
)  # fmt: skip


def service_spec(get: Callable[..., Any], where: str) -> dict[str, Any]:
    """`spec` without its selector, of the values at a path; the internal Service takes ports from the external one."""
    outer = "controller.service"
    spec: dict[str, Any] = {"type": get(f"{where}.type") or get(f"{outer}.type") or "LoadBalancer"}
    for key in _FIELDS:
        value = get(f"{where}.{key}")
        if value not in (None, "", []):
            spec[key] = value
    ports = []
    for name, number in DEFAULT_PORTS.items():
        if get(f"{outer}.enable{name.title()}", True):
            port = get(f"{where}.ports.{name}") or get(f"{outer}.ports.{name}") or number
            target = get(f"{where}.targetPorts.{name}") or get(f"{outer}.targetPorts.{name}") or name
            node = get(f"{where}.nodePorts.{name}")
            made = {"name": name, "port": port, "protocol": "TCP", "targetPort": target}
            ports.append(made | ({"nodePort": node} if node else {}))
    for kind in ("tcp", "udp"):
        given = get(kind)
        for number in given if isinstance(given, dict) else ():
            if re.fullmatch("[0-9]{1,5}", str(number)):
                ports.append(
                    {
                        "name": f"{number}-{kind}",
                        "port": int(number),
                        "protocol": kind.upper(),
                        "targetPort": f"{number}-{kind}",
                    }
                )
    return spec | {"ports": ports}
