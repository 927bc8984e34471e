"""Gateway API and Envoy Gateway resources, read back into routing tables: what requests get once they are applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.routing.table import RoutingTable
from converter.targets.contract import Provenance
from converter.targets.gateway_api.gateway.output_signature import OutputSignature
from converter.targets.gateway_api.gateway.read import TableReader
from converter.targets.resources import Store
from converter.targets.semantics import Semantics

__all__ = ["Reading"]


class Reading:
    """Resources that are read back, all of them or without some hosts; see `contract.ReadBack`."""

    def __init__(
        self,
        documents: Iterable[Any],
        semantics: Semantics,
        *,
        provenance: Provenance | None = None,
        namespace: str = "default",
    ) -> None:
        self._reader = TableReader(Store(documents, namespace), semantics, provenance)

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """One table for each Gateway, by `namespace/name`; `without`: hosts that `written` says others stand for."""
        return self._reader.tables(without)

    def written(self) -> OutputSignature:
        """What tells which hosts are written alike."""
        return self._reader.written()
