"""Presets: the conventions of a platform as one choice (`mappings/presets/`)."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

from converter.model.options import Options
from converter.packs.features import load_yaml, mappings_dir
from converter.packs.load import TargetPack


def names() -> list[str]:
    """All presets."""
    return sorted(path.stem for path in (mappings_dir() / "presets").glob("*.yaml"))


@lru_cache
def preset(name: str) -> dict[str, Any]:
    """The preset of this name; an empty one for ""."""
    found: dict[str, Any] = load_yaml(mappings_dir() / "presets" / f"{name}.yaml") if name else {}
    return found


def with_preset(options: Options) -> Options:
    """The options with what the preset says where nothing else was chosen."""
    if not options.preset:
        return options
    said, plain = preset(options.preset), Options()
    target = said["target"] if options.target == plain.target else options.target
    return replace(options, target=target, gateway_class=options.gateway_class or said["gateway_class"])


def settled_pack(pack: TargetPack, name: str) -> TargetPack:
    """The target pack with the settings of a preset laid over its own."""
    return replace(pack, settings=pack.settings | preset(name)["settings"]) if name else pack
