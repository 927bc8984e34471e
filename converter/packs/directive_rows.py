"""The rows of nginx's directives (`mappings/nginx-directives.yaml`)."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from converter.packs.features import load_yaml, mappings_dir

PROTECTING, INERT = "snippet", "header-snippet"
"""The features of raw configuration that may refuse requests, and of such that cannot."""


class DirectiveRows(NamedTuple):
    """What is known of directives, whatever the target is."""

    inert: frozenset[str]
    """Those that refuse no request."""
    inert_with: dict[str, list[str]]
    """Those that refuse none with these arguments."""
    blocks: frozenset[str]
    """Blocks that refuse none of themselves."""
    set_in_locations: dict[str, str]
    """Those that the controller writes into every location, and the annotation that sets each."""
    converted: dict[str, str]
    """Those that become fields on Envoy Gateway, and which."""


@lru_cache(maxsize=1)
def directive_rows() -> DirectiveRows:
    """The rows, read once."""
    data = load_yaml(mappings_dir() / "nginx-directives.yaml")
    return DirectiveRows(
        frozenset(name for names in data["inert"].values() for name in names),
        data["inert_with"],
        frozenset(data["blocks"]),
        data["set_in_locations"],
        data["converted"],
    )
