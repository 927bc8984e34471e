"""Objects against the schemas of a target and against what its implementation refuses."""

from __future__ import annotations

from collections.abc import Sequence

from converter import validation
from converter.model import Resource
from converter.targets.registry import target
from converter.validation import KnownObjects, Problem, Profile


def validate(
    resources: Sequence[Resource], schemas: Profile | str, around: KnownObjects | None = None
) -> list[Problem]:
    """All problems, as the pipeline finds them; of schemas that are no target's, what these say alone."""
    refusals = target(schemas).refusals if isinstance(schemas, str) else None
    return validation.validate(resources, schemas, around or KnownObjects(), refusals)
