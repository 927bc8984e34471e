"""AWS Load Balancer Controller v3.5.0: Ingresses to Application Load Balancers (lbc: pkg/ingress)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.sources.aws_alb.claim import claim, refusal

if TYPE_CHECKING:
    from converter.model.ledger import Ledger
    from converter.model.options import Options
    from converter.packs.load import SourcePack
    from converter.reading.inventory import Ingress, Inventory
    from converter.sources.contract import Compiled

__all__ = ["claim", "compile", "name", "pack", "refusal"]

name = "aws-alb"


def pack(options: Options) -> SourcePack:
    """Its annotations."""
    from converter.packs.load import source_pack

    return source_pack(name, options.mappings)


def compile(  # noqa: A001  (the name of the protocol)
    ingresses: list[Ingress],
    inventory: Inventory,
    ledger: Ledger,
    options: Options,
) -> Compiled:
    """One table for each IngressGroup and each Ingress of its own; a group that the controller refuses has none."""
    from converter.sources.aws_alb.groups import compile_groups

    return compile_groups(ingresses, inventory, ledger, options)
