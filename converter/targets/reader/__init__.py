"""Gateway API and Envoy Gateway resources, read back into routing tables: what requests get once they are applied."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.routing.table import RoutingTable
from converter.targets.reader.documents import Store
from converter.targets.reader.rules import Provenance
from converter.targets.reader.tables import TableReader

__all__ = ["read_tables"]


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
    if flavour == "aws":
        from converter.targets.reader.alb import AlbReader

        return AlbReader(Store(documents, namespace), provenance).tables()
    return TableReader(Store(documents, namespace), flavour, provenance).tables()
