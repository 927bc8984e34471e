"""Target `envoy-gateway`: one package a kind of Envoy Gateway, which writes and reads it."""
