"""Rollouts (Argo) and Canaries (Flagger) that write weights into Ingresses.

Source: argo-rollouts: pkg/apis/rollouts/v1alpha1/types.go RolloutTrafficRouting, utils/ingress/ingress.go
GetCanaryIngressName; flagger: pkg/apis/flagger/v1beta1/canary.go, pkg/router/ingress.go.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.model import ObjectRef
from converter.reading.inventory import Document, Inventory

_MAX_NAME = 253
_SUFFIX = "-canary"


class Delivery(NamedTuple):
    """One object that shifts weights."""

    document: Document
    provider: str
    """What it writes to: nginx | alb."""
    stable: tuple[ObjectRef, ...]
    """Ingresses that it reads or writes and that people made."""
    canaries: tuple[ObjectRef, ...]
    """Ingresses that it makes itself."""

    @property
    def ref(self) -> ObjectRef:
        return self.document.ref

    @property
    def ingresses(self) -> tuple[ObjectRef, ...]:
        """All of them."""
        return self.stable + self.canaries

    @property
    def strategy(self) -> dict[str, Any]:
        """Of a Rollout: `spec.strategy.canary`."""
        return mapping_at(self.document.body, "spec", "strategy", "canary")


def mapping_at(body: Any, *path: str) -> dict[str, Any]:
    """A mapping inside an object; an empty one where there is none."""
    for key in path:
        body = body.get(key) if isinstance(body, dict) else None
    return body if isinstance(body, dict) else {}


def deliveries(inventory: Inventory) -> list[Delivery]:
    """All Rollouts and Canaries of the input that write to Ingresses."""
    return [*_rollouts(inventory), *_canaries(inventory)]


def _rollouts(inventory: Inventory) -> Iterator[Delivery]:
    for one in inventory.of("Rollout"):
        routing = mapping_at(one.body, "spec", "strategy", "canary", "trafficRouting")
        nginx, alb = mapping_at(routing, "nginx"), mapping_at(routing, "alb")
        if nginx:
            stable = _names(nginx, "stableIngress", "stableIngresses")
            made = [f"{one.name}-{name}"[: _MAX_NAME - len(_SUFFIX)] + _SUFFIX for name in stable]
            yield Delivery(one, "nginx", _refs(one, stable), _refs(one, made))
        if alb:
            yield Delivery(one, "alb", _refs(one, _names(alb, "ingress", "ingresses")), ())


def _canaries(inventory: Inventory) -> Iterator[Delivery]:
    for one in inventory.of("Canary"):
        name = mapping_at(one.body, "spec", "ingressRef").get("name")
        if isinstance(name, str) and name:
            yield Delivery(one, "nginx", _refs(one, [name]), _refs(one, [name + _SUFFIX]))


def _names(body: dict[str, Any], one: str, several: str) -> list[str]:
    listed = body.get(several)
    found = [body.get(one), *(listed if isinstance(listed, list) else [])]
    return [name for name in found if isinstance(name, str) and name]


def _refs(owner: Document, names: list[str]) -> tuple[ObjectRef, ...]:
    return tuple(ObjectRef("Ingress", owner.namespace, name) for name in names)
