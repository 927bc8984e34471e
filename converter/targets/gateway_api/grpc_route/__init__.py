"""GRPCRoute."""
