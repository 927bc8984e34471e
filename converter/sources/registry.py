"""The sources by name, imported when first asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from importlib import import_module
from typing import NamedTuple, cast

from converter.sources.contract import Claimant, Source


class Registration(NamedTuple):
    """What is known of a source before it is loaded.

    Attributes:
        module: Offers the names of `contract.Source`; its module `claim` those of `contract.Claimant`.
        own_kinds: Kinds of resources that the source converts even where no Ingress is its own.
        is_controller: It stands for a controller, and may claim Ingresses. Annotations that a controller leaves
            unclaimed are settled as such; a source that is none says nothing of them.
        status_without_rules: What the controller responds with where it serves none of the Ingresses; 0: nothing
            listens.
    """

    module: str
    own_kinds: tuple[str, ...] = ()
    is_controller: bool = True
    status_without_rules: int = 0


SOURCES: dict[str, Registration] = {
    "ingress-nginx": Registration(
        "converter.sources.ingress_nginx",
        own_kinds=("Deployment", "DaemonSet", "ConfigMap"),
        status_without_rules=404,
    ),
    "alauda-alb": Registration(
        "converter.sources.alauda_alb", own_kinds=("ALB2", "Frontend", "Rule", "TimeoutPolicy", "Gateway")
    ),
    "aws-alb": Registration("converter.sources.aws_alb"),
    "generic": Registration("converter.sources.generic", is_controller=False),
}
"""By the names that `--from` takes. Controllers are asked for their claims in this order."""


class UnknownSourceError(ValueError):
    """There is no source of this name.

    Attributes:
        known: The names that there are.
    """

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"unknown source {name!r}; known sources: {', '.join(known)}")
        self.known = tuple(known)


def controllers() -> list[str]:
    """Names of the sources that stand for a controller."""
    return [name for name, known in SOURCES.items() if known.is_controller]


@lru_cache
def claimant(name: str) -> Claimant:
    """Who says which Ingresses are this controller's. Raises UnknownSourceError."""
    return cast(Claimant, import_module(f"{_registration(name).module}.claim"))


@lru_cache
def source(name: str) -> Source:
    """The source of this name. Raises UnknownSourceError."""
    return cast(Source, import_module(_registration(name).module))


def _registration(name: str) -> Registration:
    if name not in SOURCES:
        raise UnknownSourceError(name, tuple(SOURCES))
    return SOURCES[name]
