"""Access logs: real requests, reduced to those that differ, and what both sides answer to them."""
