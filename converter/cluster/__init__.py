"""A live cluster as input: read through the user's own kubectl, with `get` alone, into one text of manifests."""
