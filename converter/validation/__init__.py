"""Checking: schema, CEL, references and limits of output; equivalence of two tables."""

from converter.validation.known_objects import KnownObjects, known_objects
from converter.validation.problem import Problem
from converter.validation.schemas import Profile, profile, profile_for, profile_from_crds
from converter.validation.validate import validate

__all__ = [
    "KnownObjects",
    "Problem",
    "Profile",
    "known_objects",
    "profile",
    "profile_for",
    "profile_from_crds",
    "validate",
]
