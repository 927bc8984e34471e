"""Source controllers: what each does across the Ingresses that it serves. One room a controller."""
