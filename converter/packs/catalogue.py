"""What the packs know, as rows to be shown: annotation, feature, and what becomes of it per target."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.model import Fidelity
from converter.model.options import DEFAULT_TARGET
from converter.packs.features import all_features, feature_catalogue, load_yaml, mappings_dir
from converter.packs.load import (
    SourceField,
    SourcePack,
    TargetPack,
    TargetRow,
    consumer_packs,
    source_pack,
    target_pack,
    target_pack_files,
)


def sentences(*parts: str) -> str:
    """A note and a hint as one text."""
    return ". ".join(part.rstrip(".") for part in parts if part)


class TargetSupport(NamedTuple):
    """What becomes of an annotation or feature on one target."""

    target: str
    fidelity: Fidelity
    note: str
    hint: str


class KnownAnnotation(NamedTuple):
    """One annotation of one source."""

    source: str
    keys: tuple[str, ...]
    field: SourceField
    fates: tuple[TargetSupport, ...]

    @property
    def key(self) -> str:
        return self.keys[0]


class KnownObjectField(NamedTuple):
    """A field, label or annotation of a controller's own kind of object."""

    source: str
    kind: str
    path: str
    """Dotted path of the field."""
    means: str
    feature: str
    fidelity: Fidelity | None
    """Set where the row alone decides; else the feature does."""
    note: str
    hint: str

    @property
    def names(self) -> tuple[str, ...]:
        """The path, without `spec.` too, or the key of the label or annotation."""
        for start in ("metadata.annotations.", "metadata.labels."):
            if self.path.startswith(start):
                return (self.path, self.path.removeprefix(start))
        return (self.path, self.path.removeprefix("spec."))


class KnownFeature(NamedTuple):
    """One feature, with the annotations that set it, by source."""

    name: str
    meaning: str
    protects: bool
    annotations: dict[str, list[KnownAnnotation]]
    fates: tuple[TargetSupport, ...]


def sources() -> list[str]:
    """Names of the sources."""
    return sorted({pack.source for pack in _packs()})


def _packs(extra: tuple[str, ...] = ()) -> list[SourcePack]:
    own = [source_pack(path.stem, extra) for path in sorted((mappings_dir() / "sources").glob("*.yaml"))]
    return [*own, *consumer_packs()]


def targets() -> list[str]:
    """Names of the targets in their newest version, the default one first."""
    names = [name for name in target_pack_files() if not target_pack(name).is_older]
    return sorted(names, key=lambda name: (name != DEFAULT_TARGET, name))


def packs() -> list[str]:
    """Names of all target packs; older versions end in their number."""
    return sorted(target_pack_files())


def known_annotations(extra: tuple[str, ...] = ()) -> Iterator[KnownAnnotation]:
    """Every annotation of every source, in the packs' order. `extra`: files of `--mappings`."""
    packs = _packs(extra)
    found = [target_pack(name, extra) for name in targets()]
    for pack in packs:
        for feature in pack.features.values():
            for row in feature.fields.values():
                fates = tuple(_target_support(target, row.feature, row) for target in found)
                yield KnownAnnotation(pack.source, keys_of(pack, row), row, fates)


def known_features(extra: tuple[str, ...] = ()) -> list[KnownFeature]:
    """Every feature of the catalogue, in its order. `extra`: files of `--mappings`."""
    by_feature: dict[str, dict[str, list[KnownAnnotation]]] = {}
    for one in known_annotations(extra):
        by_feature.setdefault(one.field.feature, {}).setdefault(one.source, []).append(one)
    found = [target_pack(name, extra) for name in targets()]
    return [
        KnownFeature(
            name,
            entry["meaning"],
            bool(entry.get("protects")),
            by_feature.get(name, {}),
            tuple(_target_support(target, name, None) for target in found),
        )
        for name, entry in (all_features() if extra else feature_catalogue()).items()
    ]


def known_object_fields() -> list[KnownObjectField]:
    """Every field of the kinds of objects that a controller brings along."""
    out = []
    for path in sorted((mappings_dir() / "sources").glob("*.yaml")):
        data = load_yaml(path)
        for kind, rows in (data.get("objects") or {}).items():
            out += [_object_field(data["source"], kind, field, row) for field, row in rows.items()]
    return out


def _object_field(source: str, kind: str, field: str, row: dict[str, Any]) -> KnownObjectField:
    fidelity = Fidelity(row["fidelity"]) if "fidelity" in row else None
    text = (row["means"], row.get("feature", ""))
    return KnownObjectField(source, kind, field, *text, fidelity, row.get("note", ""), row.get("hint", ""))


def fates_of(feature: str) -> tuple[TargetSupport, ...]:
    """What becomes of a feature on each target."""
    return tuple(_target_support(target_pack(name), feature, None) for name in targets())


def keys_of(pack: SourcePack, row: SourceField) -> tuple[str, ...]:
    """The whole keys of a row, highest precedence first."""
    if row.family:
        return tuple(f"{prefix}{row.annotation}" for prefix in pack.families[row.family])
    return (row.annotation,) if "/" in row.annotation else (f"{(*pack.prefixes, '')[0]}{row.annotation}",)


def _target_support(target: TargetPack, feature: str, field: SourceField | None) -> TargetSupport:
    row = target.rows.get(feature)
    if row is None:
        return TargetSupport(target.target, Fidelity.UNKNOWN, "", "")
    return _of_row(target.target, row.fields.get(field.name, row) if field else row, field)


def _of_row(target: str, row: TargetRow, field: SourceField | None) -> TargetSupport:
    if field is not None and field.fidelity is not None:
        return TargetSupport(target, field.fidelity, field.note, "")
    return TargetSupport(target, row.fidelity, row.note, row.hint)


def links(source: str, feature: str) -> list[str]:
    """Where the controller and the target describe a feature themselves; `source` may be ""."""
    known = load_yaml(mappings_dir() / "links.yaml")
    found = (known["sources"].get(source), known["features"].get(feature))
    return [address for address in found if address]
