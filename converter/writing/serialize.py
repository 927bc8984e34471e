"""Resources as YAML."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from converter.model import Resource
from converter.writing.yaml import SEPARATOR, dump

BATCH = 500


def serialize(resource: Resource) -> str:
    """One resource with its comments, ending in a line break."""
    text = dump(resource.body)
    if not resource.comments:
        return text
    from converter.writing.comments import commented

    return commented(text, resource.body, resource.comments)


def document(resources: Iterable[Resource]) -> str:
    """Several resources as one stream."""
    return SEPARATOR.join(map(serialize, resources))


def batches(resources: Sequence[Resource]) -> Iterator[str]:
    """The same piece by piece, so that thousands of resources are never held as one text."""
    for start in range(0, len(resources), BATCH):
        yield (SEPARATOR if start else "") + document(resources[start : start + BATCH])
