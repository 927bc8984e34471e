"""EnvoyProxy."""
