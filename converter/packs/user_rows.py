"""`--mappings FILE`: rows that a user adds to source and target packs. A row that is there already is an error.

features: {geo-block: {meaning: "Countries that are kept out.", value: countries, protects: true}}
sources:
  ingress-nginx:
    features:
      geo-block: {fields: {deny: {annotation: example.com/deny-countries, means: countries that get 403}}}
targets:
  envoy-gateway:
    features:
      geo-block: {fidelity: manual, hint: "write a SecurityPolicy with clientIPGeoLocations"}
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.packs.check import Positioned, check_pack, read_positioned
from converter.packs.features import PackError, add_features, feature_catalogue


@lru_cache
def _file(name: str) -> Positioned:
    """A checked mappings file; its features become known. PackError names every line that is wrong."""
    path = Path(name)
    problems = check_pack(path)
    if problems:
        raise PackError("\n".join(problems))
    document = read_positioned(path)
    if "source" in document.data or "target" in document.data:
        raise PackError(f"{path}:1: a mappings file has the keys features, sources and targets")
    for feature in document.data.get("features") or {}:
        if feature in feature_catalogue():
            raise PackError(document.at(("features", feature), f"the feature {feature} is there already"))
    add_features(document.data.get("features") or {})
    return document


def add_source_rows(source: str, blocks: dict[str, Any], extra: tuple[str, ...]) -> dict[str, Any]:
    """The blocks of a source pack with the rows of mappings files."""
    out = dict(blocks)
    taken = {
        row["annotation"]: f"{name}.{key}" for name, block in blocks.items() for key, row in block["fields"].items()
    }
    for file in extra:
        document = _file(file)
        added = ((document.data.get("sources") or {}).get(source) or {}).get("features") or {}
        for name, block in added.items():
            old = out.get(name, {"fields": {}})
            for key, row in block["fields"].items():
                at = ("sources", source, "features", name, "fields", key)
                first = f"{name}.{key}" if key in old["fields"] else taken.get(row["annotation"])
                if first:
                    raise PackError(document.at(at, f"{row['annotation']} has a row already: {first}"))
                taken[row["annotation"]] = f"{name}.{key}"
            merged = {key: row | _inherited(block, row) | {"added": True} for key, row in block["fields"].items()}
            out[name] = block | old | {"fields": {**old["fields"], **merged}}
    return out


def _inherited(block: dict[str, Any], row: dict[str, Any]) -> dict[str, Any]:
    """What a block says for all its rows, so that a shipped block of the same name does not say it instead."""
    return {key: row.get(key, block.get(key, default)) for key, default in (("family", ""), ("invalid", "drop"))}


def target_rows(target: str, rows: dict[str, Any], extra: tuple[str, ...]) -> dict[str, Any]:
    """The rows that mappings files add to a target pack."""
    out: dict[str, Any] = {}
    for file in extra:
        document = _file(file)
        added = ((document.data.get("targets") or {}).get(target) or {}).get("features") or {}
        for feature, row in added.items():
            if feature in rows or feature in out:
                words = f"the feature {feature} has a row for {target} already"
                raise PackError(document.at(("targets", target, "features", feature), words))
            out[feature] = row
    return out
