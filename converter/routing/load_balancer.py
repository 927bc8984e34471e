"""What an AWS load balancer is asked for: details of the tables, ports and rules that are those of an ALB.

Names follow the API of Elastic Load Balancing, which both the annotations and the CRDs of the AWS Load Balancer
Controller are about.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.routing.table import Port, RoutingTable


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """Settings of the load balancer as a whole; empty values: not set."""

    name: str = ""
    scheme: str = "internal"
    ip_address_type: str = "ipv4"
    subnets: Sequence[str] | Mapping[str, Any] = ()
    """Ids or names, or a selector with `ids` or `tags`."""
    security_groups: Sequence[str] = ()
    customer_owned_ipv4_pool: str = ""
    ipv4_ipam_pool: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    capacity: int = 0
    """Load balancer capacity units that are reserved."""
    web_acl: str = ""
    """ARN of the WAFv2 web ACL."""
    shield: bool | None = None
    frontend: Mapping[str, Any] = field(default_factory=dict)
    """Settings of the network load balancer in front of it, by the names of `nlb.annotations` in the target's pack."""


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """Settings of one listener."""

    attributes: Mapping[str, str] = field(default_factory=dict)
    certificates: Sequence[str] = ()
    """ARNs, the default certificate first."""
    ssl_policy: str = ""
    mutual: Mapping[str, Any] = field(default_factory=dict)
    """Fields of `mutualAuthentication`."""
    cidrs: Sequence[str] = ()
    """Sorted."""
    prefix_lists: Sequence[str] = ()
    """Sorted."""


_NO_SETTINGS = ListenerSettings()


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Interval and timeout in seconds; `codes` as AWS writes them (200-299)."""

    port: int | str
    protocol: str
    path: str
    codes: str
    interval: int
    timeout: int
    healthy: int
    unhealthy: int


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Settings of the target group of one backend."""

    target_type: str = ""
    protocol: str = ""
    protocol_version: str = ""
    control_port: int | str | None = None
    node_selector: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    ip_address_type: str = ""
    multi_cluster: bool = False
    attributes: Mapping[str, str] = field(default_factory=dict)
    health_check: HealthCheck | None = None


@dataclass(frozen=True, slots=True)
class TargetGroups:
    """Those that a rule forwards to, by `Backend.key`."""

    by_backend: Mapping[str, TargetGroup]


def listener_settings(port: Port) -> ListenerSettings:
    """The settings of the listener of a port; empty ones where it has none."""
    return port.details.get(ListenerSettings) or _NO_SETTINGS


def manages_backend_rules(table: RoutingTable) -> bool:
    """True where the controller writes the rules of security groups of nodes and pods itself."""
    return any(
        isinstance(feature.value, dict) and feature.value.get("manage_backend_rules") is True
        for feature in table.features
    )


def is_alb(table: RoutingTable) -> bool:
    """True for a table that is that of an ALB already."""
    return table.details.get(LoadBalancer) is not None
