"""Access logs: real requests, reduced to those that differ, and how both sides respond to them."""
