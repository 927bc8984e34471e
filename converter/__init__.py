"""ing2gw: Kubernetes Ingress to Gateway API and Envoy Gateway, with every difference said beforehand."""

__version__ = "0.1.0"
