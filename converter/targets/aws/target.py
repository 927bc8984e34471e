"""Gateway API as the AWS Load Balancer Controller implements it on an ALB, with its own kinds (gateway.k8s.aws).

Facts of that controller are cited as `lbc: path:line` (v3.5.0). What decides most: a listener of an ALB is one ordered
list of rules, whatever their hosts, and the controller orders it by the specification's precedence alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from converter.model import Resource
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import RoutingTable
from converter.targets.aws.gateway.read import AlbReading
from converter.targets.aws.gateway.write import AwsEntryWriter, write_groups
from converter.targets.aws.listener_rule_configuration import write as _handlers  # noqa: F401  (registers them)
from converter.targets.contract import Emission, Provenance, TargetRun
from converter.targets.emission import write_tables
from converter.validation.known_objects import Index


class Aws:
    """See `contract.Target`."""

    name = "aws"

    def write(self, run: TargetRun, tables: Sequence[RoutingTable], handovers: Sequence[GatewayHandover]) -> Emission:
        """See `contract.Target`."""
        return write_tables(run, tables, handovers, AwsEntryWriter, write_groups)

    def read(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, namespace: str = "default"
    ) -> AlbReading:
        """See `contract.Target`."""
        return AlbReading(documents, provenance=provenance, namespace=namespace)

    def refusals(self, resource: Resource, index: Index) -> Iterator[tuple[str, str]]:
        """Nothing beyond the schemas."""
        del resource, index
        return iter(())


TARGET = Aws()
