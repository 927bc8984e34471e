"""`ing2gw.yaml`: what a team sets once, at the root of its repository; unknown keys are refused with their line."""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

NAME = "ing2gw.yaml"


class ConfigError(ValueError):
    """A configuration that cannot be used; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Waiver:
    """Somebody accepts findings of a code, for an object or a path, for a reason, until a day."""

    code: str
    reason: str
    object: str = ""
    """`namespace/name`; both may hold `*`."""
    path: str = ""
    """A pattern for the file; `**` crosses folders."""
    until: datetime.date | None = None
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Config:
    """The file's content: command-line options by their long name, the usual input, and waivers."""

    path: Path | None = None
    sources: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)
    waivers: tuple[Waiver, ...] = ()


class _Node(NamedTuple):
    """A value with the lines of its keys."""

    value: Any
    line: int


def find(start: Path) -> Path | None:
    """The nearest `ing2gw.yaml`, from here up to the root of the repository; outside of one, only here."""
    start = start.absolute()
    folders = [start, *start.parents]
    root = next((number for number, folder in enumerate(folders) if (folder / ".git").exists()), 0)
    found = next((folder / NAME for folder in folders[:root + 1] if (folder / NAME).is_file()), None)
    return Path(os.path.relpath(found, start)) if found else None


def load(path: Path) -> Config:
    """Read and check it."""
    top = _compose(path)
    if top.value is None:
        return Config(path)
    entries = _mapping(top, path, "the configuration")
    values: dict[str, Any] = {}
    sources: tuple[str, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    for key, node in entries.items():
        if key not in _KEYS:
            raise ConfigError(f"{path}:{node.line}: unknown key {key!r}{_near(key, _KEYS)}")
        value = _KEYS[key](node, path, key)
        if key == "sources":
            sources = tuple(value)
        elif key == "waivers":
            waivers = value
        else:
            values[key] = value
    return Config(path, sources, values, waivers)


def _near(key: str, known: Mapping[str, Any]) -> str:
    import difflib

    found = difflib.get_close_matches(key, known, 1)
    return f"; did you mean {found[0]!r}?" if found else f"; known are {', '.join(sorted(known))}"


def _compose(path: Path) -> _Node:
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import SafeConstructor
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    yaml = YAML(typ="safe", pure=True)
    try:
        text = path.read_text(encoding="utf-8")
        node = yaml.compose(text)
        return _plain(node, SafeConstructor(loader=yaml)) if node is not None else _Node(None, 1)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ConfigError(f"{path}:{line}: not YAML: {error.problem or error.context}") from None
    except (YAMLError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise ConfigError(f"{path}: cannot be read: {error}") from None


def _plain(node: Any, constructor: Any) -> _Node:
    line = node.start_mark.line + 1
    if node.id == "mapping":
        pairs = {}
        for key, value in node.value:
            pairs[str(key.value)] = _Node(_plain(value, constructor).value, key.start_mark.line + 1)
        return _Node(pairs, line)
    if node.id == "sequence":
        return _Node([_plain(item, constructor) for item in node.value], line)
    return _Node(constructor.construct_object(node), line)


def _mapping(node: _Node, path: Path, what: str) -> dict[str, _Node]:
    if not isinstance(node.value, dict):
        raise ConfigError(f"{path}:{node.line}: {what} must be a mapping")
    return node.value


def _text(node: _Node, path: Path, key: str) -> str:
    if not isinstance(node.value, str) or not node.value:
        raise ConfigError(f"{path}:{node.line}: {key} must be a text")
    return node.value


def _flag(node: _Node, path: Path, key: str) -> bool:
    if not isinstance(node.value, bool):
        raise ConfigError(f"{path}:{node.line}: {key} must be true or false")
    return node.value


def _texts(node: _Node, path: Path, key: str) -> list[str]:
    if isinstance(node.value, str):
        return [node.value]
    if not isinstance(node.value, list):
        raise ConfigError(f"{path}:{node.line}: {key} must be a list of texts")
    return [_text(item, path, key) for item in node.value]


def _place(node: _Node, path: Path, key: str) -> str:
    """A path, relative to the configuration file."""
    return _beside(path, _text(node, path, key))


def _places(node: _Node, path: Path, key: str) -> list[str]:
    return [_beside(path, text) for text in _texts(node, path, key)]


def _beside(path: Path, text: str) -> str:
    return str(path.parent / text) if text != "-" else text


def _ports(node: _Node, path: Path, key: str) -> Any:
    """A file, or the mapping itself."""
    if isinstance(node.value, str):
        return _beside(path, node.value)
    ports: dict[str, dict[str, int]] = {}
    for service, entry in _mapping(node, path, key).items():
        ports[service] = {name: port.value for name, port in _mapping(entry, path, service).items()}
        for name, port in ports[service].items():
            if not isinstance(port, int) or isinstance(port, bool) or not 0 < port < 65536:
                raise ConfigError(f"{path}:{entry.line}: port {name!r} of {service!r} must be a number from 1 to 65535")
    return ports


def _waivers(node: _Node, path: Path, key: str) -> tuple[Waiver, ...]:
    if not isinstance(node.value, list):
        raise ConfigError(f"{path}:{node.line}: {key} must be a list")
    return tuple(_waiver(item, path) for item in node.value)


def _waiver(node: _Node, path: Path) -> Waiver:
    entries = _mapping(node, path, "a waiver")
    known = {"code": "", "object": "", "path": "", "reason": "", "until": ""}
    for name, entry in entries.items():
        if name not in known:
            raise ConfigError(f"{path}:{entry.line}: unknown key {name!r} of a waiver{_near(name, known)}")
    for name in ("code", "reason"):
        if name not in entries:
            raise ConfigError(f"{path}:{node.line}: a waiver needs {name!r}")
    until = entries.pop("until", None)
    if until is not None and type(until.value) is not datetime.date:
        raise ConfigError(f"{path}:{until.line}: until must be a day, as 2027-01-31")
    texts = {name: _text(entry, path, name) for name, entry in entries.items()}
    return Waiver(**texts, until=until.value if until else None, file=str(path), line=node.line)


_KEYS: dict[str, Callable[[_Node, Path, str], Any]] = {
    "sources": _places, "waivers": _waivers, "from": _text, "to": _text, "strict": _flag, "parity": _flag,
    "gateway": _text, "gateway-class": _text, "gateway-namespace": _text, "namespace": _text, "service-ports": _ports,
    "mappings": _places, "alb-domain": _text, "annotations-prefix": _text, "allow-unprotected": _flag,
    "l4": _text, "listeners": _text,
    "preset": _text, "crds": _place, "provenance": _flag, "output": _place, "layout": _text, "report": _texts,
    "fail-on": _text, "baseline": _place,
}


def service_ports(path: Path) -> dict[str, dict[str, int]]:
    """A file of its own with port numbers: `namespace/service: {name: number}`."""
    ports: dict[str, dict[str, int]] = _ports(_compose(path), path, "the file")
    return ports
