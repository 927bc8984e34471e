"""Gateways of the AWS Load Balancer Controller: listeners and the order of rules."""
