"""Hostnames of a listener with an HTTPRoute and a GRPCRoute: implementations may accept only one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import ObjectRef, Outcome
from converter.routing.table import Rule
from converter.targets.context import Context
from converter.targets.gateway_api.grpc_route.one_kind import meets

_LISTENER = tuple[str, str, str]
"""Namespace and name of the parent, section."""


def settle_mixed_kinds(context: Context) -> None:
    """A finding on each GRPCRoute that shares a hostname of a listener with an HTTPRoute."""
    if context.capabilities.mixed_route_kinds:
        return
    objects = {ObjectRef(*key): resource for key, resource in context.output.objects.by_ref.items()}
    grpc = [ref for ref in objects if ref.kind == "GRPCRoute"]
    if not grpc:
        return
    http: dict[_LISTENER, dict[str, ObjectRef]] = {}
    for ref, resource in objects.items():
        if ref.kind == "HTTPRoute":
            for host, listener in _places(ref, resource.body):
                http.setdefault(listener, {})[host] = ref
    found: dict[ObjectRef, ObjectRef] = {}
    for ref in grpc:
        for host, listener in _places(ref, objects[ref].body):
            others = http.get(listener, {})
            if meets(host, others):
                found[ref] = others.get(host) or next(iter(others.values()))
                break
    rules: dict[ObjectRef, dict[int, Rule]] = {ref: {} for ref in found}
    for key, rule in context.output.provenance.items() if found else ():
        if (route := ObjectRef(*key[:3])) in rules:
            rules[route][id(rule)] = rule
    for ref, other in found.items():
        context.notes.settle_rule(rules[ref].values(), _outcome(ref, other))


def _places(ref: ObjectRef, body: dict[str, Any]) -> Iterator[tuple[str, _LISTENER]]:
    spec = body["spec"]
    for host in spec.get("hostnames") or [""]:
        for parent in spec.get("parentRefs") or ():
            yield host, (parent.get("namespace", ref.namespace), parent["name"], parent.get("sectionName", ""))


def _outcome(ref: ObjectRef, other: ObjectRef) -> Outcome:
    return Outcome.approximate(
        "grpc.two-route-kinds",
        f"GRPCRoute {ref.namespace}/{ref.name} and HTTPRoute {other.namespace}/{other.name} have hostnames in common "
        "on one listener: an implementation may accept only one of the two, and then requests for the other get 404",
        "use an implementation that accepts both kinds, or give one of them a hostname of its own",
        affects={"status", "backends", "body", "response-headers"},
    )
