"""Resources as YAML; those of a large run have been printed by a second process already."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Resource
from converter.writing.yaml import dump


def printed(resource: Resource) -> str:
    """One resource, ending in a line break."""
    return resource.text or dump(resource.body)


def document(resources: Iterable[Resource]) -> str:
    """Several resources as one stream."""
    return "---\n".join(map(printed, resources))
