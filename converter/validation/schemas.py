"""The compact schemas of a target: which kinds there are, and what their objects must look like."""

from __future__ import annotations

import json
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.model.data import dataclass
from converter.model.options import Options
from converter.packs.features import mappings_dir
from converter.packs.load import target_pack, target_pack_name

Node = dict[str, Any]


def packaged_bundles() -> list[str]:
    """The names of all bundles in `mappings/schemas/`."""
    return sorted(path.stem for path in (mappings_dir() / "schemas").glob("*.json"))


@dataclass(slots=True, eq=False)
class Bundle:
    """One compact schema, as `derive` makes it."""

    name: str
    kinds: dict[str, dict[str, Any]]
    nodes: list[Any]
    rules: list[list[str]]

    def resolve(self, node: Any) -> Node:
        """A node itself, where it is given by its index."""
        while isinstance(node, int):
            node = self.nodes[node]
        found: Node = node
        return found


@dataclass(slots=True, eq=False)
class Profile:
    """All schemas of one target; `validators` keeps what has been compiled from them."""

    name: str
    bundles: tuple[Bundle, ...]
    validators: dict[tuple[str, str], Any] = field(default_factory=dict)

    def find(self, api_version: str, kind: str) -> tuple[Bundle, dict[str, Any], Node] | None:
        """Bundle, entry and schema of a kind in a served version."""
        group, _, version = api_version.rpartition("/")
        for bundle in self.bundles:
            entry = bundle.kinds.get(kind)
            if entry is not None and entry["group"] == group and version in entry["versions"]:
                return bundle, entry, bundle.resolve(entry["versions"][version])
        return None

    def groups(self) -> frozenset[str]:
        """The API groups that these schemas cover."""
        return frozenset(entry["group"] for bundle in self.bundles for entry in bundle.kinds.values())


def bundle_from(name: str, data: dict[str, Any]) -> Bundle:
    """A bundle of derived or loaded data."""
    return Bundle(name, data["kinds"], data["nodes"], data["rules"])


@lru_cache
def load_bundle(name: str) -> Bundle:
    """A bundle of mappings/schemas/."""
    path = mappings_dir() / "schemas" / f"{name}.json"
    return bundle_from(name, json.loads(path.read_text(encoding="utf-8")))


@lru_cache
def profile(name: str) -> Profile:
    """The profile of a target (`envoy-gateway@1.7`), by its pack. Raises PackError where there is none."""
    return Profile(name, tuple(load_bundle(bundle) for bundle in target_pack(target_pack_name(name)).schemas))


def profile_from_crds(directory: Path, beside: Profile | None = None) -> Profile:
    """A profile of the CustomResourceDefinitions in a directory; groups that it lacks are taken from `beside`.

    Raises:
        CrdError: A file cannot be used, or no definition is of a known kind.
    """
    from converter.validation.crd_files import CrdError
    from converter.validation.derive import derive, read_crds

    data = derive(read_crds(directory))
    if not data["kinds"]:
        raise CrdError(f"{directory}: holds no CustomResourceDefinition of a Gateway API or Envoy Gateway kind")
    own = bundle_from(str(directory), data)
    groups = {entry["group"] for entry in own.kinds.values()}
    others = [bundle for bundle in (beside.bundles if beside else ()) if not groups & _groups(bundle)]
    return Profile(str(directory), (own, *others))


def _groups(bundle: Bundle) -> set[str]:
    return {entry["group"] for entry in bundle.kinds.values()}


def profile_for(options: Options) -> Profile:
    """The profile that a run's output is checked against."""
    packaged = profile(options.target)
    return _from_crds(options.crds, packaged.name) if options.crds else packaged


@lru_cache
def _from_crds(directory: str, target: str) -> Profile:
    return profile_from_crds(Path(directory), profile(target))
