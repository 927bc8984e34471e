"""What exists besides the output: the input's own objects, and what a user says is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field
from typing import TYPE_CHECKING, Any

from converter.model import ObjectRef, Resource
from converter.model.data import dataclass
from converter.packs.load import target_pack, target_pack_name
from converter.validation.problem import Problem

if TYPE_CHECKING:
    from converter.model.options import Options
    from converter.reading.inventory import Inventory

GATEWAY_API = "gateway.networking.k8s.io"
ENVOY_GATEWAY = "gateway.envoyproxy.io"


@dataclass(frozen=True, slots=True)
class KnownObjects:
    """Objects that references may lead to. Services, Secrets and ConfigMaps are assumed to exist in any case."""

    objects: frozenset[ObjectRef] = frozenset()
    external_names: frozenset[tuple[str, str]] = frozenset()
    """Services of type ExternalName, which Envoy Gateway refuses as a backend."""


def known_objects(inventory: Inventory, options: Options) -> KnownObjects:
    """What the input and the options say."""
    objects = {document.ref for documents in inventory.documents.values() for document in documents}
    if options.gateway:
        namespace, _, name = options.gateway.rpartition("/")
        objects.add(ObjectRef("Gateway", namespace or options.namespace, name))
    external: frozenset[tuple[str, str]] = frozenset()
    if not target_pack(target_pack_name(options.target)).capabilities.external_names:
        external = frozenset(key for key, service in inventory.services.items() if service.type == "ExternalName")
    return KnownObjects(frozenset(objects), external)


@dataclass(slots=True, eq=False)
class Index:
    """The output by name, with its grants."""

    around: KnownObjects
    objects: dict[ObjectRef, Resource] = field(default_factory=dict)
    grants: set[tuple[str, str, str, str, str]] = field(default_factory=set)
    """(namespace of the grant, from kind, from namespace, to kind, to name or "")."""
    duplicates: list[Problem] = field(default_factory=list)

    def known(self, kind: str, namespace: str, name: str) -> bool:
        """True where the object is written, or there already."""
        ref = ObjectRef(kind, namespace, name)
        return ref in self.objects or ref in self.around.objects

    def spec(self, kind: str, namespace: str, name: str) -> dict[str, Any] | None:
        """The spec of an object of the output."""
        found = self.objects.get(ObjectRef(kind, namespace, name))
        return found.body.get("spec") or {} if found else None

    def granted(self, holder: Resource, kind: str, namespace: str, name: str) -> bool:
        """True where a reference into another namespace is allowed there."""
        if namespace == holder.namespace:
            return True
        head = (namespace, holder.kind, holder.namespace, kind)
        return (*head, "") in self.grants or (*head, name) in self.grants


def indexed(resources: Iterable[Resource], around: KnownObjects) -> Index:
    """The index of a list of objects; a second object of the same kind and name is a problem."""
    index = Index(around)
    for resource in resources:
        if resource.ref in index.objects:
            words = "is written twice; the second would overwrite the first"
            index.duplicates.append(Problem(resource.ref, "metadata.name", words, "reference"))
            continue
        index.objects[resource.ref] = resource
        if resource.kind == "ReferenceGrant":
            index.grants.update(_grants(resource))
    return index


def _grants(resource: Resource) -> Iterator[tuple[str, str, str, str, str]]:
    spec = resource.body.get("spec") or {}
    for source in spec.get("from") or ():
        for target in spec.get("to") or ():
            yield (
                resource.namespace,
                source.get("kind", ""),
                source.get("namespace", ""),
                target.get("kind", ""),
                target.get("name") or "",
            )
