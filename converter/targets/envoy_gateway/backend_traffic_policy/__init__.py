"""BackendTrafficPolicy."""
