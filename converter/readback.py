"""Each table with what is read back of the resources that were made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from converter.checking.announcing import table_pairs
from converter.checking.equivalence import Comparison
from converter.model import Location
from converter.reading.inventory import Document, Inventory
from converter.routing.table import RoutingTable, Rule

if TYPE_CHECKING:
    from converter.checking.samples import Samples
    from converter.pipeline import Result
    from converter.targets import Emission

MANY = 1000
"""Resources from which on hosts that are alike are read back once."""
NO_TABLE = RoutingTable("", "envoy-gateway")


def compare(result: Result, emission: Emission) -> list[Comparison]:
    """Each table with the one that is read back from what was written; of many hosts that are alike, with a sample."""
    from converter.targets.reader import Reading

    services = [service.as_document() for service in result.inventory.services.values()]
    result.namespaces = _namespaces(result.inventory, emission)
    documents = [*services, *result.namespaces, *result.resources]
    flavour = result.options.target.partition("@")[0]

    def read() -> Reading:
        return Reading(documents, provenance=emission.provenance, flavour=flavour)

    reading, pairing = read(), _Pairing(result, emission)
    written = reading.written() if len(result.resources) >= MANY else None
    if written is None:
        pairing.hold_against(reading.tables())
        return pairing.comparisons
    from converter.checking.samples import samples

    rank = {ingress.ref: number for number, ingress in enumerate(result.inventory.ingresses)}
    found = samples(pairing.comparisons, written, rank)
    # read anew, if ever: until then nothing but the samples is kept
    pairing.hold_against(reading.tables(found.left), found, lambda: pairing.hold_against(read().tables()))
    return pairing.comparisons


class _Pairing:
    """The comparisons of a run, and how second tables come to them."""

    def __init__(self, result: Result, emission: Emission) -> None:
        self._result, self._emission = result, emission
        self.comparisons = [
            Comparison(
                before, NO_TABLE, result.ledger.settled, self._source_rule, emission.backends, twins=emission.twins,
            )
            for before in result.tables
        ]

    def _source_rule(self, rule: Rule) -> Rule | None:
        key = rule.extra.get("resource")
        return None if key is None else self._emission.provenance.get(key)

    def hold_against(
        self, after: list[RoutingTable], found: Samples | None = None, whole: Callable[[], None] | None = None
    ) -> None:
        """Give each comparison its second table; `whole` does the same with all that the samples leave out."""
        _add_streams(after, self._emission, self._result)
        pairs = table_pairs(self._result.tables, after, self._source_rule, self._emission.gateways)
        for comparison, (_, table) in zip(self.comparisons, pairs, strict=True):
            some = found is not None and bool(found.left)
            comparison.hold_against(table, found, whole if some else None)


def _namespaces(inventory: Inventory, emission: Emission) -> list[Document]:
    """Namespaces with their labels, as listeners may select by them."""
    known = inventory.of("Namespace")
    names = {document.name for document in known}
    return known + [
        Document("Namespace", "v1", "", name, {
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}, Location(""))
        for name, labels in emission.assumed_labels.items() if name not in names
    ]


def _add_streams(after: list[RoutingTable], emission: Emission, result: Result) -> None:
    """Ports that are Services of their own count as ports of the entry's Gateway."""
    if not emission.streams:
        return
    from converter.targets.reader.balancers import balancer_ports

    by_name = {table.entry: table for table in after}
    for entry, refs in emission.streams.items():
        gateway = emission.gateways.get(entry, entry)
        if gateway not in by_name:
            by_name[gateway] = RoutingTable(gateway, "envoy-gateway")
            after.append(by_name[gateway])
        written = [one for one in result.resources if one.ref in refs]
        by_name[gateway].ports += balancer_ports(written, result.inventory.services.values())
