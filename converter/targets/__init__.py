"""Tables to resources of Gateway API and Envoy Gateway."""

from converter.targets.emission import Emission, emit

__all__ = ["Emission", "emit"]
