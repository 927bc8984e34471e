"""TargetGroupConfiguration."""
