"""The order in which resources are written: the Gateway before its routes, a route before what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Resource
from converter.writing.layout import is_shared

_KINDS = (
    "GatewayClass",
    "EnvoyProxy",
    "Gateway",
    "ListenerSet",
    "ClientTrafficPolicy",
    "HTTPRoute",
    "GRPCRoute",
    "TLSRoute",
    "TCPRoute",
    "UDPRoute",
    "HTTPRouteFilter",
    "Backend",
    "BackendTLSPolicy",
    "SecurityPolicy",
    "BackendTrafficPolicy",
)
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def ordered(resources: Iterable[Resource]) -> list[Resource]:
    """The platform's objects, then namespace by namespace those of each input object together; by kind within."""
    owners: dict[object, int] = {}

    def rank(one: Resource) -> tuple[bool, str, int, int]:
        kind = _RANKS.get(one.kind, len(_KINDS))
        if is_shared(one):
            return False, "", 0, kind
        owner = (one.namespace, one.sources[0] if one.sources and not one.common else one.ref)
        return True, one.namespace, owners.setdefault(owner, len(owners)), kind

    return sorted(resources, key=rank)
