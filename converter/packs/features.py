"""Pack files: where they are, how they are read, and the catalogue of features."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.packs.cache import cached


class PackError(ValueError):
    """A pack that cannot be used; the message names file and line."""


def mappings_dir() -> Path:
    """Where the packs live: beside the package in a checkout, inside it in a wheel."""
    inside = Path(__file__).parent.parent / "_mappings"
    return inside if inside.is_dir() else Path(__file__).parent.parent.parent / "mappings"


def load_yaml(path: Path) -> Any:
    """A pack file as plain data."""
    return cached(path, _load_yaml)


def _load_yaml(path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe").load(path)
    except YAMLError as error:
        raise PackError(f"{path}: {error}") from None


@lru_cache
def feature_catalogue() -> dict[str, dict[str, Any]]:
    """features.yaml: name -> meaning, value, protects."""
    data: dict[str, dict[str, Any]] = load_yaml(mappings_dir() / "features.yaml")["features"]
    return data


_added_features: dict[str, dict[str, Any]] = {}
"""Features of mappings files; the packs that are loaded with these files may name them."""


def add_features(features: dict[str, dict[str, Any]]) -> None:
    """Make features of a mappings file known."""
    _added_features.update(features)


def all_features() -> dict[str, dict[str, Any]]:
    """The features of the catalogue and those of mappings files that were read."""
    return feature_catalogue() | _added_features


def protects(feature: str) -> bool:
    """True for features whose loss opens something that was closed."""
    known = feature_catalogue().get(feature) or _added_features.get(feature, {})
    return bool(known.get("protects"))
