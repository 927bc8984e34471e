"""Target `aws`: one package a kind of the AWS Load Balancer Controller, which writes and reads it."""
