"""What the implementation behind a target can do beyond Gateway API itself; `capabilities` of a target pack."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from converter.model.data import dataclass


@dataclass(frozen=True, slots=True)
class Capabilities:
    """Each is off unless the pack of the target, or one that it extends, turns it on."""

    policies: bool = False
    """Traffic, security and client settings become policies that attach to a Gateway, a listener or a route."""
    route_filters: bool = False
    """Rules may respond by themselves, replace paths by regular expressions, and match cookies."""
    backend_objects: bool = False
    """Backends may be objects that name an address outside the cluster, or TLS towards the backend."""
    proxy_objects: bool = False
    """The proxies of a Gateway are set up by an object that the Gateway refers to."""
    route_order: bool = False
    """Rules can be kept in the order in which a route lists them."""
    grpc_service_paths: bool = False
    """A GRPCRoute for a service takes no request for the path without its final slash."""
    mixed_route_kinds: bool = False
    """An HTTPRoute and a GRPCRoute may have the same hostname on one listener."""
    forwarded_proto: bool = False
    """Every request has an X-Forwarded-Proto, that of the listener where the client sent none."""
    external_names: bool = False
    """Services of type ExternalName are backends."""
    envoy_paths: bool = False
    """Paths are read as Envoy reads them (merged slashes, decoded escapes)."""

    def extended(self, given: Mapping[str, Any]) -> Capabilities:
        """These with those of a pack that extends them. Raises TypeError for an unknown name."""
        own = {one.name: getattr(self, one.name) for one in fields(self)}
        return Capabilities(**(own | dict(given)))


NO_CAPABILITIES = Capabilities()
