"""What was written for the tests, under names of its own: it can be applied beside the rest, and deleted by itself."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from typing import Any

from converter.model import Resource
from converter.packs.migration import staging_settings
from converter.staging.host_names import StagingNames

Body = dict[str, Any]
_KEPT = frozenset({"GatewayClass"})
"""Shared with the rest."""
_LEFT_OUT = frozenset({"Certificate", "Service", "TCPRoute", "UDPRoute", "Namespace"})
"""Has no host, or belongs to the names of clients."""
_PARENTS = {"parentRefs": "Gateway", "parentRef": "Gateway", "certificateRefs": "Secret"}
_MAX_LABEL, _MAX_NAME = 63, 253
_HASH = 8
_ROUTE_NAME = re.compile(r"\b([a-z]+route)/([a-z0-9-]+)/([a-z0-9.-]+)/")
_SERVICE = ("provider", "kubernetes", "envoyService")


class StagingOutput:
    """The resources of the tests, and what had to be left out."""

    def __init__(self, resources: Sequence[Resource], names: StagingNames) -> None:
        self._names, self._settings = names, staging_settings()
        self.left_out: list[str] = []
        """Sentences about routes and listeners that are not part of the tests."""
        taken = [one for one in resources if self._belongs(one)]
        self._renamed = {(one.kind, one.namespace, one.name): self._suffixed(one) for one in taken}
        self._routes = {(kind.lower(), *place): name for (kind, *place), name in self._renamed.items()}
        self.resources = [made for one in taken if (made := self._made(one)) is not None]

    def _belongs(self, one: Resource) -> bool:
        if one.kind in _KEPT or one.kind in _LEFT_OUT:
            return False
        spec = one.body.get("spec") or {}
        if one.kind == "ReferenceGrant":
            return not _for_listeners(spec)
        targets = spec.get("targetRefs") or ()
        return not (targets and all(target.get("kind") == "Service" for target in targets))

    def _suffixed(self, one: Resource) -> str:
        suffix: str = self._settings["suffix"]
        most = _MAX_LABEL if one.kind == "Gateway" else _MAX_NAME
        if len(one.name) + len(suffix) <= most:
            return f"{one.name}{suffix}"
        digest = hashlib.sha256(one.name.encode()).hexdigest()[:_HASH]
        return f"{one.name[: most - len(suffix) - _HASH - 1].rstrip('-.')}-{digest}{suffix}"

    def _made(self, one: Resource) -> Resource | None:
        """The resource under its own name; None where it would match names of clients."""
        one.body = self._with_names(one.body, one.namespace, "")
        one.name = one.body["metadata"]["name"] = self._renamed[one.kind, one.namespace, one.name]
        self._hide(one)
        if one.kind == "Gateway" or one.kind.endswith("ListenerSet"):
            self._own_certificate(one)
        elif one.kind == "EnvoyProxy":
            self._own_address(one)
        elif "hostnames" in (one.body.get("spec") or {}) and not self._hosts(one):
            return None
        return one

    def _with_names(self, node: Any, namespace: str, key: str) -> Any:
        """A copy in which references lead to the resources of the tests."""
        if isinstance(node, dict):
            out = {name: self._with_names(value, namespace, name) for name, value in node.items()}
            kind = node.get("kind") or _PARENTS.get(key, "")
            known = self._renamed.get((kind, node.get("namespace") or namespace, str(node.get("name"))))
            if known is not None and key != "metadata":
                out["name"] = known
            return out
        if isinstance(node, list):
            return [self._with_names(one, namespace, key) for one in node]
        return _ROUTE_NAME.sub(self._route_name, node) if isinstance(node, str) and key == "matches" else node

    def _route_name(self, found: re.Match[str]) -> str:
        """The name of a route in an expression, as the implementation writes it."""
        kind, namespace, name = found.groups()
        return f"{kind}/{namespace}/{self._routes.get((kind, namespace, name), name)}/"

    def _hide(self, one: Resource) -> None:
        """Nobody publishes the names of the tests, and least of all those of clients."""
        metadata, prefixes = one.body["metadata"], tuple(self._settings["publishing"])
        former = metadata.pop("annotations", None) or {}
        notes = {key: value for key, value in former.items() if not key.startswith(prefixes)}
        if one.kind.endswith("Route"):
            notes |= self._settings["ignored"]
        if notes:
            metadata["annotations"] = notes

    def _hosts(self, route: Resource) -> bool:
        """Keep the hostnames under the domain of the tests. A route without any would match every name."""
        spec = route.body["spec"]
        foreign = [host for host in spec["hostnames"] if not self._names.inside(host)]
        spec["hostnames"] = [host for host in spec["hostnames"] if self._names.inside(host)]
        if foreign:
            self.left_out.append(f"{route.kind} {route.namespace}/{route.name}: {', '.join(foreign)}")
        return bool(spec["hostnames"])

    def _own_certificate(self, gateway: Resource) -> None:
        """One certificate for all listeners, and no listener for names of clients."""
        spec = gateway.body["spec"]
        spec.pop("addresses", None)
        kept = []
        for listener in spec.get("listeners") or ():
            host = listener.get("hostname")
            if host and not self._names.inside(host):
                self.left_out.append(f"listener {listener['name']} of {gateway.namespace}/{gateway.name}: {host}")
                continue
            if (listener.get("tls") or {}).get("certificateRefs"):
                listener["tls"]["certificateRefs"] = [{"kind": "Secret", "name": self._settings["secret"]}]
            kept.append(listener)
        spec["listeners"] = kept

    def _own_address(self, proxy: Resource) -> None:
        """No address, name, node or port that the first Gateway has; what closes it to the world stays."""
        kubernetes = (proxy.body["spec"].get("provider") or {}).get("kubernetes")
        if not isinstance(kubernetes, dict):
            return
        on_nodes = any(key in ("hostNetwork", "hostPort", "nodePort") for key in _keys(kubernetes))
        service = kubernetes.setdefault("envoyService", {})
        for key in ("loadBalancerIP", "externalIPs", "patch", "name"):
            service.pop(key, None)
        pinned = tuple(self._settings["pinned"])
        notes = {key: value for key, value in (service.get("annotations") or {}).items() if not key.endswith(pinned)}
        service.pop("annotations", None)
        if notes:
            service["annotations"] = notes
        if on_nodes:
            for key in ("envoyDaemonSet", "envoyDeployment", "useListenerPortAsContainerPort"):
                kubernetes.pop(key, None)
            service["type"] = "ClusterIP"
        if not service:
            del kubernetes["envoyService"]


def _for_listeners(spec: Body) -> bool:
    """A grant by which listeners read certificates; those of the tests are their own."""
    kinds = {one.get("kind") for one in spec.get("to") or ()}
    return kinds == {"Secret"} and all(one.get("kind") in ("Gateway", "ListenerSet") for one in spec.get("from") or ())


def _keys(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        for key, value in node.items():
            yield key
            yield from _keys(value)
    elif isinstance(node, list):
        for one in node:
            yield from _keys(one)
