"""How an implementation reads Gateway API where the specification leaves room."""

from __future__ import annotations

from converter.model.data import dataclass


@dataclass(frozen=True, slots=True)
class Semantics:
    """What differs between implementations."""

    name: str
    """Of the target; the controller of the tables that are read."""
    extensions: bool = False
    """The kinds of Envoy Gateway are read: policies, filters, Backends, EnvoyProxies."""
    envoy: bool = False
    """Paths, precedence and virtual hosts are those of Envoy behind Envoy Gateway, not those of the specification."""
    external_names: bool = False
    """Services of type ExternalName are backends."""


SPECIFICATION = Semantics("gateway-api")
ENVOY_GATEWAY = Semantics("envoy-gateway", extensions=True, envoy=True)
AWS = Semantics("aws", external_names=True)
