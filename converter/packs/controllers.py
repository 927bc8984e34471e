"""What controllers read of their own configuration: keys of a ConfigMap and flags (`mappings/controllers/`)."""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import Any, NamedTuple

from converter.model import ASPECTS, Fidelity, Outcome
from converter.model.data import dataclass
from converter.model.request_kind import EVERY_REQUEST, parse_kind
from converter.packs.features import load_yaml, mappings_dir


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One key of a ConfigMap or one flag (with its dashes in `key`)."""

    key: str
    means: str
    default: str | None = None
    read: bool = False
    """It decides what is converted, and needs no field of its own."""
    joins: str = ""
    """The key whose setting it is a part of."""
    config_map: str = ""
    """The feature whose headers are in the ConfigMap that the value names."""
    feature: str = ""
    name: str = ""
    """Feature of the target, and the name of the value in it."""
    type: str = "text"
    fidelity: Fidelity | None = None
    note: str = ""
    hint: str = ""
    protects: bool = False
    affects: frozenset[Any] = frozenset()
    when: str = ""
    zero: str = ""
    """What changes where the value is 0, which no field can say."""

    def outcome(self) -> Outcome:
        """What becomes of it by the row alone."""
        if self.fidelity is None:
            return Outcome.exact("config.read", f"{self.means.rstrip('.')}; the conversion goes by it")
        lossless = self.fidelity.lossless
        text = self.note or f"{self.means.rstrip('.')}: this is not converted"
        return Outcome(
            f"config.{self.fidelity.value}",
            self.fidelity,
            text,
            self.hint,
            (),
            frozenset() if lossless else self.affects,
            EVERY_REQUEST if lossless else parse_kind(self.when),
        )


@lru_cache
def foreign_names(controller: str) -> dict[str, str]:
    """Names of other controllers' annotations that have no effect under its prefix -> what to say of them."""
    data = load_yaml(mappings_dir() / "controllers" / f"{controller}.yaml")
    return dict(data.get("foreign") or {})


@lru_cache
def names_of(controller: str) -> tuple[str, dict[str, str]]:
    """The prefix of its annotations, and names that people write there -> the name that was meant."""
    data = load_yaml(mappings_dir() / "controllers" / f"{controller}.yaml")
    return data["prefix"], dict(data.get("misnomers") or {})


class Topic(NamedTuple):
    """Rows that belong together: one file of a controller's folder."""

    title: str
    config: dict[str, SettingRow]
    flags: dict[str, SettingRow]
    values: dict[str, SettingRow]
    """Of the controller's Helm chart, by their dotted path; a row holds for all below it."""


@lru_cache
def topics_of(controller: str) -> tuple[Topic, ...]:
    """The rows of a controller by topic, those of ConfigMap keys first."""
    found = []
    for path in sorted((mappings_dir() / "controllers" / controller).glob("*.yaml")):
        data = load_yaml(path)
        found.append(
            Topic(
                data["title"],
                {key: _row(key, row) for key, row in (data.get("config") or {}).items()},
                {key: _row(f"--{key}", row) for key, row in (data.get("flags") or {}).items()},
                {key: _row(key, row) for key, row in (data.get("values") or {}).items()},
            )
        )
    return tuple(sorted(found, key=lambda one: not one.config))


@lru_cache
def settings_of(controller: str) -> tuple[dict[str, SettingRow], dict[str, SettingRow]]:
    """The rows of a controller: keys of its ConfigMap, and flags by their name without dashes."""
    topics = topics_of(controller)
    return (
        {key: row for one in topics for key, row in one.config.items()},
        {key: row for one in topics for key, row in one.flags.items()},
    )


@lru_cache
def chart_values_of(controller: str) -> dict[str, SettingRow]:
    """The rows of values of its Helm chart."""
    return {key: row for one in topics_of(controller) for key, row in one.values.items()}


@lru_cache
def controllers() -> list[str]:
    """Names of the controllers whose own settings are known."""
    return sorted(path.stem for path in (mappings_dir() / "controllers").glob("*.yaml"))


def _row(key: str, row: dict[str, Any]) -> SettingRow:
    fidelity = Fidelity(row["fidelity"]) if "fidelity" in row else None
    loses = fidelity in (Fidelity.MANUAL, Fidelity.UNSUPPORTED)
    affects = row.get("affects", ASPECTS if loses else ())
    default = row.get("default")
    return SettingRow(
        key,
        row["means"],
        None if default is None else str(default),
        bool(row.get("read")),
        row.get("joins", ""),
        row.get("config-map", ""),
        row.get("feature", ""),
        row.get("field", ""),
        row.get("type", "text"),
        fidelity,
        row.get("note", ""),
        row.get("hint", ""),
        bool(row.get("protects")),
        frozenset(affects),
        row.get("when", ""),
        row.get("zero", ""),
    )


def unknown_setting(key: str, known: dict[str, SettingRow], kind: str) -> Outcome:
    """A key or flag that no row knows, with the nearest one."""
    near = next(iter(difflib.get_close_matches(key, list(known), 1, 0.8)), "")
    hint = f"did you mean {near}?" if near else f"check the spelling; the controller ignores a {kind} that it lacks"
    return Outcome.unknown(
        "config.unknown",
        f"no such {kind} of the controller is known; it may protect something",
        hint,
        affects=frozenset(),
    )
