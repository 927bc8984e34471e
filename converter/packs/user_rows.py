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

from collections.abc import Iterator
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from converter.packs.check import Positioned, check_pack, read_positioned
from converter.packs.features import PackError, add_features, feature_catalogue, load_yaml, mappings_dir
from converter.packs.key_patterns import rank

SAME_AS = "same-as"


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
            rows = {key: row for key, row in block["fields"].items() if SAME_AS not in row}
            for key, row in rows.items():
                at = ("sources", source, "features", name, "fields", key)
                first = f"{name}.{key}" if key in old["fields"] else taken.get(row["annotation"])
                if first:
                    raise PackError(document.at(at, f"{row['annotation']} has a row already: {first}"))
                taken[row["annotation"]] = f"{name}.{key}"
            merged = {key: row | _inherited(block, row) | {"added": True} for key, row in rows.items()}
            if merged:
                out[name] = block | old | {"fields": {**old["fields"], **merged}}
    for alias in alias_rows(extra):
        if alias.source == source:
            shown = {f"{SAME_AS} {alias.annotation}": alias.row}
            out[alias.feature] = out[alias.feature] | {"fields": {**out[alias.feature]["fields"], **shown}}
    return out


class AliasRow(NamedTuple):
    """A row with `same-as`."""

    source: str
    annotation: str
    same_as: str
    """The whole key of the annotation that it stands for."""
    feature: str
    values: dict[str, str]
    """Its values -> those of the other annotation; empty: they are the same."""
    row: dict[str, Any]
    """As `explain` shows it: the row of that annotation under the other name."""


@lru_cache
def alias_rows(files: tuple[str, ...]) -> tuple[AliasRow, ...]:
    """The rows with `same-as` of mappings files. PackError names the line of one that stands for nothing."""
    return tuple(one for file in files for one in _aliases(_file(file)))


def _aliases(document: Positioned) -> Iterator[AliasRow]:
    for source, part in (document.data.get("sources") or {}).items():
        for name, block in (part.get("features") or {}).items():
            for key, row in block["fields"].items():
                if SAME_AS not in row:
                    continue
                at = ("sources", source, "features", name, "fields", key, SAME_AS)
                found = _shipped(source, row[SAME_AS])
                if found is None:
                    near = " or ".join(get_close_matches(row[SAME_AS], _keys(source), 2, 0.7))
                    words = f"{source} has no annotation {row[SAME_AS]}{f'; did you mean {near}?' if near else ''}"
                    raise PackError(document.at(at, words))
                feature, shipped = found
                means = f"Same as {row[SAME_AS]}. {row.get('means') or shipped.get('means', '')}".strip()
                shown = shipped | {"annotation": row["annotation"], "means": means, "family": ""}
                yield AliasRow(source, row["annotation"], row[SAME_AS], feature, row.get("values", {}), shown)


def _shipped(source: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """The feature and the row of an annotation of a shipped source pack."""
    best: tuple[int, str, dict[str, Any]] | None = None
    for keys, feature, row in _rows(source):
        place = rank(key, keys) if "/" in key else 0
        if place and (best is None or place > best[0]):
            best = (place, feature, row)
    return best[1:] if best else None


def _keys(source: str) -> list[str]:
    return [key for keys, _, _ in _rows(source) for key in keys]


@lru_cache
def _rows(source: str) -> tuple[tuple[tuple[str, ...], str, dict[str, Any]], ...]:
    """The whole keys of each row of a shipped source pack, its feature, and the row."""
    data = load_yaml(mappings_dir() / "sources" / f"{source}.yaml")
    prefixes, families, out = data.get("prefixes") or [""], data.get("families") or {}, []
    for feature, block in (data.get("features") or {}).items():
        for row in block["fields"].values():
            family = row.get("family", block.get("family", ""))
            heads = families.get(family) or ([""] if "/" in row["annotation"] else prefixes[:1])
            full = {"invalid": block.get("invalid", "drop")} | row
            out.append((tuple(f"{head}{row['annotation']}" for head in heads), feature, full))
    return tuple(out)


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
