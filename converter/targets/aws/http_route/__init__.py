"""HTTPRoutes as the AWS Load Balancer Controller reads them."""
