"""The targets by name, imported when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from converter.model.options import Options
from converter.packs.load import (
    TargetPack,
    add_pack_folder,
    remove_pack_folder,
    target_pack,
    target_pack_files,
    target_pack_name,
)
from converter.packs.presets import settled_pack
from converter.routing.table import RoutingTable
from converter.targets.contract import Target

MODULES = {
    "envoy-gateway": "converter.targets.envoy_gateway.target",
    "aws": "converter.targets.aws.target",
    "gateway-api": "converter.targets.gateway_api.target",
}
"""Module of each target; each has a `TARGET` (`contract.Target`). The first one is the default."""

ENTRY_POINTS = "ing2gw.targets"
"""Group of entry points by which other distributions add targets; each names a function that calls `register`."""

_registered: dict[str, Target] = {}
_folders: dict[str, Path] = {}


class UnknownTargetError(ValueError):
    """There is no target of this name.

    Attributes:
        known: The names that there are.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown target {name!r}; known targets: {', '.join(known)}")
        self.known = tuple(known)


class UnknownVersionError(UnknownTargetError):
    """The target has no such version; `known` names the versions of all targets."""


def register(one: Target, packs: Path) -> None:
    """Add a target that is not part of this package.

    Args:
        one: The target.
        packs: A folder with the packs of the target: `<name>.yaml`, and `<name>-<version>.yaml` for older versions.

    Raises:
        ValueError: A target of this name exists.
    """
    if one.name in MODULES or _registered.get(one.name, one) is not one:
        raise ValueError(f"there is a target {one.name} already")
    add_pack_folder(packs)
    _registered[one.name], _folders[one.name] = one, packs


def unregister(name: str) -> None:
    """Take a registered target away again, with its packs. Raises KeyError where there is none of this name."""
    del _registered[name]
    remove_pack_folder(_folders.pop(name))


def target(name: str) -> Target:
    """The target of this name, which a version may follow (`envoy-gateway@1.7`). Raises UnknownTargetError."""
    name = name.partition("@")[0]
    if name in MODULES:
        return _shipped(name)
    if name not in _registered:
        _load_entry_points()
    if name not in _registered:
        raise UnknownTargetError(name, target_names())
    return _registered[name]


def target_names() -> list[str]:
    """Names of all targets, the default one first."""
    return [*MODULES, *sorted(_registered)]


def versions(name: str) -> list[str]:
    """The versions of a target, as `--to` takes them (`envoy-gateway@1.7`), the newest one last."""
    newest = target_pack(name).version
    older = [pack for pack in map(target_pack, target_pack_files()) if pack.is_older and pack.extends == name]
    return [f"{name}@{version}" for version in (*sorted(one.version for one in older), newest) if version]


def check_target(text: str) -> str:
    """A target and its version as a user names them, if both exist. Raises UnknownTargetError."""
    name = text.partition("@")[0]
    if name not in MODULES:
        target(name)
    if "@" in text and text not in versions(name):
        raise UnknownVersionError(text, sorted(one for known in target_names() for one in versions(known)))
    return text


def pack_of(options: Options) -> TargetPack:
    """The pack of the chosen target and version, with the settings of the preset. Raises UnknownTargetError."""
    check_target(options.target)
    return settled_pack(target_pack(target_pack_name(options.target), options.mappings), options.preset)


def read_tables(documents: Any, *, target_name: str = "envoy-gateway", **given: Any) -> list[RoutingTable]:
    """One table for each Gateway of some resources; see `Target.read`."""
    return target(target_name).read(documents, **given).tables()


@lru_cache
def _shipped(name: str) -> Target:
    return cast(Target, import_module(MODULES[name]).TARGET)


@lru_cache
def _load_entry_points() -> None:
    from importlib.metadata import entry_points  # not for the targets of this package: it takes long to load

    for point in entry_points(group=ENTRY_POINTS):
        point.load()()
