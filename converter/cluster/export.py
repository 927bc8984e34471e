"""What was read of a cluster as one file: a header that says which kinds it holds whole, then the objects, sorted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.cluster.clean import cleaned
from converter.cluster.read import Contents
from converter.reading.export_header import API_VERSION, KIND
from converter.reading.relevant_kinds import passes_by
from converter.writing.yaml import SEPARATOR, dump

_HEADER = "# Written by ing2gw export. For reading, not for kubectl apply: values of Secrets are left out.\n"


def export_text(contents: Contents) -> str:
    """The whole file; the same cluster gives the same text."""
    return _HEADER + SEPARATOR.join([dump(_header(contents)), *_objects(contents)])


def _header(contents: Contents) -> dict[str, Any]:
    return {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "metadata": {"name": contents.namespace or "cluster"},
        "spec": {
            **({"namespace": contents.namespace} if contents.namespace else {}),
            "complete": sorted(contents.complete),
            "absent": sorted(contents.absent),
            "unread": [{"kinds": kinds, "reason": why} for why, kinds in _by_reason(contents.unread).items()],
        },
    }


def _by_reason(unread: Mapping[str, str]) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for kind, why in sorted(unread.items()):
        out.setdefault(why, []).append(kind)
    return out


def _objects(contents: Contents) -> Iterator[str]:
    for _, body in sorted(((_key(one), one) for one in contents.objects), key=lambda pair: pair[0]):
        text = dump(cleaned(body))
        if not passes_by(str(body.get("kind")), text):
            yield text


def _key(body: dict[str, Any]) -> tuple[str, ...]:
    metadata = body.get("metadata") or {}
    return (
        str(metadata.get("namespace") or ""),
        str(body.get("kind")),
        str(metadata.get("name")),
        str(body.get("apiVersion")),
    )
