"""Which policy is attached to what, and how policies merge."""
