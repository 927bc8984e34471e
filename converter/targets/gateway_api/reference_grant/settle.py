"""Findings about ReferenceGrants: who opens what for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from converter.model import NO_ASPECTS, FieldRef, ObjectRef, Origin, Outcome
from converter.reading.inventory import Ingress
from converter.targets.context import Context

_OF_ROUTES = ("Gateway", "ListenerSet")


class WrittenGrant(NamedTuple):
    """A ReferenceGrant as far as a finding needs it."""

    ref: ObjectRef
    from_kind: str
    from_namespace: str
    to_kind: str
    to_names: tuple[str, ...]


def settle_grants(grants: Iterable[WrittenGrant], context: Context) -> None:
    """One finding a grant."""
    first = {ingress.namespace: ingress for ingress in reversed(context.inventory.ingresses)}
    for grant in grants:
        _settle(grant, first, context)


def _settle(grant: WrittenGrant, first: Mapping[str, Ingress], context: Context) -> None:
    """Secrets for listeners were read across namespaces before, too."""
    origin = _origin(grant, first, context)
    if origin is None:
        return
    space = grant.ref.namespace
    names = ", ".join(grant.to_names)
    message = (
        f"ReferenceGrant {space}/{grant.ref.name} lets every {grant.from_kind} of namespace {grant.from_namespace} "
        f"refer to {grant.to_kind} {names} of namespace {space}; without it Envoy Gateway refuses the reference "
        "(RefNotPermitted)"
    )
    if not context.capabilities.policies:
        message = message.replace("Envoy Gateway refuses the reference", "the reference is refused")
    fields = (FieldRef("ReferenceGrant", space, grant.ref.name, "spec"),)
    hint = f"let the owner of namespace {space} approve the ReferenceGrant; the controller needed none"
    if grant.from_kind in _OF_ROUTES:
        outcome = Outcome.exact("reference-grant.secret", message, hint, fields=fields)
    else:
        outcome = Outcome.approximate("reference-grant.written", message, hint, fields=fields, affects=NO_ASPECTS)
    context.ledger.settle(origin, outcome)


def _origin(grant: WrittenGrant, first: Mapping[str, Ingress], context: Context) -> Origin | None:
    """The grant as a fact of the Ingress or resource that needs it."""
    wanted = grant.from_namespace if grant.from_kind not in _OF_ROUTES else grant.ref.namespace
    value = f"{grant.from_kind} {grant.from_namespace} to {grant.to_kind} {grant.ref.namespace}/{grant.ref.name}"
    ingress = first.get(wanted)
    if ingress is not None:
        return Origin("object", "ReferenceGrant", value, ingress.location(), ingress.ref)
    for rule in context.output.provenance.values():
        if rule.origin is not None:
            return rule.origin._replace(kind="object", key="ReferenceGrant", value=value)
    return None
