"""A finished run, looked up by the objects of a wave."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from typing import Any

from converter.model import ObjectRef, ObjectStatus, Resource
from converter.pipeline.result import Result
from converter.planning.risk import Risks
from converter.reading.deliveries import Delivery, deliveries, mapping_at
from converter.reading.inventory import Ingress
from converter.reporting.report import Report
from converter.routing.table import RoutingTable
from converter.writing.layout import LATER, is_shared

ROUTES = ("HTTPRoute", "GRPCRoute", "TLSRoute")
SCHEMES = {"HTTP": "http", "HTTPS": "https", "TLS": "https"}
"""Protocols of ports -> schemes of URLs."""


class Estate:
    """What plans ask of a run.

    Args:
        result: The run, with the files of its resources.
        report: Its report.
        folder: Where `convert -o` writes, as commands name it.
    """

    def __init__(self, result: Result, report: Report, folder: str) -> None:
        self.result, self.report, self.folder = result, report, folder.rstrip("/")
        self.classes = report.classes()
        self.risks = Risks(result.objects, self.classes)

    @cached_property
    def ingresses(self) -> dict[ObjectRef, Ingress]:
        """All Ingresses by name."""
        return {one.ref: one for one in self.result.inventory.ingresses}

    @cached_property
    def statuses(self) -> dict[ObjectRef, ObjectStatus]:
        """All objects by name."""
        return {one.ref: one for one in self.result.objects}

    @cached_property
    def _made(self) -> dict[ObjectRef, list[Resource]]:
        out: dict[ObjectRef, list[Resource]] = {}
        for one in self.result.resources:
            for ref in one.sources:
                out.setdefault(ref, []).append(one)
        return out

    @cached_property
    def _order(self) -> dict[int, int]:
        return {id(one): number for number, one in enumerate(self.result.resources)}

    @cached_property
    def schemes(self) -> dict[str, tuple[str, ...]]:
        """By which schemes each host is served now."""
        out: dict[str, dict[str, None]] = {}
        for table in self.result.tables:
            for port in table.ports:
                scheme = SCHEMES.get(port.protocol)
                for vhost in port.hosts if scheme else ():
                    tests = [test for rule in vhost.rules for test in rule.hosts] if port.fall_through else vhost.hosts
                    for test in tests:
                        out.setdefault(test.value.lower(), {})[str(scheme)] = None
        return {host: tuple(found) for host, found in out.items()}

    @cached_property
    def deliveries(self) -> list[Delivery]:
        """Rollouts and Canaries that write to Ingresses."""
        return deliveries(self.result.inventory)

    @cached_property
    def controllers(self) -> tuple[str, ...]:
        """Controllers of the tables."""
        return tuple(dict.fromkeys(one.controller for one in self.result.tables))

    @cached_property
    def gateways(self) -> list[Resource]:
        """The Gateways that the run writes."""
        return [one for one in self.result.resources if one.kind == "Gateway"]

    def path(self, file: str) -> str:
        """A generated file as commands name it."""
        return f"{self.folder}/{file}"

    def made_of(self, objects: Iterable[ObjectRef]) -> list[Resource]:
        """What was written for some objects and is their own."""
        found = {id(one): one for ref in objects for one in self._made.get(ref, ())}
        own = [one for one in found.values() if one.kind not in LATER and not is_shared(one)]
        return sorted(own, key=lambda one: self._order[id(one)])

    def ready(self, objects: Iterable[ObjectRef]) -> list[ObjectRef]:
        """Those whose routes are written as a whole: nothing of them is disabled until somebody decides."""
        return [ref for ref in objects if (one := self.statuses.get(ref)) is None or one.status == "converted"]

    def hosts_of(self, objects: Iterable[ObjectRef]) -> set[str]:
        """The hosts that some Ingresses name in their rules."""
        found = (self.ingresses.get(ref) for ref in objects)
        return {rule.host.lower() for one in found if one is not None for rule in one.rules}

    def certificates_of(self, objects: Iterable[ObjectRef]) -> list[Resource]:
        """The Certificates that are applied after the hand-over."""
        return [one for ref in objects for one in self._made.get(ref, ()) if one.kind in LATER]

    def routes_of(self, objects: Iterable[ObjectRef]) -> list[Resource]:
        """The routes for names of clients."""
        return [one for one in self.made_of(objects) if one.kind in ROUTES]

    def gateways_of(self, routes: Sequence[Resource]) -> list[tuple[str, str]]:
        """Namespace and name of the Gateways that routes attach to."""
        found = {
            (str(parent.get("namespace") or one.namespace), str(parent.get("name")))
            for one in routes
            for parent in one.body["spec"].get("parentRefs") or ()
            if parent.get("kind", "Gateway") == "Gateway"
        }
        found |= {parent for one in routes for parent in self._listener_set_parents(one)}
        return sorted(found)

    def _listener_set_parents(self, route: Resource) -> Iterator[tuple[str, str]]:
        named = {
            (str(parent.get("namespace") or route.namespace), str(parent.get("name")))
            for parent in route.body["spec"].get("parentRefs") or ()
            if parent.get("kind", "Gateway") != "Gateway"
        }
        for one in self._listener_sets if named else ():
            if (one.namespace, one.name) in named:
                parent = mapping_at(one.body, "spec", "parentRef")
                yield str(parent.get("namespace") or one.namespace), str(parent.get("name"))

    @cached_property
    def _listener_sets(self) -> list[Resource]:
        return [one for one in self.result.resources if one.kind.endswith("ListenerSet")]

    def entries_of(self, objects: Iterable[ObjectRef]) -> list[RoutingTable]:
        """The tables that serve some objects now."""
        names = {status.entry for ref in objects if (status := self.statuses.get(ref)) is not None}
        return [one for one in self.result.tables if one.entry in names]

    def workload(self, marks: Sequence[str]) -> ObjectRef | None:
        """The Deployment or DaemonSet of which a container has one of these in its image, command or arguments."""
        for kind in ("Deployment", "DaemonSet"):
            for document in self.result.inventory.of(kind):
                if any(mark in text for text in container_texts(document.body) for mark in marks):
                    return document.ref
        return None

    def label(self, ref: ObjectRef, key: str) -> str:
        """A label of an object of the input; "" where it has none."""
        document = self.result.inventory.get(*ref)
        return str(mapping_at(document.body, "metadata", "labels").get(key, "")) if document is not None else ""


def container_texts(body: dict[str, Any]) -> Iterator[str]:
    """Images, commands and arguments of the containers of a workload."""
    containers = mapping_at(body, "spec", "template", "spec").get("containers")
    for one in containers if isinstance(containers, list) else ():
        if isinstance(one, dict):
            yield str(one.get("image") or "")
            for key in ("command", "args"):
                listed = one.get(key)
                yield from (str(part) for part in (listed if isinstance(listed, list) else ()))
