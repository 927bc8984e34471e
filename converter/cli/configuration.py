"""`ing2gw.yaml`: what a team sets once, at the root of its repository; unknown keys are refused with their place."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from converter.acceptance.decisions import Exposure, Waiver
from converter.model.data import dataclass
from converter.reading.option_file import ConfigError, Field, read_option_file
from converter.reading.positioned import At

NAME = "ing2gw.yaml"

__all__ = ["NAME", "Config", "ConfigError", "Exposure", "Waiver", "find", "load"]


@dataclass(frozen=True, slots=True)
class Config:
    """The file's content: command-line options by their long name, the usual input, waivers and exposures."""

    path: Path | None = None
    sources: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()
    exposures: tuple[Exposure, ...] = ()
    places: Mapping[str, At] = field(default_factory=dict)
    """Line and column of each key."""
    found: bool = False
    """It was found and not named: whoever wrote the repository chose it, not the user."""

    def place(self, key: str) -> str:
        """`ing2gw.yaml:3:1` of a key."""
        line, column = self.places.get(key, (1, 1))
        return f"{self.path}:{line}:{column}"


def find(start: Path) -> Path | None:
    """The nearest `ing2gw.yaml`, from here up to the root of the repository; outside of one, only here."""
    start = start.absolute()
    folders = [start, *start.parents]
    root = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    found = next((folder / NAME for folder in folders[: root + 1] if (folder / NAME).is_file()), None)
    return Path(os.path.relpath(found, start)) if found else None


def load(path: Path, *, found: bool = False) -> Config:
    """Read and check it. `found`: nobody has named it.

    Raises:
        ConfigError: It cannot be used.
    """
    top = read_option_file(path)
    if top.value is None:
        return Config(path, found=found)
    values: dict[str, Any] = {}
    entries = Field(path, "the configuration", top.value, top.at).mapping()
    for key, entry in entries.items():
        if key in _INSTEAD:
            raise entry.refuse(_INSTEAD[key])
        if key not in _KEYS:
            raise entry.unknown(_KEYS)
        values[key] = _KEYS[key](entry)
    return Config(
        path,
        tuple(values.pop("sources", ())),
        values,
        values.pop("waivers", ()),
        values.pop("expose-unprotected", ()),
        {key: entry.at for key, entry in entries.items()},
        found,
    )


def _place(entry: Field) -> str:
    """A path, relative to the configuration file."""
    return _beside(entry.file, entry.text())


def _places(entry: Field) -> list[str]:
    return [_beside(entry.file, text) for text in entry.texts()]


def _beside(path: Path, text: str) -> str:
    return str(path.parent / text) if text != "-" else text


def _reports(entry: Field) -> list[str]:
    """`FORMAT[:FILE]`, the file relative to the configuration file."""
    out = []
    for text in entry.texts():
        name, colon, file = text.partition(":")
        out.append(f"{name}:{_beside(entry.file, file)}" if file else f"{name}{colon}")
    return out


def _ports(entry: Field) -> Any:
    """A file, or the mapping itself."""
    from converter.reading.service_ports import service_ports

    return _beside(entry.file, entry.text()) if isinstance(entry.value, str) else service_ports(entry)


def _waivers(entry: Field) -> tuple[Waiver, ...]:
    return tuple(_waiver(item) for item in entry.items())


def _waiver(item: Field) -> Waiver:
    entries = _entries(item, "a waiver", ("code", "reason"), ("object", "path", "until"))
    until = entries.pop("until", None)
    texts = {name: entry.text() for name, entry in entries.items()}
    return Waiver(**texts, until=until.day() if until else None, file=str(item.file), line=item.at[0])


def _exposures(entry: Field) -> tuple[Exposure, ...]:
    return tuple(_exposure(item) for item in entry.items())


def _exposure(item: Field) -> Exposure:
    entries = _entries(item, "an entry of expose-unprotected", ("object", "code", "reason", "until"), ())
    until = entries.pop("until").day()
    for name in ("object", "code"):
        if any(char in entries[name].text() for char in "*?["):
            raise entries[name].refuse(f"{name} must be exact: patterns cannot expose anything")
    if entries["object"].text().count("/") != 1:
        raise entries["object"].refuse("object must be namespace/name")
    texts = {name: entry.text() for name, entry in entries.items()}
    return Exposure(**texts, until=until, file=str(item.file), line=item.at[0])


def _entries(item: Field, what: str, needed: tuple[str, ...], more: tuple[str, ...]) -> dict[str, Field]:
    """The fields of an item that must have some and may have others."""
    entries = Field(item.file, what, item.value, item.at).mapping()
    for name, entry in entries.items():
        if name not in (*needed, *more):
            raise entry.unknown((*needed, *more), f" of {what}")
    for name in needed:
        if name not in entries:
            raise item.refuse(f"{what} needs {name!r}")
    return entries


_KEYS: dict[str, Callable[[Field], Any]] = {
    "sources": _places,
    "waivers": _waivers,
    "expose-unprotected": _exposures,
    "from": Field.text,
    "to": Field.text,
    "complete": Field.flag,
    "strict": Field.flag,
    "parity": Field.flag,
    "gateway": Field.text,
    "gateway-class": Field.text,
    "gateway-namespace": Field.text,
    "namespace": Field.text,
    "service-ports": _ports,
    "mappings": _places,
    "alb-domain": Field.text,
    "annotations-prefix": Field.text,
    "l4": Field.text,
    "listeners": Field.text,
    "allowed-namespaces": Field.text,
    "preset": Field.text,
    "crds": _place,
    "provenance": Field.flag,
    "comments": Field.flag,
    "output": _place,
    "layout": Field.text,
    "kustomize": Field.flag,
    "staging-domain": Field.text,
    "report": _reports,
    "fail-on": Field.text,
    "baseline": _place,
}
_INSTEAD = {
    "allow-unprotected": "allow-unprotected is a switch of the command line, for trials; list what is to be "
    "served without its "
    "protection under expose-unprotected",
}
