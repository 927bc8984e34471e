"""BackendTLSPolicy."""
