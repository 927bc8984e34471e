"""Objects of a cluster by name, and what is known of those that are not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import ObjectRef
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import annotations_of, labels_of, mapping, mappings

ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute")
_SLICE_OF = "kubernetes.io/service-name"
SOURCE = "ing2gw/source"
_MANAGED = ("app.kubernetes.io/managed-by", "ing2gw")


class StatusObjects:
    """Look-ups that status needs, each made once."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self._ready = _ready_endpoints(inventory)

    def get(self, ref: ObjectRef) -> dict[str, Any] | None:
        """The manifest of an object."""
        if ref.kind == "Service":
            service = self.inventory.service(ref.namespace, ref.name)
            return service.body if service is not None else None
        found = self.inventory.get(*ref)
        return found.body if found is not None else None

    def is_absent(self, ref: ObjectRef) -> bool:
        """True where the object is known not to exist."""
        return self.get(ref) is None and self.inventory.completeness.covers(ref.kind, ref.namespace)

    def endpoints(self, namespace: str, service: str) -> tuple[int, int] | None:
        """Endpoints of a Service that are ready, and all; None where they were not read."""
        found = self._ready.get((namespace, service))
        if found is None and self.inventory.completeness.covers("EndpointSlice", namespace):
            return 0, 0
        return found

    def records(self, host: str) -> Iterator[tuple[Document, list[str]]]:
        """DNS records of a host that external-dns is asked for by objects, with their targets."""
        for document in self.inventory.of("DNSEndpoint"):
            for entry in mappings(mapping(document.body.get("spec")).get("endpoints")):
                if str(entry.get("dnsName")).rstrip(".").lower() == host and entry.get("recordType") in _ADDRESSES:
                    targets = entry.get("targets")
                    yield document, [str(one) for one in targets] if isinstance(targets, list) else []

    def generated(self) -> Iterator[Document]:
        """Routes of the cluster that a conversion wrote."""
        for kind in ROUTES:
            for one in self.inventory.of(kind):
                name, value = _MANAGED
                if labels_of(one.body).get(name) == value or SOURCE in annotations_of(one.body):
                    yield one


_ADDRESSES = ("A", "AAAA", "CNAME")


def _ready_endpoints(inventory: Inventory) -> dict[tuple[str, str], tuple[int, int]]:
    out: dict[tuple[str, str], tuple[int, int]] = {}
    for one in inventory.of("EndpointSlice"):
        name = labels_of(one.body).get(_SLICE_OF)
        endpoints = mappings(one.body.get("endpoints"))
        ready = sum(mapping(each.get("conditions")).get("ready") is not False for each in endpoints)
        before = out.get((one.namespace, str(name)), (0, 0))
        out[one.namespace, str(name)] = before[0] + ready, before[1] + len(endpoints)
    for one in inventory.of("Endpoints"):
        if (one.namespace, one.name) not in out:
            subsets = mappings(one.body.get("subsets"))
            ready = sum(len(mappings(each.get("addresses"))) for each in subsets)
            out[one.namespace, one.name] = (
                ready,
                ready + sum(len(mappings(each.get("notReadyAddresses"))) for each in subsets),
            )
    return out
