"""`metadata` of an object."""

from __future__ import annotations

from typing import NamedTuple

from converter.reading.inventory import At
from converter.reading.names import is_annotation_key, is_label, is_label_value, is_subdomain
from converter.reading.positioned import Map
from converter.reading.typed_reader import Reader, shown

_KNOWN = frozenset(
    {
        "name",
        "namespace",
        "labels",
        "annotations",
        "creationTimestamp",
        "uid",
        "resourceVersion",
        "generation",
        "managedFields",
        "finalizers",
        "ownerReferences",
        "selfLink",
        "generateName",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "clusterName",
    }
)


class Metadata(NamedTuple):
    """What we keep of it."""

    namespace: str
    name: str
    namespace_given: bool
    annotations: dict[str, str]
    annotations_at: dict[str, At]
    labels: dict[str, str]
    created: str
    owners: tuple[tuple[str, str], ...] = ()
    """Kind and name of each of `ownerReferences`."""


def read_metadata(body: Map, reader: Reader, default_namespace: str) -> Metadata:
    """Name, namespace, annotations and labels, each as the API server demands it."""
    meta = reader.map(body, "metadata", "")
    if meta is None:
        if body.get("metadata") is None:
            reader.refuse("metadata", "metadata is missing", body.pos)
        return Metadata(default_namespace, "", False, {}, {}, {}, "")
    reader.dropped(meta, _KNOWN, "metadata")
    name = _name(meta, reader)
    namespace = reader.text(meta, "namespace", "metadata")
    if (
        namespace
        and not is_label(namespace)
        and not reader.unrendered(namespace, "metadata.namespace", meta.at["namespace"])
    ):
        reader.refuse(
            "metadata.namespace",
            f"metadata.namespace {shorten(namespace)!r} is not a DNS label",
            meta.at["namespace"],
            namespace,
        )
    annotations, places = _annotations(meta, reader)
    created = meta.get("creationTimestamp")
    return Metadata(
        namespace or default_namespace,
        name,
        bool(namespace),
        annotations,
        places,
        _labels(meta, reader),
        created if isinstance(created, str) else "",
        _owners(meta.get("ownerReferences")),
    )


def _owners(given: object) -> tuple[tuple[str, str], ...]:
    found = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    return tuple((str(one.get("kind", "")), str(one.get("name", ""))) for one in found)


def _name(meta: Map, reader: Reader) -> str:
    name = reader.text(meta, "name", "metadata")
    if is_subdomain(name):
        return name
    place = reader.place(meta, "name")
    if not name:
        if meta.get("name") is None or meta["name"] == "":
            given = " (generateName alone names no object before it is created)" if meta.get("generateName") else ""
            reader.refuse("metadata.name", f"metadata.name is missing{given}", place)
    elif not reader.unrendered(name, "metadata.name", place):
        reader.refuse(
            "metadata.name", f"metadata.name {shorten(name)!r} is not a DNS name of at most 253 characters", place, name
        )
    return name


def _annotations(meta: Map, reader: Reader) -> tuple[dict[str, str], dict[str, At]]:
    given = reader.map(meta, "annotations", "metadata")
    if given is None:
        return {}, {}
    out: dict[str, str] = {}
    for key, value in given.items():
        if type(value) is str:
            out[key] = value
        elif value is None:  # JSON null into a string of Go is the empty text
            out[key] = ""
        else:
            out[key] = text = shown(value)
            hint = f'quote it: {key}: "{text}"' if not isinstance(value, (dict, list)) else "annotations hold text only"
            reader.refuse(
                f"metadata.annotations.{key}",
                f"annotation {key} is not text: Kubernetes refuses the object",
                given.at[key],
                text,
                hint,
            )
        if not is_annotation_key(key):
            reader.refuse(
                f"metadata.annotations.{key}",
                f"annotation key {shorten(key)!r} is not a valid name",
                given.at[key],
                value,
            )
    return out, given.at


def _labels(meta: Map, reader: Reader) -> dict[str, str]:
    given = reader.map(meta, "labels", "metadata")
    if given is None:
        return {}
    out = {key: shown(value) for key, value in given.items()}
    for key, value in out.items():
        field = f"metadata.labels.{key}"
        if not is_annotation_key(key):
            reader.refuse(field, f"label key {shorten(key)!r} is not a valid name", given.at[key], value)
        elif not is_label_value(value) and not reader.unrendered(value, field, given.at[key]):
            reader.refuse(field, f"label {key} has no valid value: {shorten(value)!r}", given.at[key], value)
    return out


def shorten(text: str) -> str:
    """A value that is too long for a message."""
    return text if len(text) <= 80 else f"{text[:60]}… ({len(text)} characters)"
