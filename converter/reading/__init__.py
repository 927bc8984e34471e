"""Reading: files in, an inventory with positions out; whatever is wrong with a document costs that document alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from converter.model import ObjectStatus
    from converter.model.ledger import Ledger
    from converter.model.options import Options
    from converter.reading.inventory import Inventory

__all__ = ["read"]


def read(
    paths: Sequence[str],
    options: Options,
    ledger: Ledger,
    stdin: BinaryIO | None = None,
) -> tuple[Inventory, list[ObjectStatus]]:
    """Everything that the files hold, and the Ingresses among it that could not be taken in.

    `Inventory.inputs` has one line a file. Nothing that a file holds makes this raise.
    """
    from converter.reading.files import read_files

    return read_files(paths, options, ledger, stdin)
