"""Where something is in the input."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Location(NamedTuple):
    """A place in an input file; line and column count from 1, 0 means "the file as a whole"."""

    path: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}" if self.line else self.path


class ObjectRef(NamedTuple):
    """A Kubernetes object by name; namespace is empty for cluster-scoped kinds."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def of(cls, manifest: Mapping[str, Any]) -> ObjectRef:
        """Kind, namespace and name of a manifest, whatever is missing in it."""
        metadata = manifest.get("metadata")
        known = metadata if isinstance(metadata, dict) else {}
        return cls(str(manifest.get("kind", "")), str(known.get("namespace") or ""), str(known.get("name", "")))

    def __str__(self) -> str:
        return f"{self.kind} {self.namespace}/{self.name}" if self.namespace else f"{self.kind} {self.name}"


class Origin(NamedTuple):
    """One fact of the input. `kind`: annotation | field | default | object | file.

    `key` is the annotation's name, the dotted path of a field (`spec.rules[0].http.paths[1]`), the name of a
    controller default, or "" for objects and files.
    """

    kind: str
    key: str
    value: str
    location: Location
    object: ObjectRef | None = None

    @property
    def configured(self) -> bool:
        """False for what a controller does of itself; True for what somebody wrote, also into its own configuration."""
        return self.kind != "default" or (self.object is not None and self.object.kind in CONFIGURATION)


CONFIGURATION = frozenset(
    {"ConfigMap", "Deployment", "DaemonSet", "Pod", "Service", "HorizontalPodAutoscaler", "PodDisruptionBudget"}
)
"""Kinds of objects that a controller takes its settings from."""
