"""Charts and kustomizations of the input, rendered by installed programs without network, if asked for."""
