"""SecurityPolicy."""
