"""Write once: what handlers put down for one rule or one Gateway, and the objects that come of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ObjectRef, Resource
from converter.packs.features import feature_catalogue

GATEWAY_API = "gateway.networking.k8s.io/v1"
ENVOY_GATEWAY = "gateway.envoyproxy.io/v1alpha1"
API_VERSIONS = {
    "GatewayClass": GATEWAY_API,
    "Gateway": GATEWAY_API,
    "ListenerSet": GATEWAY_API,
    "HTTPRoute": GATEWAY_API,
    "GRPCRoute": GATEWAY_API,
    "TLSRoute": GATEWAY_API,
    "TCPRoute": GATEWAY_API,
    "UDPRoute": GATEWAY_API,
    "BackendTLSPolicy": GATEWAY_API,
    "ReferenceGrant": "gateway.networking.k8s.io/v1beta1",
    "Secret": "v1",
    "Service": "v1",
    "Certificate": "cert-manager.io/v1",
    "LoadBalancerConfiguration": "gateway.k8s.aws/v1",
    "TargetGroupConfiguration": "gateway.k8s.aws/v1",
    "ListenerRuleConfiguration": "gateway.k8s.aws/v1",
}
MANAGED = {"app.kubernetes.io/managed-by": "ing2gw"}
"""Label of every object, where provenance is on."""
Path = tuple[str, ...]
BACKEND_HEADERS = "backend-headers"
"""Head of the entry's settings for headers that every rule sets for its backends."""


class FieldSet:
    """A flat set of fields, each written once.

    The first part of a path says which object it belongs to. Two features that want different values for one field
    do not depend on who comes first: the one that stands first in features.yaml has it, the other is a clash.
    """

    __slots__ = ("clashes", "heads", "values")

    def __init__(self) -> None:
        self.values: dict[Path, tuple[str, Any]] = {}
        self.clashes: list[tuple[str, Path, str]] = []
        """Feature that lost, field, feature that has it."""
        self.heads: set[str] = set()
        """The objects that something was written for."""

    def put(self, feature: str, path: Path, value: Any) -> None:
        """Write a field."""
        known = self.values.get(path)
        self.heads.add(path[0])
        if known is None or known[1] == value:
            if known is None or _rank(feature) < _rank(known[0]):
                self.values[path] = (feature, value)
            return
        loser, winner = (
            (feature, known[0])
            if (_rank(known[0]), repr(known[1])) <= (_rank(feature), repr(value))
            else (known[0], feature)
        )
        if winner == feature:
            self.values[path] = (feature, value)
        self.clashes.append((loser, path, winner))

    def under(self, head: str) -> Iterator[tuple[Path, Any]]:
        """The fields of one object, without its head, in order of their paths."""
        for path in sorted([path for path in self.values if path[0] == head]):
            yield path[1:], self.values[path][1]

    def nested(self, head: str) -> dict[str, Any]:
        """The same as nested dictionaries."""
        if head not in self.heads:
            return {}
        out: dict[str, Any] = {}
        for path, value in self.under(head):
            place = out
            for part in path[:-1]:
                place = place.setdefault(part, {})
            place[path[-1]] = value
        return out

    def written_by(self, feature: str) -> list[Path]:
        """The fields that a feature has."""
        return sorted(path for path, (owner, _) in self.values.items() if owner == feature)


_RANKS: dict[str, int] = {}


def _rank(feature: str) -> int:
    if not _RANKS:
        _RANKS.update({name: rank for rank, name in enumerate(feature_catalogue())})
    return _RANKS.get(feature, len(_RANKS))


class OutputObjects:
    """The output: one object per kind, namespace and name."""

    def __init__(self, provenance: bool) -> None:
        self.by_ref: dict[tuple[str, str, str], Resource] = {}
        self._provenance = provenance
        """Whether objects say where they come from."""

    def add(
        self,
        kind: str,
        namespace: str,
        name: str,
        spec: dict[str, Any],
        sources: Iterable[ObjectRef] = (),
        *,
        origin: str = "",
        annotations: dict[str, str] | None = None,
        common: bool = False,
    ) -> Resource:
        """A new object; the same one twice is an error of ours. `common`: see `Resource`."""
        key = (kind, namespace, name)
        if key in self.by_ref:
            raise ValueError(f"{kind} {namespace}/{name} is written twice")
        metadata: dict[str, Any] = {"name": name}
        if namespace:
            metadata["namespace"] = namespace
        if self._provenance:
            metadata["labels"] = dict(MANAGED)
        notes = dict(annotations or {})
        if self._provenance and origin:
            notes["ing2gw/source"] = origin
        if notes:
            metadata["annotations"] = notes
        version = API_VERSIONS.get(kind, ENVOY_GATEWAY)
        body = {"apiVersion": version, "kind": kind, "metadata": metadata, "spec": spec}
        resource = Resource(version, kind, namespace, name, body, tuple(sources), common=common)
        self.by_ref[key] = resource
        return resource

    def get(self, kind: str, namespace: str, name: str) -> Resource | None:
        """An object that was added before."""
        return self.by_ref.get((kind, namespace, name))
