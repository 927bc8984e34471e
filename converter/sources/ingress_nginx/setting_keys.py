"""Keys of the ConfigMap that are the default of an annotation; they have its name."""

from __future__ import annotations

from functools import lru_cache

from converter.packs.load import source_pack


@lru_cache
def key_of(feature: str, field: str) -> str:
    """The key for a setting of the source pack."""
    return source_pack("ingress-nginx").features[feature].fields[field].annotation
