"""ClientTrafficPolicy."""
