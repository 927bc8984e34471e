"""Convert the input once more, under another domain."""

from __future__ import annotations

from typing import NamedTuple

from converter.model import Resource
from converter.model.ledger import Ledger
from converter.packs.migration import staging_settings
from converter.pipeline.result import Result
from converter.pipeline.run import convert_inventory
from converter.routing.table import RoutingTable
from converter.staging.host_names import StagingNames
from converter.staging.renamed_input import renamed_input
from converter.staging.renamed_output import StagingOutput
from converter.writing.layout import assign
from converter.writing.resource_order import ordered


class Staging(NamedTuple):
    """The resources of the tests."""

    resources: list[Resource]
    """With their files, all below one folder."""
    names: dict[str, str]
    """Host of the input -> host of the tests."""
    left_out: list[str]
    """Names of clients that are not part of the tests: expressions, for example."""


def staging(result: Result, domain: str) -> Staging:
    """A second set of Gateways and routes under a domain, as closed as the first one.

    Args:
        result: The finished run.
        domain: The domain of the tests.
    """
    names = StagingNames(table_hosts(result), domain)
    second = convert_inventory(renamed_input(result.inventory, names), result.options, Ledger())
    output = StagingOutput(ordered(second.resources), names)
    resources = ordered(output.resources)
    assign(resources, second.objects, "roles")
    for one in resources:
        one.file = f"{staging_settings()['folder']}/{one.file}"
    return Staging(resources, names.names, output.left_out)


def table_hosts(result: Result) -> set[str]:
    """All names and wildcards that tables and Ingresses have."""
    found = {rule.host.lower() for ingress in result.inventory.ingresses for rule in ingress.rules}
    found |= {host.lower() for ingress in result.inventory.ingresses for one in ingress.tls for host in one.hosts}
    for table in result.tables:
        found |= _hosts(table)
    return found


def _hosts(table: RoutingTable) -> set[str]:
    tests = [
        test
        for port in table.ports
        for host in port.hosts
        for some in (host.hosts, *(rule.hosts for rule in host.rules))
        for test in some
    ]
    return {test.value.lower() for test in tests if test.op in ("exact", "domain", "label")}
