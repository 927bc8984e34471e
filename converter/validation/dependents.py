"""What must stay behind together with an object that is withheld.

A route without its policy would be open where it was closed, a policy without its route says nothing, and a rule whose
filter or backend is missing responds with 500: so each takes the others with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ObjectRef, Resource
from converter.validation.policies import POLICIES
from converter.validation.references import ROUTES


def dependents(bad: Iterable[ObjectRef], resources: Iterable[Resource]) -> dict[ObjectRef, ObjectRef]:
    """Objects that cannot stand without the bad ones -> the one that they need, over any number of steps."""
    needs: dict[ObjectRef, list[ObjectRef]] = {}
    for resource in resources:
        for ref in _needs(resource):
            needs.setdefault(ref, []).append(resource.ref)
        if resource.kind in POLICIES:
            for target in _targets(resource):
                if target.kind in ROUTES:
                    needs.setdefault(resource.ref, []).append(target)
    first = set(bad)
    found: dict[ObjectRef, ObjectRef] = {}
    queue = list(first)
    while queue:
        lost = queue.pop()
        for ref in needs.get(lost, ()):
            if ref not in first and ref not in found:
                found[ref] = lost
                queue.append(ref)
    return found


def _needs(resource: Resource) -> Iterator[ObjectRef]:
    spec = resource.body.get("spec") or {}
    if resource.kind in ROUTES:
        for parent in spec.get("parentRefs") or ():
            yield ObjectRef(
                parent.get("kind", "Gateway"), parent.get("namespace") or resource.namespace, parent.get("name", "")
            )
        for rule in spec.get("rules") or ():
            yield from _rule_needs(rule, resource.namespace)
    elif resource.kind in POLICIES:
        yield from _targets(resource)
    elif resource.kind in ("ListenerSet", "XListenerSet"):
        parent = spec.get("parentRef") or {}
        yield ObjectRef("Gateway", parent.get("namespace") or resource.namespace, parent.get("name", ""))


def _rule_needs(rule: dict[str, Any], namespace: str) -> Iterator[ObjectRef]:
    for ref in rule.get("backendRefs") or ():
        if ref.get("kind") == "Backend":
            yield ObjectRef("Backend", ref.get("namespace") or namespace, ref.get("name", ""))
    for entry in rule.get("filters") or ():
        extension = entry.get("extensionRef")
        if extension:
            yield ObjectRef(extension.get("kind", ""), namespace, extension.get("name", ""))


def _targets(policy: Resource) -> Iterator[ObjectRef]:
    spec = policy.body.get("spec") or {}
    for ref in [spec["targetRef"]] if "targetRef" in spec else spec.get("targetRefs") or ():
        yield ObjectRef(ref.get("kind", ""), policy.namespace, ref.get("name", ""))
