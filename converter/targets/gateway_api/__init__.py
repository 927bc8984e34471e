"""Target `gateway-api`, and what all targets share: one package a kind of Gateway API, which writes and reads it."""
