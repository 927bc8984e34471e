"""Envoy Gateway: Gateway API in its experimental channel, with policies, filters and backends of its own kinds."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Resource
from converter.targets.gateway_api.target import GatewayApi
from converter.targets.semantics import ENVOY_GATEWAY
from converter.validation.known_objects import Index


class EnvoyGateway(GatewayApi):
    """See `contract.Target`."""

    name = "envoy-gateway"
    semantics = ENVOY_GATEWAY

    def refusals(self, resource: Resource, index: Index) -> Iterator[tuple[str, str]]:
        """What Envoy Gateway or Envoy refuses, responds to with 500, or does wrongly."""
        from converter.targets.envoy_gateway.refusals import refusals

        return refusals(resource, index)


TARGET = EnvoyGateway()
