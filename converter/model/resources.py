"""Files and objects of the input with what became of them, and the objects that are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from converter.model.references import Location, ObjectRef


@dataclass(slots=True)
class InputStatus:
    """One file of the input. `status`: read | skipped | failed."""

    path: str
    documents: int = 0
    status: str = "read"
    message: str = ""


@dataclass(slots=True)
class ObjectStatus:
    """One Ingress (or custom resource) of the input. `status`: converted | withheld | skipped | failed."""

    ref: ObjectRef
    location: Location
    status: str
    controller: str = ""
    entry: str = ""
    reason: str = ""


@dataclass(slots=True)
class Resource:
    """One output object. `body` is the whole manifest as plain dictionaries, in the order in which it is written."""

    api_version: str
    kind: str
    namespace: str
    name: str
    body: dict[str, Any]
    sources: tuple[ObjectRef, ...] = ()
    """The input objects that this one comes from, in input order."""
    file: str = ""
    """Path below the output directory, set by the writer."""
    rule_origins: dict[str, Any] = field(default_factory=dict)
    """For routes: 'rules[0]' or 'rules[0].matches[1]' -> routing.Rule that it was made from."""
    text: str = ""
    """`body` as YAML, where it has been printed."""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.kind, self.namespace, self.name)
