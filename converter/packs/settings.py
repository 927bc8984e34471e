"""Annotations of one Ingress to features, by the rows of a source pack; nothing is left over unnoticed."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Mapping
from dataclasses import field
from functools import lru_cache
from typing import Any

from converter.model import Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.packs.codecs import CODECS, CodecError
from converter.packs.controllers import controllers, foreign_names, names_of, settings_of
from converter.packs.features import protects
from converter.packs.load import SourceFeature, SourceField, SourcePack
from converter.reading.inventory import Ingress
from converter.routing.table import Feature


@dataclass(slots=True)
class Setting:
    """One feature as an Ingress sets it: parsed values and the annotation that each comes from."""

    name: str
    values: dict[str, Any] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)

    def get(self, key: str, default: Any = None) -> Any:
        """A field's value, or the default where it is not set."""
        return self.values.get(key, default)

    def facts(self, *keys: str) -> tuple[Origin, ...]:
        """The origins of these fields (of all, if none is named)."""
        if not keys:
            return tuple(self.origins.values())
        return tuple(self.origins[key] for key in keys if key in self.origins)

    def feature(self, value: Any = None, note: str = "") -> Feature:
        """As a Feature of a rule; without a value it carries the plain values."""
        return Feature(self.name, self.values if value is None else value, self.facts(), note)


@dataclass(slots=True)
class SettingProblem:
    """A value that the controller refuses; `policy` as in SourceField.invalid."""

    policy: str
    origin: Origin
    message: str
    field: SourceField


@dataclass(slots=True)
class Settings:
    """All features of an Ingress."""

    by_name: dict[str, Setting] = field(default_factory=dict)
    problems: list[SettingProblem] = field(default_factory=list)

    def get(self, feature: str) -> Setting:
        """The feature's setting; an empty one where no annotation sets it."""
        return self.by_name.get(feature) or _unset(feature)

    def value(self, feature: str, key: str, default: Any = None) -> Any:
        """One field of one feature."""
        setting = self.by_name.get(feature)
        return default if setting is None else setting.values.get(key, default)

    def __contains__(self, feature: str) -> bool:
        return feature in self.by_name

    def rest(self, taken: Container[str]) -> tuple[Feature, ...]:
        """Features that the source gave no meaning of its own, as plain data for the target's rows."""
        return tuple(setting.feature() for name, setting in self.by_name.items() if name not in taken)


@lru_cache(maxsize=512)
def _unset(feature: str) -> Setting:
    """That of all Ingresses that do not set a feature; nobody writes into it."""
    return Setting(feature)


def read_settings(
    ingress: Ingress,
    pack: SourcePack,
    ledger: Ledger,
    variables: Mapping[str, str] | None = None,
    annotations: Mapping[str, Origin] | None = None,
) -> Settings:
    """Read every annotation that the pack knows and settle those under its prefixes that it does not.

    `variables` fill `{name}` in the pack's prefixes and keys (`{domain}`, `{rule}`, `{path}`). `annotations` replaces
    the Ingress' own (for annotations of a Service). A value that the controller drops is settled here.
    """
    facts = annotations if annotations is not None else {key: ingress.annotation(key) for key in ingress.annotations}
    table = key_table(pack, variables or {})
    settings = Settings()
    winners: dict[tuple[str, str], tuple[int, Origin, SourceField]] = {}
    for key, origin in facts.items():
        found = table.get(key)
        if found is None:
            continue
        rank, row = found
        previous = winners.get((row.feature, row.name))
        if previous is not None and previous[0] <= rank:
            _overridden(ledger, origin, previous[1], row)
            continue
        if previous is not None:
            _overridden(ledger, previous[1], origin, row)
        winners[row.feature, row.name] = (rank, origin, row)
    for rank_origin_row in winners.values():
        _take(settings, ledger, rank_origin_row[1], rank_origin_row[2])
    _switch_off(settings, pack, ledger)
    return settings


_TABLES: dict[tuple[int, tuple[tuple[str, str], ...]], dict[str, tuple[int, SourceField]]] = {}


def key_table(pack: SourcePack, variables: Mapping[str, str]) -> dict[str, tuple[int, SourceField]]:
    """Annotation key -> (rank in its family, 0 wins; row)."""
    cache = (id(pack), tuple(sorted(variables.items())))
    if cache not in _TABLES:
        table = {}
        for feature in pack.features.values():
            for row in feature.fields.values():
                for rank, key in enumerate(_keys(pack, row, variables)):
                    table[key] = (rank, row)
        _TABLES[cache] = table
    return _TABLES[cache]


