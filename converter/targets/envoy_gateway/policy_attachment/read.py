"""Policies: what they are attached to, which of several wins, and what a merge makes of two.

Effective is the first that exists: rule, route, listener of a ListenerSet, ListenerSet, listener of a Gateway, Gateway.
It replaces the wider ones wholly unless it has `mergeType`; then it is laid over the policy of the listener or Gateway.
Of two on one target the older wins, then the first by `namespace/name` (reference: target.md b2).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.reading.manifests import mapping, mappings
from converter.targets.gateway_api.gateway.read_listeners import Listener, may_attach
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.resources import ENVOY_GROUP, GATEWAY_GROUP, Body, Manifest, Store, selects, text

Target = tuple[str, str, str, str]
"""Kind, namespace, name and section; the section of a route is the name of a rule."""


class Effective(NamedTuple):
    """The settings in force at one place."""

    spec: Body
    policy: Manifest
    """The policy that wins (the narrower one of a merge)."""
    owners: tuple[Manifest, ...]
    """Where references of the settings may be looked up: the winner and, in a merge, its parent."""


class EffectivePolicies:
    """All policies of one kind, by what they are attached to."""

    def __init__(self, kind: str, store: Store, grants: Grants) -> None:
        self._at: dict[Target, Manifest] = {}
        self._merged: dict[tuple[int, int], Effective] = {}
        for policy in store.of(kind):
            for target in targets(policy, store, grants):
                self._at.setdefault(target, policy)
        self.empty = not self._at
        self.has_routes = any(target[0].endswith("Route") for target in self._at)

    def at_listener(self, listener: Listener) -> Manifest | None:
        """The policy of a listener as such: its own, its ListenerSet's, its Gateway's."""
        owner, gateway = listener.owner, listener.gateway
        found = self._at.get((owner.kind, owner.namespace, owner.name, listener.name))
        found = found or self._at.get((owner.kind, owner.namespace, owner.name, ""))
        return found or self._at.get(("Gateway", gateway.namespace, gateway.name, ""))

    def section(self, listener: Listener) -> Manifest | None:
        """The policy that names this listener itself."""
        owner = listener.owner
        return self._at.get((owner.kind, owner.namespace, owner.name, listener.name))

    def at_route(self, route: Manifest, rule: str) -> Manifest | None:
        """The policy of a rule or of its route."""
        if not self.has_routes:
            return None
        found = self._at.get((route.kind, route.namespace, route.name, rule)) if rule else None
        return found or self._at.get((route.kind, route.namespace, route.name, ""))

    def effective(self, route: Manifest, rule: str, parent: Manifest | None) -> Effective | None:
        """What is in force for a rule at a listener with this policy."""
        own = self.at_route(route, rule)
        if own is None:
            return Effective(parent.spec, parent, (parent,)) if parent is not None else None
        if parent is None or not own.spec.get("mergeType"):
            return Effective(own.spec, own, (own,))
        key = (id(own), id(parent))
        if key not in self._merged:
            self._merged[key] = Effective(merged(parent.spec, own.spec), own, (own, parent))
        return self._merged[key]


def merged(parent: Body, child: Body) -> dict[str, Any]:
    """Mappings are merged, all else is replaced; null takes away."""
    out = dict(parent)
    for key, value in child.items():
        if value is None:
            out.pop(key, None)
        elif isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = merged(out[key], value)
        else:
            out[key] = value
    return out


def targets(policy: Manifest, store: Store, grants: Grants) -> Iterator[Target]:
    """What a policy is attached to, whether or not that exists."""
    spec = policy.spec
    refs = [*mappings(spec.get("targetRefs")), mapping(spec.get("targetRef"))]
    for ref in refs:
        if ref.get("kind") and (ref.get("group") or GATEWAY_GROUP) == GATEWAY_GROUP:
            yield text(ref["kind"]), policy.namespace, text(ref.get("name")), text(ref.get("sectionName"))
    for selector in mappings(spec.get("targetSelectors")):
        scope = mapping(selector.get("namespaces"))
        kind = text(selector.get("kind"))
        for one in store.of(kind):
            if (
                may_attach(scope, policy.namespace, one.namespace, store)
                and selects(selector, one.labels)
                and (grants.permit((ENVOY_GROUP, policy.kind, policy.namespace), (kind, one.namespace, one.name)))
            ):
                yield kind, one.namespace, one.name, ""
