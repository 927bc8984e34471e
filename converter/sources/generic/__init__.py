"""Source `generic`: an Ingress as the Kubernetes documentation describes it, whatever controller it was written for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.sources.generic.claim import claim, refusal

if TYPE_CHECKING:
    from converter.model.ledger import Ledger
    from converter.model.options import Options
    from converter.packs.load import SourcePack
    from converter.reading.inventory import Ingress, Inventory
    from converter.sources.contract import Compiled

__all__ = ["claim", "compile", "name", "pack", "refusal"]

name = "generic"


def pack(options: Options) -> SourcePack:
    """No annotation means anything here; those of other tools are in the common pack."""
    from converter.packs.load import SourcePack

    return SourcePack(name, (), {}, {})


def compile(  # noqa: A001
    ingresses: list[Ingress],
    inventory: Inventory,
    ledger: Ledger,
    options: Options,
) -> Compiled:
    """One table for each class."""
    from converter.sources.generic.tables import compile_classes

    return compile_classes(ingresses, inventory, ledger, options)