def _keys(pack: SourcePack, row: SourceField, variables: Mapping[str, str]) -> list[str]:
    prefixes: tuple[str, ...] = ("",)
    if row.family:
        prefixes = pack.families[row.family]
    elif "/" not in row.annotation:
        prefixes = pack.prefixes[:1]
    keys = []
    for prefix in prefixes:
        text = prefix + row.annotation
        for name, value in variables.items():
            text = text.replace(f"{{{name}}}", value)
        keys.append(text)
    return keys


def _take(settings: Settings, ledger: Ledger, origin: Origin, row: SourceField) -> None:
    if row.fidelity is not None:
        ledger.settle(origin, Outcome(f"{row.feature}.no-effect", row.fidelity, row.note or row.means), row.feature)
        return
    try:
        value = CODECS[row.type](origin.value)
    except CodecError as error:
        settings.problems.append(SettingProblem(row.invalid, origin, str(error), row))
        if row.invalid == "drop":
            ledger.settle(origin, _dropped(row, str(error)), row.feature, protects(row.feature))
        return
    setting = settings.by_name.setdefault(row.feature, Setting(row.feature))
    setting.values[row.name], setting.origins[row.name] = value, origin


def _dropped(row: SourceField, message: str) -> Outcome:
    words = f"{message}; the controller ignores the annotation, so its default applies, before and after"
    return Outcome.obsolete("value.invalid", words, "correct the value or remove the annotation")


def _overridden(ledger: Ledger, loser: Origin, winner: Origin, row: SourceField) -> None:
    words = f"has no effect beside {winner.key}, which comes first"
    ledger.settle(loser, Outcome.obsolete("annotation.overridden", words), row.feature)


def _switch_off(settings: Settings, pack: SourcePack, ledger: Ledger) -> None:
    for name in list(settings.by_name):
        feature: SourceFeature = pack.features[name]
        if feature.switch and not settings.by_name[name].values.get(feature.switch):
            switch = feature.fields[feature.switch].annotation
            for origin in settings.by_name.pop(name).origins.values():
                words = f"has no effect: {switch} does not turn the feature on"
                ledger.settle(origin, Outcome.obsolete("feature.off", words), name)


def settle_unknown(ledger: Ledger, origins: Iterable[Origin], prefixes: Iterable[str], known: Iterable[str]) -> None:
    """Annotations under a controller's own prefix that no row knows: unknown, with the name that was meant."""
    heads, keys = tuple(prefixes), tuple(known)
    for origin in origins:
        if origin.key.startswith(heads):
            foreign = _foreign(origin.key)
            if foreign:
                ledger.settle(origin, Outcome.obsolete("annotation.other-controller", foreign), "metadata")
                continue
            words = "no such annotation is known for this controller; it may protect something"
            ledger.settle(origin, Outcome.unknown("annotation.unknown", words, _meant(origin.key, keys)))


def _foreign(key: str) -> str:
    """Why a name of another controller's annotation has no effect; "" where it is none of those."""
    for controller in controllers():
        prefix, _ = names_of(controller)
        if key.startswith(prefix):
            return foreign_names(controller).get(key[len(prefix) :], "")
    return ""


def _meant(key: str, known: tuple[str, ...]) -> str:
    head, _, name = key.partition("/")
    for controller in controllers():
        prefix, misnomers = names_of(controller)
        if key.startswith(prefix):
            if name in settings_of(controller)[0]:
                return f"{name} is a key of the controller's ConfigMap and has no effect on an Ingress"
            if name in misnomers:
                return f"did you mean {head}/{misnomers[name]}?"
    near = _nearest(key, known)
    return f"did you mean {near}?" if near else "check the spelling, or add a row with --mappings"


@lru_cache(maxsize=1024)
def _nearest(key: str, known: tuple[str, ...]) -> str:
    """By what stands behind the slash: the prefix is alike for all and says nothing."""
    head, _, name = key.partition("/")
    names = [one.partition("/")[2] for one in known if one.partition("/")[0] == head]
    found = next(iter(difflib.get_close_matches(name, names, 1, 0.82)), "")
    return f"{head}/{found}" if found else ""
