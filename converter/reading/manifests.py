"""Manifests as plain data, where positions do not matter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_ADDED = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "selfLink", "uid", "ownerReferences")
_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"


def manifests(text: str) -> list[dict[str, Any]] | None:
    """The objects of a YAML text; None where it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return [one for one in YAML(typ="safe").load_all(text) if isinstance(one, dict)]
    except (YAMLError, RecursionError):
        return None


def as_written(body: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a cluster adds: status, identity, defaults of metadata."""
    out = {key: _data(value) for key, value in body.items() if key != "status"}
    meta = {key: value for key, value in mapping(out.get("metadata")).items() if key not in _ADDED}
    notes = {key: value for key, value in mapping(meta.get("annotations")).items() if key != _APPLIED}
    meta.pop("annotations", None)
    if notes:
        meta["annotations"] = notes
    return out | {"metadata": meta}


def mapping(value: Any) -> dict[str, Any]:
    """The value where it is a mapping, else an empty one: objects may be written by anybody."""
    return value if isinstance(value, dict) else {}


def labels_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Labels of an object; none where they have another shape."""
    return mapping(mapping(body.get("metadata")).get("labels"))


def annotations_of(body: Mapping[str, Any]) -> dict[str, Any]:
    """Annotations of an object; none where they have another shape."""
    return mapping(mapping(body.get("metadata")).get("annotations"))


def mappings(value: Any) -> list[dict[str, Any]]:
    """The mappings in a list; none where it is no list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _data(value: Any) -> Any:
    """Dictionaries, lists and scalars of the plain types, whatever carries positions."""
    if isinstance(value, Mapping):
        return {str(key): _data(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_data(item) for item in value]
    return str(value) if isinstance(value, str) else value
