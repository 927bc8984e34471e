"""Gateway API and Envoy Gateway resources, read back into routing tables: what requests get once they are applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from converter.routing.table import RoutingTable
from converter.targets.reader.documents import Store
from converter.targets.reader.rules import Provenance
from converter.targets.reader.tables import TableReader
from converter.targets.reader.written import Written

if TYPE_CHECKING:
    from converter.targets.reader.alb import AlbReader

__all__ = ["Reading", "read_tables"]


class Reading:
    """Resources that are read back, all of them or without some hosts; see `read_tables`."""

    def __init__(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, flavour: str = "envoy-gateway",
        namespace: str = "default",
    ) -> None:
        store = Store(documents, namespace)
        self._albs: AlbReader | None = None
        if flavour == "aws":
            from converter.targets.reader.alb import AlbReader

            self._albs = AlbReader(store, provenance)
        else:
            self._reader = TableReader(store, flavour, provenance)

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """One table for each Gateway, by `namespace/name`; `without`: hosts that `written` says others stand for."""
        return self._reader.tables(without) if self._albs is None else self._albs.tables()

    def written(self) -> Written | None:
        """What tells which hosts are written alike; None for ALBs, where nothing does."""
        return self._reader.written() if self._albs is None else None


def read_tables(
    documents: Iterable[Any], *, provenance: Provenance | None = None, flavour: str = "envoy-gateway",
    namespace: str = "default",
) -> list[RoutingTable]:
    """One table for each Gateway, by `namespace/name`.

    `documents`: Documents of an inventory, output Resources, or plain manifests. `provenance` says of (kind, namespace,
    name, rule, match) what it was made from: an Origin or a Rule; without it the `rule_origins` of Resources say it.
    `flavour`: envoy-gateway | gateway-api (the specification's own precedence, and none of Envoy Gateway's kinds) | aws
    (ALBs, by the AWS Load Balancer Controller).
    """
    return Reading(documents, provenance=provenance, flavour=flavour, namespace=namespace).tables()
