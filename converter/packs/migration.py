"""What migrations of an estate have in common, by controller and consumer (`mappings/migration/`)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from converter.packs.features import load_yaml, mappings_dir

Rows = dict[str, Any]


@lru_cache
def _file(name: str) -> Rows:
    data: Rows = load_yaml(mappings_dir() / "migration" / f"{name}.yaml")
    return data


def controller_steps(controller: str) -> Rows:
    """What is particular to a controller: workload, side-by-side, roll-back, clean-up."""
    found: Rows = _file("controllers")["controllers"].get(controller, {})
    return found


def tool_marks() -> Rows:
    """Marks of tools that apply objects: annotations and labels -> tool."""
    return _file("owners")


def dns_settings() -> Rows:
    """What external-dns reads, and by which flags and annotations."""
    found: Rows = _file("dns")["external-dns"]
    return found


def metric_signals() -> list[Rows]:
    """What to watch: signals with the query before and after."""
    found: list[Rows] = _file("metrics")["signals"]
    return found


def metric_notes(name: str) -> list[str]:
    """What holds of all queries of a controller or target."""
    found: list[str] = _file("metrics")["notes"].get(name, [])
    return found


def step_row(name: str) -> Rows:
    """Kind, title and sentences of a step."""
    found: Rows = _file("steps")["steps"][name]
    return found


def staging_settings() -> Rows:
    """What a second set of Gateways and routes must not share with the first one."""
    return _file("staging")


def issuer_annotations() -> list[str]:
    """Annotations by which cert-manager makes Certificates for an Ingress."""
    found: list[str] = _file("certificates")["issuers"]
    return found
