"""LoadBalancerConfiguration."""
