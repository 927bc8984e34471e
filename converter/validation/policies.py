"""Policies and their targets: they must exist, and each target takes one policy of a kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ObjectRef, Resource
from converter.validation.attachment import Attachments
from converter.validation.problem import Problem

POLICIES = frozenset(
    {
        "SecurityPolicy",
        "BackendTrafficPolicy",
        "ClientTrafficPolicy",
        "EnvoyExtensionPolicy",
        "EnvoyPatchPolicy",
        "BackendTLSPolicy",
    }
)
_MANY_ALLOWED = frozenset({"EnvoyPatchPolicy"})

Target = tuple[str, str, str, str, str]
"""Kind of the policy, kind, namespace, name and section of its target."""


class PolicyTargets:
    """The policies by target; of two for one target, Envoy Gateway takes the first by age, then by name."""

    def __init__(self, attachments: Attachments, policies: Iterable[Resource]) -> None:
        self.attachments = attachments
        self.taken: dict[Target, Resource] = {}
        for policy in sorted(policies, key=lambda one: one.ref):
            for ref in _refs(policy):
                self.taken.setdefault(_key(policy, ref), policy)

    def problems(self, policy: Resource) -> Iterator[Problem]:
        """Targets that are missing or taken, and what Envoy Gateway refuses of the attachment."""
        single = "targetRef" in (policy.body.get("spec") or {})
        for number, ref in enumerate(_refs(policy)):
            path = "spec.targetRef" if single else f"spec.targetRefs[{number}]"
            yield from self._missing(policy, ref, path)
            yield from self._taken(policy, ref, path)
            if policy.kind == "ClientTrafficPolicy" and ref.get("sectionName"):
                yield from self._shared_port(policy, ref, path)

    def _missing(self, policy: Resource, ref: dict[str, Any], path: str) -> Iterator[Problem]:
        kind, name, section = ref.get("kind", ""), ref.get("name", ""), ref.get("sectionName")
        index = self.attachments.index
        if kind in {"Service", "ServiceImport", "GatewayClass"}:
            return
        spec = index.spec(kind, policy.namespace, name)
        if spec is None:
            if not index.known(kind, policy.namespace, name):
                words = f"{kind} {policy.namespace}/{name} is neither among the objects written nor known to exist"
                yield Problem(policy.ref, path, words, "reference")
            return
        if section and section not in _sections(kind, spec):
            part = "listener" if kind in {"Gateway", "ListenerSet", "XListenerSet"} else "rule"
            yield Problem(policy.ref, f"{path}.sectionName", f"{kind} {name} has no {part} {section}", "reference")

    def _taken(self, policy: Resource, ref: dict[str, Any], path: str) -> Iterator[Problem]:
        if policy.kind in _MANY_ALLOWED:
            return
        first = self.taken[_key(policy, ref)]
        if first is not policy:
            words = f"{first.ref} has the same target; Envoy Gateway ignores the second policy of a kind"
            yield Problem(policy.ref, path, words, "reference")

    def _shared_port(self, policy: Resource, ref: dict[str, Any], path: str) -> Iterator[Problem]:
        """One plaintext listener cannot have a policy of its own where others share its port."""
        owner = ObjectRef(ref.get("kind", ""), policy.namespace, ref.get("name", ""))
        gateway = self.attachments.gateways.get(owner)
        listeners = self.attachments.listeners.get(owner, [])
        own = next((one for one in listeners if one.name == ref["sectionName"]), None)
        if own is None or own.protocol not in {"HTTP"}:
            return
        sharing = [
            one.name
            for other, found in self.attachments.listeners.items()
            if self.attachments.gateways[other] == gateway
            for one in found
            if one.port == own.port and one.protocol == "HTTP" and one is not own
        ]
        if sharing:
            words = f"the plaintext listener shares port {own.port} with {sharing[0]}: target the Gateway"
            yield Problem(policy.ref, path, words, "refused")


def _refs(policy: Resource) -> list[dict[str, Any]]:
    spec = policy.body.get("spec") or {}
    return [spec["targetRef"]] if "targetRef" in spec else spec.get("targetRefs") or []


def _key(policy: Resource, ref: dict[str, Any]) -> Target:
    return policy.kind, ref.get("kind", ""), policy.namespace, ref.get("name", ""), ref.get("sectionName") or ""


def _sections(kind: str, spec: dict[str, Any]) -> list[str]:
    if kind in {"Gateway", "ListenerSet", "XListenerSet"}:
        return [entry.get("name", "") for entry in spec.get("listeners") or ()]
    if kind == "Backend":
        ends = [next(iter(end.values()), None) for end in spec.get("endpoints") or ()]
        return [str(end.get("port")) for end in ends if isinstance(end, dict)]
    return [rule.get("name", "") for rule in spec.get("rules") or ()]
