"""Raw nginx configuration of annotations and ConfigMap, read directive by directive."""
