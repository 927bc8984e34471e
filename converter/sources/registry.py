"""The sources by name, imported when first asked for."""

from __future__ import annotations

from functools import lru_cache
from importlib import import_module
from typing import cast

from converter.sources.contract import Source

MODULES = {
    "ingress-nginx": "converter.sources.ingress_nginx",
    "alauda-alb": "converter.sources.alauda_alb",
    "aws-alb": "converter.sources.aws_alb",
    "generic": "converter.sources.generic",
}
"""Module of each source; each offers the names of `contract.Source`."""

CONTROLLERS = tuple(name for name in MODULES if name != "generic")
"""Sources that stand for a controller; `generic` reads the spec alone and claims nothing."""


@lru_cache
def source(name: str) -> Source:
    """The source of this name; KeyError for an unknown one."""
    return cast(Source, import_module(MODULES[name]))
