"""The generic source claims nothing by itself and refuses nothing: `--from generic` says that the spec counts."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.contract import Claim


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """Never of its own accord."""
    return None


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Every Ingress is taken."""
    return ""
