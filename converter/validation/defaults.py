"""What an API server adds to an object when it takes it in: the defaults of its schema."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.validation.explain import defaulted
from converter.validation.schemas import Profile


def with_defaults(body: Mapping[str, Any], profile: Profile) -> dict[str, Any]:
    """A copy with every default filled in; the object as it is where its kind is not known."""
    found = profile.find(str(body.get("apiVersion", "")), str(body.get("kind", "")))
    if found is None or "spec" not in body:
        return dict(body)
    bundle, _, schema = found
    spec = bundle.resolve(bundle.resolve(schema)["properties"]["spec"])
    return {**body, "spec": defaulted(bundle, spec, body["spec"])}
