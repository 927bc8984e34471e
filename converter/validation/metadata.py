"""Names, labels and annotations: what the API server asks of every object, whatever its kind."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\Z")
_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")
_KEY = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_KNOWN = frozenset(
    {
        "name",
        "namespace",
        "labels",
        "annotations",
        "generateName",
        "finalizers",
        "ownerReferences",
        "uid",
        "resourceVersion",
        "creationTimestamp",
        "generation",
        "managedFields",
        "selfLink",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
    }
)
_ANNOTATIONS_LIMIT = 256 * 1024

_good_names: set[str] = set()
_good_namespaces: set[str] = set()
_good_keys: set[str] = set()


def metadata_problems(metadata: Any, namespaced: bool) -> Iterator[tuple[str, str, str]]:
    """(field, message, kind) of everything that the API server refuses in `metadata`."""
    if not isinstance(metadata, dict):
        yield "metadata", "must be an object", "schema"
        return
    name, namespace = metadata.get("name"), metadata.get("namespace")
    if name not in _good_names:
        yield from _name_problems(name)
    if namespace is not None and not (isinstance(namespace, str) and _good_namespace(namespace)):
        yield "metadata.namespace", f"{namespace!r} is not a DNS label of at most 63 characters", "schema"
    if namespace is None and namespaced:
        yield "metadata.namespace", "is missing; the object would end up wherever it is applied", "schema"
    if namespace is not None and not namespaced:
        yield "metadata.namespace", "must not be set on a cluster-scoped object", "schema"
    if not metadata.keys() <= _KNOWN:
        for key in metadata.keys() - _KNOWN:
            yield f"metadata.{key}", "unknown field", "schema"
    for part in ("labels", "annotations"):
        if part in metadata:
            yield from _map_problems(metadata[part], part)


def _good_namespace(namespace: str) -> bool:
    if namespace in _good_namespaces:
        return True
    good = len(namespace) <= 63 and _LABEL.match(namespace) is not None
    if good and len(_good_namespaces) < 100_000:
        _good_namespaces.add(namespace)
    return good


def _name_problems(name: Any) -> Iterator[tuple[str, str, str]]:
    if isinstance(name, str) and len(name) > 253:
        yield "metadata.name", f"has {len(name)} characters, 253 are allowed", "limit"
    elif isinstance(name, str) and _SUBDOMAIN.match(name):
        if len(_good_names) < 100_000:
            _good_names.add(name)
    else:
        yield "metadata.name", f"{name!r} is not a lower-case DNS name", "schema"


def _map_problems(values: Any, part: str) -> Iterator[tuple[str, str, str]]:
    if not isinstance(values, dict):
        yield f"metadata.{part}", "must be an object", "schema"
        return
    size = 0
    for key, value in values.items():
        if key not in _good_keys and not _good_key(key):
            words = "is not a qualified name (prefix/name, at most 63 characters for the name)"
            yield f"metadata.{part}[{key}]", words, "schema"
        if not isinstance(value, str):
            yield f"metadata.{part}[{key}]", f"{value!r} must be text", "schema"
        elif part == "labels" and value and not (len(value) <= 63 and _KEY.match(value)):
            yield f"metadata.labels[{key}]", f"{value!r} is not a label value", "schema"
        else:
            size += len(value)
    if part == "annotations" and size > _ANNOTATIONS_LIMIT:
        yield "metadata.annotations", "are larger than 256 KiB together", "limit"


def _good_key(key: Any) -> bool:
    if not isinstance(key, str):
        return False
    prefix, slash, name = key.rpartition("/")
    good = (
        len(name) <= 63
        and _KEY.match(name)
        and (not slash or (len(prefix) <= 253 and _SUBDOMAIN.match(prefix.lower())))
    )
    if good:
        _good_keys.add(key)
    return bool(good)
