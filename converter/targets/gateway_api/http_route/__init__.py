"""HTTPRoute: rules, matches, filters and backendRefs."""
