"""Gateways and ListenerSets that a route is attached to, and the listeners that concern it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ObjectRef
from converter.reading.manifests import mapping, mappings
from converter.status.objects import ROUTES, StatusObjects

_PARENTS = ("Gateway", "ListenerSet", "XListenerSet")


def parents_of(route: dict[str, Any], ref: ObjectRef) -> Iterator[ObjectRef]:
    """The parents of a route."""
    for one in mappings(mapping(route.get("spec")).get("parentRefs")):
        kind = str(one.get("kind") or "Gateway")
        if kind in _PARENTS:
            yield ObjectRef(kind, str(one.get("namespace") or ref.namespace), str(one.get("name")))


def parents_without_status(route: dict[str, Any], ref: ObjectRef) -> Iterator[str]:
    """Parents of a route that no controller has written a status for, where it has one for others."""
    status = mappings(mapping(route.get("status")).get("parents"))
    if ref.kind not in ROUTES or not status:
        return
    known = [_key(mapping(one.get("parentRef")), ref) for one in status]
    for one in mappings(mapping(route.get("spec")).get("parentRefs")):
        kind, namespace, name, section, _ = key = _key(one, ref)
        if key not in known:
            yield f"{kind} {namespace}/{name} {section}".rstrip()


def _key(given: dict[str, Any], ref: ObjectRef) -> tuple[str, ...]:
    names = ("kind", "namespace", "name", "sectionName", "port")
    defaults = ("Gateway", ref.namespace, "", "", "")
    return tuple(str(given.get(key) or default) for key, default in zip(names, defaults, strict=True))


def shown_listeners(parent: dict[str, Any], routes: Iterable[ObjectRef], objects: StatusObjects) -> set[str]:
    """Names of the listeners of a parent that routes name or whose hostname covers one of theirs."""
    listeners = mappings(mapping(parent.get("spec")).get("listeners"))
    if not listeners:
        return set()
    name = mapping(parent.get("metadata")).get("name")
    out: set[str] = set()
    for ref in routes:
        body = objects.get(ref) if ref.kind in ROUTES else None
        spec = mapping((body or {}).get("spec"))
        hosts = [str(one) for one in spec.get("hostnames") or ()]
        for parent_ref in mappings(spec.get("parentRefs")):
            if parent_ref.get("name") == name:
                out.update(_covering(listeners, parent_ref, hosts))
    return out


def _covering(listeners: list[dict[str, Any]], parent_ref: dict[str, Any], hosts: list[str]) -> Iterator[str]:
    for one in listeners:
        named = parent_ref.get("sectionName")
        if named in (None, one.get("name")) and _covers(str(one.get("hostname") or ""), hosts):
            yield str(one.get("name"))


def _covers(listener: str, hosts: list[str]) -> bool:
    if not listener or not hosts:
        return True
    return any(host == listener or _under(host, listener) or _under(listener, host) for host in hosts)


def _under(host: str, wildcard: str) -> bool:
    return wildcard.startswith("*.") and host.endswith(wildcard[1:])
