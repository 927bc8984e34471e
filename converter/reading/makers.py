"""Objects that make others: what they make is in the cluster though no manifest holds it."""

from __future__ import annotations

from collections.abc import Iterator

from converter.reading.inventory import Document, Inventory
from converter.reading.positioned import Map
from converter.reading.relevant_kinds import MAKERS

_NAME_FIELD = {
    "ExternalSecret": "spec.target.name",
    "SealedSecret": "spec.template.metadata.name",
    "Certificate": "spec.secretName",
    "VaultStaticSecret": "spec.destination.name",
    "VaultDynamicSecret": "spec.destination.name",
    "VaultPKISecret": "spec.destination.name",
    "InfisicalSecret": "spec.managedSecretReference.secretName",
}
"""The field that names the Secret; without one it bears the name of its maker."""


def note_makers(inventory: Inventory) -> None:
    """Fill `Inventory.makers`."""
    for kind in MAKERS:
        for one in inventory.of(kind):
            for namespace, name in _made(one):
                inventory.makers.setdefault(("Secret", namespace, name), one)


def _made(one: Document) -> Iterator[tuple[str, str]]:
    if one.kind == "ClusterExternalSecret":
        inner = _at(one.body, "spec.externalSecretSpec.target.name") or _at(one.body, "spec.externalSecretName")
        spaces = (one.body.get("spec") or {}).get("namespaces")
        for space in spaces if isinstance(spaces, list) else ():
            yield str(space), inner or one.name
    elif one.kind == "SecretProviderClass":
        objects = (one.body.get("spec") or {}).get("secretObjects")
        for item in objects if isinstance(objects, list) else ():
            if isinstance(item, Map) and item.get("secretName"):
                yield one.namespace, str(item["secretName"])
    else:
        named = _at(one.body, _NAME_FIELD.get(one.kind, "spec.secretName"))
        yield _at(one.body, "spec.destination.namespace") or one.namespace, named or one.name


def _at(body: object, path: str) -> str:
    for key in path.split("."):
        body = body.get(key) if isinstance(body, Map) else None
    return body if isinstance(body, str) else ""
