"""ingress-nginx (controller 1.15.1) as a source."""

from __future__ import annotations

from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack
from converter.reading.inventory import Ingress, Inventory
from converter.sources.contract import Compiled
from converter.sources.ingress_nginx.claim import claim, refusal
from converter.sources.ingress_nginx.served_ingress import pack_for
from converter.sources.ingress_nginx.tables import NAME, compile_tables

name = NAME

__all__ = ["claim", "compile", "name", "pack", "refusal"]


def pack(options: Options) -> SourcePack:
    """Its annotations, under the prefix that the controller was given."""
    prefix = options.annotations_prefix.rstrip("/") + "/" if options.annotations_prefix else ""
    return pack_for(prefix, True, options.mappings)


def compile(  # noqa: A001  (the name that every source offers)
    ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options
) -> Compiled:
    """Make the routing tables."""
    return compile_tables(ingresses, inventory, ledger, options)
