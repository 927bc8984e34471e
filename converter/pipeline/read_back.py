"""Each table with what is read back of the resources that were made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from converter.comparison.equivalence import NO_SAMPLES, Comparison
from converter.comparison.hosts import Samples
from converter.model import Location
from converter.reading.inventory import Document, Inventory
from converter.routing.actions import Forward
from converter.routing.table import RoutingTable, Rule

if TYPE_CHECKING:
    from converter.pipeline.result import Result
    from converter.targets.contract import Emission, ReadBack

MIN_RESOURCES_FOR_REPRESENTATIVES = 100
"""Resources from which on hosts that are alike are read back once."""
NO_TABLE = RoutingTable("", "")


def compare(result: Result, emission: Emission) -> list[Comparison]:
    """Each table with the one that is read back from what was written; of many hosts that are alike, with a sample."""
    from converter.targets.registry import target

    services = [service.as_document() for service in result.inventory.services.values()]
    services += _absent_services(result)
    result.namespaces = _namespaces(result.inventory, emission)
    documents = [*services, *result.namespaces, *emission.gateway_documents, *result.resources]
    chosen = target(result.options.target)

    def read() -> ReadBack:
        return chosen.read(documents, provenance=emission.provenance)

    reading, pairing = read(), _Pairing(result, emission)
    written = reading.written() if len(result.resources) >= MIN_RESOURCES_FOR_REPRESENTATIVES else None
    if written is None:
        pairing.hold_against(reading.tables())
        return pairing.comparisons
    from converter.comparison.representatives import representatives

    rank = {ingress.ref: number for number, ingress in enumerate(result.inventory.ingresses)}
    found = representatives(pairing.comparisons, written, rank)

    def read_rest() -> None:  # read anew, if ever: until then nothing but the samples is kept
        pairing.hold_against(read().tables(), found)

    pairing.hold_against(reading.tables(found.left), found, read_rest if found.left else None)
    return pairing.comparisons


class _Pairing:
    """The comparisons of a run, and how second tables come to them."""

    def __init__(self, result: Result, emission: Emission) -> None:
        self._result, self._emission = result, emission
        self.comparisons = [
            Comparison(
                before,
                NO_TABLE,
                result.ledger.settled,
                self._source_rule,
                emission.backends,
                equal_rules=emission.equal_rules,
            )
            for before in result.tables
        ]

    def _source_rule(self, rule: Rule) -> Rule | None:
        source = None if rule.resource is None else self._emission.provenance.get(rule.resource)
        return source if isinstance(source, Rule) else None

    def hold_against(
        self, after: list[RoutingTable], found: Samples = NO_SAMPLES, read_rest: Callable[[], None] | None = None
    ) -> None:
        """Give each comparison its second table; `read_rest` does the same with all that the samples leave out."""
        _add_streams(after, self._emission, self._result)
        made = self._made_of(after)
        for comparison in self.comparisons:
            comparison.hold_against(made.get(comparison.before.entry, NO_TABLE), found, read_rest)

    def _made_of(self, after: list[RoutingTable]) -> dict[str, RoutingTable]:
        """The second tables by the entry that their rules were made from, or that their Gateway was written for."""
        owner = {id(rule): table.entry for table in self._result.tables for _, _, rule in table.rules()}
        found: dict[str, RoutingTable] = {}
        for table in after:
            sources = (self._source_rule(rule) for _, _, rule in table.rules())
            entry = next((owner[id(one)] for one in sources if one is not None and id(one) in owner), None)
            if entry is not None:
                found.setdefault(entry, table)
        by_name = {table.entry: table for table in after}
        for entry, gateway in self._emission.gateways.items():
            if gateway in by_name:
                found.setdefault(entry, by_name[gateway])
        return found


def _absent_services(result: Result) -> list[Document]:
    """Services that rules lead to and that are known not to exist: without ports, so that no reference resolves."""
    inventory, known = result.inventory, result.inventory.completeness
    names = {
        (backend.namespace, backend.name)
        for table in (result.tables if known.everything or known.namespaces else ())
        for _, _, rule in table.rules()
        if isinstance(rule.action, Forward)
        for backend in rule.action.backends
        if backend.kind == "Service" and inventory.lacks("Service", backend.namespace, backend.name)
    }
    return [
        Document("Service", "v1", namespace, name, _service(namespace, name), Location(""))
        for namespace, name in sorted(names)
    ]


def _service(namespace: str, name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name, "namespace": namespace}, "spec": {}}


def _namespaces(inventory: Inventory, emission: Emission) -> list[Document]:
    """Namespaces with their labels, as listeners may select by them."""
    known = inventory.of("Namespace")
    names = {document.name for document in known}
    return known + [
        Document(
            "Namespace",
            "v1",
            "",
            name,
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}},
            Location(""),
        )
        for name, labels in emission.assumed_labels.items()
        if name not in names
    ]


def _add_streams(after: list[RoutingTable], emission: Emission, result: Result) -> None:
    """Ports that are Services of their own count as ports of the entry's Gateway."""
    if not emission.streams:
        return
    from converter.targets.gateway_api.stream_routes.read_services import balancer_ports

    by_name = {table.entry: table for table in after}
    for entry, refs in emission.streams.items():
        gateway = emission.gateways.get(entry, entry)
        if gateway not in by_name:
            by_name[gateway] = RoutingTable(gateway, "")
            after.append(by_name[gateway])
        written = [one for one in result.resources if one.ref in refs]
        replaced = {(one.namespace, one.name) for one in written}  # where an earlier output is part of the input
        services = (one for one in result.inventory.services.values() if (one.namespace, one.name) not in replaced)
        by_name[gateway].ports += balancer_ports(written, services)
