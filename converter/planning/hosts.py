"""Which hosts and objects belong together: nodes that links join."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import ObjectRef
from converter.planning.plan import Link, MigrationUnit

ANY_HOST = "*"
"""Rules without a host: every name that no other rule has."""


class HostGroups:
    """Hosts and objects, joined by what they share."""

    def __init__(self) -> None:
        self._parent: dict[str | ObjectRef, str | ObjectRef] = {}
        self._links: list[tuple[Link, str | ObjectRef]] = []

    def known(self, host: str) -> bool:
        """True for a host that something serves."""
        return host in self._parent

    def hosts(self) -> list[str]:
        """All hosts."""
        return [node for node in self._parent if isinstance(node, str)]

    def add(self, node: str | ObjectRef) -> None:
        """A host or an object."""
        self._parent.setdefault(node, node)

    def hosts_of(self, nodes: Iterable[str | ObjectRef]) -> list[str]:
        """Those of some nodes that are hosts."""
        return sorted({node for node in nodes if isinstance(node, str)})

    def join(self, nodes: Iterable[str | ObjectRef], kind: str = "", reason: str = "") -> None:
        """Put hosts and objects together; `reason` says why, where it is not that an object serves a host."""
        listed = list(dict.fromkeys(nodes))
        for node in listed:
            self.add(node)
        for node in listed[1:]:
            one, other = self._root(listed[0]), self._root(node)
            if one != other:
                self._parent[other] = one
        hosts = tuple(self.hosts_of(listed))
        if reason and len(hosts) > 1:
            self._links.append((Link(kind, reason, hosts), listed[0]))

    def note(self, host: str, kind: str, reason: str) -> None:
        """Why several objects of one host belong together."""
        self._links.append((Link(kind, reason, (host,)), host))

    def units(self) -> list[MigrationUnit]:
        """What belongs together, in the order of the first host."""
        members: dict[str | ObjectRef, list[str | ObjectRef]] = {}
        for node in self._parent:
            members.setdefault(self._root(node), []).append(node)
        links: dict[str | ObjectRef, dict[Link, None]] = {}
        for link, node in self._links:
            links.setdefault(self._root(node), {})[link] = None
        found = [
            MigrationUnit(
                tuple(self.hosts_of(nodes)),
                tuple(sorted({node for node in nodes if isinstance(node, ObjectRef)})),
                tuple(sorted(links.get(root, ()))),
            )
            for root, nodes in members.items()
        ]
        return sorted((one for one in found if one.hosts), key=lambda one: one.hosts)

    def _root(self, node: str | ObjectRef) -> str | ObjectRef:
        root = node
        while self._parent[root] != root:
            root = self._parent[root]
        while self._parent[node] != root:
            self._parent[node], node = root, self._parent[node]
        return root
