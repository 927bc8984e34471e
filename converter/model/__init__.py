"""The words everybody uses: where something stands, what became of it, and the objects that come out."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.model.example import Example
from converter.model.origin import CONFIGURATION, Location, ObjectRef, Origin
from converter.model.outcome import ASPECTS, NO_ASPECTS, Aspect, Aspects, Fidelity, FieldRef, Outcome
from converter.model.request_kind import RequestKind

__all__ = [
    "ASPECTS",
    "CONFIGURATION",
    "NO_ASPECTS",
    "Aspect",
    "Aspects",
    "Example",
    "Fidelity",
    "FieldRef",
    "Finding",
    "InputStatus",
    "Location",
    "ObjectRef",
    "ObjectStatus",
    "Origin",
    "Outcome",
    "Resource",
]


@dataclass(slots=True)
class Finding:
    """What became of one fact; the line of a report."""

    code: str
    fidelity: Fidelity
    message: str
    origin: Origin
    hint: str = ""
    feature: str = ""
    protects: bool = False
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = NO_ASPECTS
    narrow: tuple[tuple[Aspects, RequestKind], ...] = ()
    """The announcement in parts, each with the kind of requests that it holds for; (): it holds for every request."""
    example: Example | None = None
    accepted: str = ""
    """Why somebody accepted it (a waiver's reason, a baseline); it stays in every report and fails nothing."""
    requests: int | None = None
    """Requests of a replayed log whose response differs because of it; None where no log was given."""


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
    common: bool = False
    """It belongs to none of its sources: others of the namespace may join."""
    comments: dict[str, str] = field(default_factory=dict)
    """Dotted path of a field -> the comment that is written above it."""

    @property
    def ref(self) -> ObjectRef:
        return ObjectRef(self.kind, self.namespace, self.name)
