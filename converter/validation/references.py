"""References of one object to others: backends, filters, grants, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Resource
from converter.validation.known_objects import ENVOY_GATEWAY, Index
from converter.validation.problem import Problem

ROUTES = frozenset({"HTTPRoute", "GRPCRoute", "TLSRoute", "TCPRoute", "UDPRoute"})
_NO_GRANT = frozenset({"parentRefs", "parentRef", "targetRefs", "targetRef", "parametersRef"})
_REFERRING = frozenset({"RequestMirror", "ExternalAuth", "ExtensionRef"})
"""Filters."""


def reference_problems(resource: Resource, index: Index) -> Iterator[Problem]:
    """Whatever one object points at and cannot reach."""
    spec = resource.body.get("spec")
    if not isinstance(spec, dict):
        return
    if resource.kind in ROUTES:
        for number, rule in enumerate(spec.get("rules") or ()):
            if not _simple(resource, index, rule):
                yield from _rule(resource, index, rule, f"spec.rules[{number}]")
    elif resource.kind != "ReferenceGrant":
        yield from _anywhere(resource, index, spec, "spec")


def _simple(resource: Resource, index: Index, rule: dict[str, Any]) -> bool:
    """Most rules: Services beside the route, no filter that refers to anything."""
    if "filters" in rule:
        for entry in rule["filters"]:
            if entry.get("type") in _REFERRING:
                return False
    own, external = resource.namespace, index.around.external_names
    for ref in rule.get("backendRefs") or ():
        if ref.get("kind", "Service") != "Service" or (ref.get("namespace") or own) != own or "filters" in ref:
            return False
        if external and (own, ref.get("name", "")) in external:
            return False
    return True


def _rule(resource: Resource, index: Index, rule: dict[str, Any], path: str) -> Iterator[Problem]:
    for number, ref in enumerate(rule.get("backendRefs") or ()):
        at = f"{path}.backendRefs[{number}]"
        yield from _backend(resource, index, ref, at)
        if "filters" in ref:
            yield from _filters(resource, index, ref["filters"], f"{at}.filters")
    if "filters" in rule:
        yield from _filters(resource, index, rule["filters"], f"{path}.filters")


def _filters(resource: Resource, index: Index, filters: list[dict[str, Any]], path: str) -> Iterator[Problem]:
    for number, entry in enumerate(filters):
        kind = entry.get("type")
        if kind == "RequestMirror":
            at = f"{path}[{number}].requestMirror.backendRef"
            yield from _backend(resource, index, entry.get("requestMirror", {}).get("backendRef", {}), at)
        elif kind == "ExternalAuth":
            at = f"{path}[{number}].externalAuth.backendRef"
            yield from _backend(resource, index, entry.get("externalAuth", {}).get("backendRef", {}), at)
        elif kind == "ExtensionRef":
            ref = entry.get("extensionRef", {})
            if ref.get("group") == ENVOY_GATEWAY and not index.known(
                ref.get("kind", ""), resource.namespace, ref.get("name", "")
            ):
                words = f"{ref.get('kind')} {resource.namespace}/{ref.get('name')} is not among the objects written"
                yield Problem(resource.ref, f"{path}[{number}].extensionRef", words, "reference")


def _backend(resource: Resource, index: Index, ref: dict[str, Any], path: str) -> Iterator[Problem]:
    kind, name = ref.get("kind", "Service"), ref.get("name", "")
    namespace = ref.get("namespace") or resource.namespace
    if kind == "Backend" and not index.known(kind, namespace, name):
        yield Problem(resource.ref, path, f"Backend {namespace}/{name} is not among the objects written", "reference")
    elif kind == "Service" and (namespace, name) in index.around.external_names:
        words = f"Service {namespace}/{name} is an ExternalName, which Envoy Gateway refuses: it needs a Backend"
        yield Problem(resource.ref, path, words, "refused")
    if namespace != resource.namespace:
        yield from _granted(resource, index, ref, kind, path)


def _granted(resource: Resource, index: Index, ref: dict[str, Any], kind: str, path: str) -> Iterator[Problem]:
    namespace, name = ref["namespace"], ref.get("name", "")
    if not index.granted(resource, kind, namespace, name):
        words = f"no ReferenceGrant in {namespace} lets a {resource.kind} of {resource.namespace} use {kind} {name}"
        yield Problem(resource.ref, path, words, "reference")


def _anywhere(resource: Resource, index: Index, value: Any, path: str) -> Iterator[Problem]:
    """References of policies, Gateways and the like, wherever they stand: keys that end in Ref or Refs."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from _anywhere(resource, index, item, f"{path}[{number}]")
        return
    for key, item in value.items():
        if not isinstance(item, (dict, list)):
            continue
        at = f"{path}.{key}"
        if key in {"backendRef", "backendRefs"}:
            for number, ref in enumerate(item if isinstance(item, list) else [item]):
                yield from _backend(resource, index, ref, f"{at}[{number}]" if isinstance(item, list) else at)
        elif key == "parametersRef" and resource.kind == "Gateway" and isinstance(item, dict):
            yield from _parameters(resource, index, item, at)
        elif key.endswith(("Ref", "Refs", "users")) and key not in _NO_GRANT:
            yield from _objects(resource, index, item, at)
        yield from _anywhere(resource, index, item, at)


def _parameters(resource: Resource, index: Index, ref: dict[str, Any], path: str) -> Iterator[Problem]:
    if ref.get("group") == ENVOY_GATEWAY and not index.known("EnvoyProxy", resource.namespace, ref.get("name", "")):
        words = f"EnvoyProxy {resource.namespace}/{ref.get('name')} is not among the objects written"
        yield Problem(resource.ref, path, words, "reference")


def _objects(resource: Resource, index: Index, value: Any, path: str) -> Iterator[Problem]:
    """Secrets and ConfigMaps: they are assumed to exist, but another namespace must grant their use."""
    for number, ref in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(ref, dict) and ref.get("namespace", resource.namespace) != resource.namespace:
            at = f"{path}[{number}]" if isinstance(value, list) else path
            yield from _granted(resource, index, ref, ref.get("kind", "Secret"), at)
