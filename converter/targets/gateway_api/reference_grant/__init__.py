"""ReferenceGrant."""
