"""Every output object against the schemas of its target, and all of them against each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from converter.model import Resource
from converter.model.progress import PROGRESS
from converter.validation.attachment import Attachments, listener_conflicts, listener_set_problems
from converter.validation.explain import explain
from converter.validation.known_objects import Index, KnownObjects, indexed
from converter.validation.metadata import metadata_problems
from converter.validation.policies import POLICIES, PolicyTargets
from converter.validation.problem import Problem
from converter.validation.references import ROUTES, reference_problems
from converter.validation.schema_checks import Checks
from converter.validation.schemas import Profile, profile

Refusals = Callable[[Resource, Index], Iterator[tuple[str, str]]]
"""Paths and messages of what an implementation refuses of one object."""
_TOP = frozenset({"apiVersion", "kind", "metadata", "spec", "status"})


def validate(
    resources: Sequence[Resource],
    target: Profile | str,
    around: KnownObjects = KnownObjects(),  # noqa: B008
    refusals: Refusals | None = None,
) -> list[Problem]:
    """All problems of a list of objects: each alone (structure, limits, CEL), then their references to each other.

    Of kinds of other groups (Secrets, ConfigMaps) only the metadata is judged.

    Args:
        resources: The objects.
        target: The schemas, or the target and version whose schemas they are.
        around: What exists besides the objects.
        refusals: What the implementation refuses although the schemas allow it (`Target.refusals`).
    """
    schemas = profile(target) if isinstance(target, str) else target
    problems: list[Problem] = []
    sound: list[Resource] = []
    PROGRESS.begin("checking", len(resources))
    for resource in resources:
        PROGRESS.done += 1
        found = _alone(resource, schemas)
        if found:
            problems += found
        else:
            sound.append(resource)
    problems += together(resources, sound, around, refusals)
    return problems


def _alone(resource: Resource, schemas: Profile) -> list[Problem]:
    validator = _validator(schemas, resource.api_version, resource.kind)
    if validator.valid(resource.body):
        return []
    return [Problem(resource.ref, *found) for found in validator.explain(resource.body)]


def together(
    resources: Sequence[Resource], sound: Sequence[Resource], around: KnownObjects, refusals: Refusals | None
) -> Iterator[Problem]:
    """What is wrong between objects; those that are not sound themselves are known but not looked into."""
    index = indexed(resources, around)
    yield from index.duplicates
    good = {id(resource) for resource in sound}
    broken = [ref for ref, resource in index.objects.items() if id(resource) not in good]
    for ref in broken:
        del index.objects[ref]
    index.around = replace(around, objects=around.objects | frozenset(broken))
    attachments = Attachments(index)
    policies = PolicyTargets(attachments, [resource for resource in sound if resource.kind in POLICIES])
    yield from listener_conflicts(attachments)
    for resource in sound:
        yield from reference_problems(resource, index)
        if resource.kind in ROUTES:
            yield from attachments.problems(resource)
        elif resource.kind in POLICIES:
            yield from policies.problems(resource)
        elif resource.kind in {"ListenerSet", "XListenerSet"}:
            yield from listener_set_problems(resource, attachments)
        if refusals is not None:
            for path, message in refusals(resource, index):
                yield Problem(resource.ref, path, message, "refused")


class _Validator:
    """The check of one kind and version."""

    def __init__(self, schemas: Profile, api_version: str, kind: str) -> None:
        self.api_version, self.kind = api_version, kind
        found = schemas.find(api_version, kind)
        group = api_version.rpartition("/")[0]
        self.unknown = found is None and (group in schemas.groups() or group.startswith("gateway."))
        self.target = schemas.name
        self.namespaced = found[1]["namespaced"] if found else None
        self.schema = (found[0], found[2]) if found else None
        self.check = _checks(schemas, found[0].name, found[0]).check(self._spec_node()) if found else None

    def _spec_node(self) -> dict[str, Any]:
        assert self.schema is not None  # noqa: S101
        return self.schema[1]

    def valid(self, body: dict[str, Any]) -> bool:
        """True where the object is certainly valid."""
        if self.check is None or self.unknown:
            return False
        try:
            for _ in metadata_problems(body["metadata"], self.namespaced is True):
                return False
            if body["apiVersion"] != self.api_version or body["kind"] != self.kind or not body.keys() <= _TOP:
                return False
            spec = {"spec": body["spec"]} if "spec" in body else {}
            return self.check(spec)
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, NameError, RecursionError):
            return False

    def explain(self, body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
        """What is wrong; nothing where the fast check was only unsure."""
        if self.unknown:
            yield "apiVersion", f"{self.api_version} {self.kind} is not served by {self.target}", "schema"
            return
        if (body.get("apiVersion"), body.get("kind")) != (self.api_version, self.kind):
            yield "kind", "apiVersion and kind must be those under which the object is listed", "schema"
        namespaced = self.namespaced if self.namespaced is not None else "namespace" in (body.get("metadata") or {})
        yield from metadata_problems(body.get("metadata"), bool(namespaced))
        if self.schema is None:
            return
        for key in body.keys() - _TOP:
            yield key, "unknown field; the API server would drop it silently", "schema"
        spec = {"spec": body["spec"]} if "spec" in body else {}
        yield from explain(*self.schema, spec)


def _checks(schemas: Profile, name: str, bundle: Any) -> Checks:
    key = ("bundle", name)
    if key not in schemas.validators:
        schemas.validators[key] = Checks(bundle)
    found: Checks = schemas.validators[key]
    return found


def _validator(schemas: Profile, api_version: str, kind: str) -> _Validator:
    key = (api_version, kind)
    found = schemas.validators.get(key)
    if found is None:
        found = schemas.validators[key] = _Validator(schemas, api_version, kind)
    validator: _Validator = found
    return validator
