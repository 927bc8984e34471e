"""Alauda ALB: Ingresses by ALB2, Frontend and Rule, one routing table a load balancer."""

from __future__ import annotations

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack, source_pack
from converter.reading.inventory import Ingress, Inventory
from converter.sources.alauda_alb.claim import claim, refusal
from converter.sources.contract import Compiled

name = "alauda-alb"
kinds = ("ALB2", "Frontend", "Rule")
"""Custom resources that make this source run even where no Ingress is its own."""

__all__ = ["claim", "compile", "kinds", "name", "pack", "refusal"]


def pack(options: Options) -> SourcePack:
    """The annotations."""
    return source_pack(name, options.mappings)


def compile(  # noqa: A001  (the word of the contract)
    ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options
) -> Compiled:
    """One table an ALB2, or a stand-in for one that the input only speaks of."""
    from converter.sources.alauda_alb.tables import compile_all

    return compile_all(ingresses, inventory, ledger, options, source_pack(name))
