"""Whether the cluster holds what the Ingresses convert to now, and what the converted files hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from converter.comparison.manifests import FieldChange, compare
from converter.model import ObjectRef
from converter.reading.manifests import as_written
from converter.validation.defaults import with_defaults
from converter.validation.schemas import Profile

Body = Mapping[str, Any]
EDITED = "the cluster differs from the converted file"


class Drift:
    """Three versions of each object: of the cluster, of the conversion, and of the files where they are given."""

    def __init__(
        self, live: Iterable[Body], made: Iterable[Body], files: Iterable[Body] | None, profile: Profile
    ) -> None:
        self._profile = profile
        self._live, self._made = self._specs(live), self._specs(made)
        self._files = self._specs(files) if files is not None else None

    def of(self, ref: ObjectRef) -> tuple[str, list[FieldChange]]:
        """Why the cluster's object is not current, with the fields that differ; "" where it is."""
        live, made = self._live.get(ref), self._made.get(ref)
        if live is None or made is None:
            return "", []
        changes = self._changes(live, made)
        if self._files is None:
            return ("the cluster differs from what the Ingress converts to now", changes) if changes else ("", [])
        file = self._files.get(ref)
        if file is None:
            return "no converted file holds it", []
        if edited := self._changes(live, file):
            return EDITED, edited
        if changes:
            return "the Ingress, its Service or the controller changed since the conversion", changes
        return "", []

    def _specs(self, bodies: Iterable[Body]) -> dict[ObjectRef, dict[str, Any]]:
        """What decides about requests; metadata is written to by many."""
        out = {}
        for body in bodies:
            full = with_defaults(as_written(body), self._profile)
            ref = ObjectRef.of(body)
            kept = {key: value for key, value in full.items() if key not in ("metadata", "apiVersion", "status")}
            out[ref] = {**kept, "metadata": {"name": ref.name, "namespace": ref.namespace}}
        return out

    def _changes(self, live: Body, wanted: Body) -> list[FieldChange]:
        """Fields of which the cluster has another value; what it adds by itself is none."""
        changed = compare([wanted], [live]).changed
        return [one for some in changed.values() for one in some if one.before is not None or self._knows(live)]

    def _knows(self, body: Body) -> bool:
        return str(body.get("kind")) not in ("Service", "ConfigMap", "Secret", "Namespace")
