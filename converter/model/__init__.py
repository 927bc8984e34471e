"""What every room speaks of: facts, findings, and the objects of both sides."""

from converter.model.findings import (
    ASPECTS,
    NO_ASPECTS,
    Answered,
    Aspect,
    Aspects,
    Example,
    Fidelity,
    Finding,
    Outcome,
    worst,
)
from converter.model.references import CONFIGURATION, FieldRef, Location, ObjectRef, Origin
from converter.model.resources import InputStatus, ObjectStatus, Resource

__all__ = [
    "ASPECTS",
    "CONFIGURATION",
    "NO_ASPECTS",
    "Answered",
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
    "worst",
]
