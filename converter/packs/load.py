"""Packs: what annotations mean (source packs) and what features become (target packs)."""

from __future__ import annotations

from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.model import Fidelity
from converter.model.data import dataclass
from converter.packs.capabilities import NO_CAPABILITIES, Capabilities
from converter.packs.features import PackError, load_yaml, mappings_dir


@dataclass(frozen=True, slots=True)
class SourceField:
    """One annotation: the row of a source pack."""

    feature: str
    name: str
    annotation: str
    """The whole key, or with a family the part after its prefixes."""
    type: str = "string"
    means: str = ""
    default: Any = None
    invalid: str = "drop"
    """What the controller does with a bad value: drop (it has no effect) | ingress (the Ingress is not served) |
    deny (its paths respond with an error) | group (the whole group is refused)."""
    family: str = ""
    fidelity: Fidelity | None = None
    """Set where the controller itself makes nothing of it (obsolete: no effect)."""
    note: str = ""
    risk: str = ""
    """ingress-nginx: Low | Medium | High | Critical; an Ingress above the controller's level is not served."""
    scope: str = ""
    """What the annotation is a setting of, where it is one on its own: balancer | frontend | target (AWS)."""
    param: str = ""
    """AWS: the field of IngressClassParams that replaces it."""
    beside_param: bool = False
    """AWS: that field and the annotation add up."""
    off: tuple[str, ...] = ()
    """Values that ask for nothing."""
    no_effect: str = ""
    """Why nothing comes of it, where nothing takes it up."""
    added: bool = False
    """A row of a mappings file."""


@dataclass(frozen=True, slots=True)
class SourceFeature:
    """A family of annotations that stand together."""

    name: str
    fields: dict[str, SourceField]
    switch: str = ""
    """Name of the field that turns the block on."""


@dataclass(frozen=True, slots=True)
class SourcePack:
    """Everything a controller reads from annotations."""

    source: str
    prefixes: tuple[str, ...]
    families: dict[str, tuple[str, ...]]
    features: dict[str, SourceFeature]
    path: Path | None = None
    foreign: frozenset[str] = frozenset()
    """Annotations with the same prefix that another controller alone has."""


@dataclass(frozen=True, slots=True)
class TargetRow:
    """What a feature becomes: a handler, or words."""

    feature: str
    fidelity: Fidelity
    using: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    hint: str = ""
    fields: dict[str, TargetRow] = field(default_factory=dict)
    """Rows of single fields of the feature that fare differently."""
    parts: tuple[dict[str, Any], ...] = ()
    """`with`: the fields of the output, where the handler is `fields`."""


@dataclass(frozen=True, slots=True)
class TargetPack:
    """Everything that a target makes of features in one of its versions."""

    target: str
    """Name of the pack: the target's, followed by the version where it is not the newest (`envoy-gateway-1.7`)."""
    rows: dict[str, TargetRow]
    settings: dict[str, Any]
    """Plain values (names, defaults) for the code of the target."""
    version: str = ""
    schemas: tuple[str, ...] = ()
    """Files of `mappings/schemas/`, without their suffix, that the output is checked against."""
    capabilities: Capabilities = NO_CAPABILITIES
    extends: str = ""

    @property
    def is_older(self) -> bool:
        """True for the pack of a version that is not the newest."""
        return self.target == f"{self.extends}-{self.version}"


@lru_cache
def source_pack(name: str, extra: tuple[str, ...] = ()) -> SourcePack:
    """The source pack of this name, with the rows of additional files (`--mappings`)."""
    return _source_pack(mappings_dir() / "sources" / f"{name}.yaml", name, extra)


@lru_cache
def consumer_packs() -> tuple[SourcePack, ...]:
    """Annotations that others than ingress controllers read (`mappings/consumers/`)."""
    paths = sorted((mappings_dir() / "consumers").glob("*.yaml"))
    return tuple(_source_pack(path, path.stem, ()) for path in paths)


def _source_pack(path: Path, name: str, extra: tuple[str, ...]) -> SourcePack:
    data = load_yaml(path)
    blocks = dict(data.get("features") or {})
    if extra:
        from converter.packs.user_rows import add_source_rows

        blocks = add_source_rows(name, blocks, extra)
    features = {key: _source_feature(key, block) for key, block in blocks.items()}
    families = {key: tuple(value) for key, value in (data.get("families") or {}).items()}
    foreign = frozenset(data.get("foreign") or ())
    return SourcePack(data["source"], tuple(data.get("prefixes") or ()), families, features, path, foreign)


def _source_feature(name: str, block: dict[str, Any]) -> SourceFeature:
    invalid = block.get("invalid", "drop")
    fields = {}
    for key, row in block["fields"].items():
        values = {"invalid": invalid, "family": block.get("family", "")} | dict(row)
        values.setdefault("no_effect", block.get("no_effect", ""))
        values["off"] = tuple(values.get("off", ()))
        if "fidelity" in values:
            values["fidelity"] = Fidelity(values["fidelity"])
        fields[key] = SourceField(name, key, **values)
    return SourceFeature(name, fields, block.get("switch", ""))


_pack_folders: list[Path] = []
"""Where packs of targets stand that were registered (`targets/registry.py`)."""


def add_pack_folder(folder: Path) -> None:
    """Look for target packs in another folder, too."""
    if folder not in _pack_folders:
        _pack_folders.append(folder)


def remove_pack_folder(folder: Path) -> None:
    """Forget a folder of `add_pack_folder`."""
    _pack_folders.remove(folder)


def target_pack_files() -> dict[str, Path]:
    """The files of all target packs by the names of the packs; shipped ones cannot be replaced."""
    folders = (*reversed(_pack_folders), mappings_dir() / "targets")
    return {path.stem: path for folder in folders for path in sorted(folder.glob("*.yaml"))}


@lru_cache
def target_pack(name: str, extra: tuple[str, ...] = ()) -> TargetPack:
    """The target pack of this name, laid over the one that it extends. Raises PackError where there is none."""
    path = target_pack_files().get(name)
    if path is None:
        raise PackError(f"there is no target pack {name}")
    data = load_yaml(path)
    base = target_pack(data["extends"]) if data.get("extends") else TargetPack(name, {}, {})
    settings = base.settings | (data.get("settings") or {})
    rows = dict(base.rows)
    for feature, row in (data.get("features") or {}).items():
        rows[feature] = _target_row(feature, row)
    pack = TargetPack(
        name,
        rows,
        settings,
        data.get("version", ""),
        tuple(data.get("schemas") or base.schemas),
        base.capabilities.extended(data.get("capabilities") or {}),
        data.get("extends", ""),
    )
    if extra:
        from converter.packs.user_rows import target_rows

        known = pack.extends if pack.is_older else name
        rows.update({key: _target_row(key, row) for key, row in target_rows(known, rows, extra).items()})
    return pack


def target_pack_name(target: str) -> str:
    """The pack of a target as a user names it (`envoy-gateway@1.7`)."""
    name, _, version = target.partition("@")
    return name if version in ("", target_pack(name).version) else f"{name}-{version}"


def _target_row(feature: str, row: dict[str, Any]) -> TargetRow:
    fields = {key: _target_row(feature, sub) for key, sub in (row.get("fields") or {}).items()}
    return TargetRow(
        feature,
        Fidelity(row["fidelity"]),
        row.get("using", ""),
        row.get("args") or {},
        row.get("note", ""),
        row.get("hint", ""),
        fields,
        tuple(row.get("with") or ()),
    )
