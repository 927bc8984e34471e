"""Listeners of a Gateway, its own and those of ListenerSets: which of them work, and what each may serve.

envoy-gateway: internal/gatewayapi/validate.go (conflicts), internal/gatewayapi/listener.go (kinds by protocol).
"""

from __future__ import annotations

from collections import Counter

from converter.model.data import dataclass
from converter.reading.manifests import mapping, mappings
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.resources import CONTROLLER, GATEWAY_GROUP, Body, Manifest, Store, number, selects, text
from converter.targets.semantics import Semantics

KINDS = {
    "HTTP": ("HTTPRoute", "GRPCRoute"),
    "HTTPS": ("HTTPRoute", "GRPCRoute"),
    "TLS": ("TLSRoute", "TCPRoute"),
    "TCP": ("TCPRoute",),
    "UDP": ("UDPRoute",),
}
"""Route kinds by protocol; a TLS listener that passes connections through takes TLSRoutes alone."""


@dataclass(slots=True)
class Listener:
    """One listener with the Gateway that it belongs to and the object that lists it."""

    gateway: Manifest
    owner: Manifest
    """The Gateway itself or a ListenerSet."""
    spec: Body
    name: str
    port: int
    protocol: str
    hostname: str
    ready: bool = True
    conflicted: bool = False

    @property
    def passthrough(self) -> bool:
        """TLS that is not opened here."""
        return self.protocol == "TLS" and mapping(self.spec.get("tls")).get("mode") == "Passthrough"

    @property
    def family(self) -> str:
        """Protocols that may share a port."""
        return "TLS" if self.protocol in ("HTTPS", "TLS") else self.protocol

    def allows(self, route: Manifest, store: Store) -> bool:
        """Whether routes of this kind and namespace may attach."""
        allowed = mapping(self.spec.get("allowedRoutes"))
        kinds = [text(one.get("kind")) for one in mappings(allowed.get("kinds"))] or KINDS.get(self.protocol, ())
        if route.kind not in kinds or route.kind not in KINDS.get(self.protocol, ()):
            return False
        return may_attach(mapping(allowed.get("namespaces")), self.owner.namespace, route.namespace, store)


def may_attach(rule: Body, own: str, other: str, store: Store, default: str = "Same") -> bool:
    """`from: Same | All | Selector | None` for objects of another namespace."""
    scope = rule.get("from") or default
    if scope == "Selector":
        space = store.get("Namespace", "", other)
        labels = dict(space.labels) if space else {}
        labels.setdefault("kubernetes.io/metadata.name", other)
        return selects(rule.get("selector"), labels)
    return scope == "All" or (scope == "Same" and own == other)


def listeners_of(gateway: Manifest, store: Store, grants: Grants) -> list[Listener]:
    """All listeners of a Gateway, those of its ListenerSets last; conflicts and missing certificates are marked."""
    found = [_listener(gateway, gateway, spec) for spec in mappings(gateway.spec.get("listeners"))]
    allowed = mapping(mapping(gateway.spec.get("allowedListeners")).get("namespaces"))
    for extra in (*store.of("ListenerSet"), *store.of("XListenerSet")):
        if _parent(extra) == (gateway.namespace, gateway.name) and may_attach(
            allowed, gateway.namespace, extra.namespace, store, "None"
        ):
            found += [_listener(gateway, extra, spec) for spec in mappings(extra.spec.get("listeners"))]
    for listener in found:
        listener.ready = listener.protocol in KINDS and _certificates_ready(listener, store, grants)
    _mark_conflicts(found)
    for listener in found:
        listener.ready = listener.ready and not listener.conflicted
    return found


def _parent(listener_set: Manifest) -> tuple[str, str]:
    ref = mapping(listener_set.spec.get("parentRef"))
    return text(ref.get("namespace")) or listener_set.namespace, text(ref.get("name"))


def _listener(gateway: Manifest, owner: Manifest, spec: Body) -> Listener:
    return Listener(
        gateway,
        owner,
        spec,
        text(spec.get("name")),
        number(spec.get("port")),
        text(spec.get("protocol")),
        text(spec.get("hostname")).lower(),
    )


def _certificates_ready(listener: Listener, store: Store, grants: Grants) -> bool:
    """A listener without one usable certificate is not programmed. Secrets that are not here are taken to exist."""
    tls = mapping(listener.spec.get("tls"))
    if listener.protocol not in ("HTTPS", "TLS") or listener.passthrough:
        return True
    refs = mappings(tls.get("certificateRefs"))
    if not refs:
        return bool(mapping(tls.get("options")))
    return any(_certificate_ready(ref, listener, store, grants) for ref in refs)


def _certificate_ready(ref: Body, listener: Listener, store: Store, grants: Grants) -> bool:
    namespace, name = text(ref.get("namespace")) or listener.owner.namespace, text(ref.get("name"))
    group = listener.owner.group if listener.owner.kind == "XListenerSet" else GATEWAY_GROUP
    referrer = (group, listener.owner.kind, listener.owner.namespace)
    if not grants.permit(referrer, ("Secret", namespace, name)):
        return False
    secret = store.get("Secret", namespace, name)
    return secret is None or secret.body.get("type") == "kubernetes.io/tls"


def _mark_conflicts(listeners: list[Listener]) -> None:
    ports: dict[int, list[Listener]] = {}
    for listener in listeners:
        if listener.protocol in KINDS:
            ports.setdefault(listener.port, []).append(listener)
    for group in ports.values():
        if len(group) > 1:
            _protocol_conflicts([one for one in group if one.protocol != "UDP"])
            _hostname_conflicts([one for one in group if one.protocol not in ("TCP", "UDP") and not one.conflicted])
            for protocol in ("TCP", "UDP"):
                for late in [one for one in group if one.protocol == protocol][1:]:
                    late.conflicted = True


def _protocol_conflicts(group: list[Listener]) -> None:
    if len({one.family for one in group}) < 2:
        return
    own = {one.family for one in group if one.owner is one.gateway}
    winner = next(iter(own)) if len(own) == 1 else "" if own else group[0].family
    for one in group:
        one.conflicted = one.family != winner


def _hostname_conflicts(group: list[Listener]) -> None:
    """Gateway listeners with one name lose all; one of a ListenerSet loses to the Gateway's and to an older one."""
    own = Counter(one.hostname for one in group if one.owner is one.gateway)
    taken = set(own)
    for one in group:
        if one.owner is one.gateway:
            one.conflicted = own[one.hostname] > 1
        elif one.hostname in taken:
            one.conflicted = True
        else:
            taken.add(one.hostname)


def ours(gateway: Manifest, store: Store, semantics: Semantics) -> bool:
    """Whether this Gateway is Envoy Gateway's; a class that is not here is taken to be."""
    known = store.get("GatewayClass", "", text(gateway.spec.get("gatewayClassName")))
    return not semantics.extensions or known is None or known.spec.get("controllerName") == CONTROLLER
