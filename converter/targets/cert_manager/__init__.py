"""Certificates of cert-manager, as its ingress-shim makes them for an Ingress."""
