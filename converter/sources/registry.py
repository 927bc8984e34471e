"""The sources by name, imported when first asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import Protocol, cast

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.contract import Claim, Source

MODULES = {
    "ingress-nginx": "converter.sources.ingress_nginx",
    "alauda-alb": "converter.sources.alauda_alb",
    "aws-alb": "converter.sources.aws_alb",
    "generic": "converter.sources.generic",
}
"""Module of each source; each offers the names of `contract.Source`."""

OWN_KINDS = {"alauda-alb": ("ALB2", "Frontend", "Rule", "TimeoutPolicy", "Gateway")}
"""Resources that a source may convert even where no Ingress is its own."""

CONTROLLERS = tuple(name for name in MODULES if name != "generic")
"""Sources that stand for a controller; `generic` reads the spec alone and claims nothing."""


class Claimant(Protocol):
    """The module `claim` of a controller, which can be asked before anything else of it is loaded."""

    def claim(self, ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
        """See `contract.Source`."""

    def refusal(self, ingress: Ingress, inventory: Inventory, options: Options) -> str:
        """See `contract.Source`."""


@lru_cache
def claimant(name: str) -> Claimant:
    """Who says which Ingresses are this controller's."""
    return cast(Claimant, import_module(f"{MODULES[name]}.claim"))


@lru_cache
def source(name: str) -> Source:
    """The source of this name; KeyError for an unknown one."""
    return cast(Source, import_module(MODULES[name]))
