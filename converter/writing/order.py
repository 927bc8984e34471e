"""The order in which resources are written: the Gateway before its routes, a route before what hangs on it."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Resource
from converter.writing.layout import is_shared

_KINDS = (
    "GatewayClass", "EnvoyProxy", "Gateway", "ListenerSet", "ClientTrafficPolicy", "HTTPRoute", "GRPCRoute", "TLSRoute",
    "TCPRoute", "UDPRoute", "HTTPRouteFilter", "Backend", "BackendTLSPolicy", "SecurityPolicy", "BackendTrafficPolicy",
)
_RANKS = {kind: rank for rank, kind in enumerate(_KINDS)}


def ordered(resources: Iterable[Resource]) -> list[Resource]:
    """The platform's objects, then those of each input object together, in input order; by kind within."""
    owners: dict[object, int] = {}

    def rank(one: Resource) -> tuple[int, int]:
        if is_shared(one):
            return -1, _RANKS.get(one.kind, len(_KINDS))
        owner = (one.namespace, one.sources[0] if one.sources else one.ref)
        return owners.setdefault(owner, len(owners)), _RANKS.get(one.kind, len(_KINDS))

    return sorted(resources, key=rank)
