"""Envoy Gateway: Gateway API in its experimental channel, with policies, filters and backends of its own kinds."""

from __future__ import annotations

from converter.targets.gateway_api.target import GatewayApi
from converter.targets.semantics import ENVOY_GATEWAY


class EnvoyGateway(GatewayApi):
    """See `contract.Target`."""

    name = "envoy-gateway"
    semantics = ENVOY_GATEWAY


TARGET = EnvoyGateway()
