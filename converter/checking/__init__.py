"""Checking: schema, CEL, references and limits of output; equivalence of two tables."""

from converter.checking.problems import Problem
from converter.checking.schemas import Profile, profile, profile_for, profile_from_crds
from converter.checking.surroundings import Surroundings, surroundings
from converter.checking.validation import validate

__all__ = [
    "Problem", "Profile", "Surroundings", "profile", "profile_for", "profile_from_crds", "surroundings", "validate",
]
