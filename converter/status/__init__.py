"""What a cluster has made of the converted objects: by Ingress, from conditions, endpoints, addresses and records."""
