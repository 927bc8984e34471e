"""backendRefs of a route: what they lead to, and which of them Envoy Gateway refuses.

envoy-gateway: internal/gatewayapi/validate.go validateBackendRef, route.go processDestination, backend.go.
"""

from __future__ import annotations

import ipaddress
from typing import Any

from converter.reading.manifests import mapping, mappings
from converter.routing.actions import Backend
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.resources import ENVOY_GROUP, Body, Manifest, Store, number, sequence, text
from converter.targets.semantics import Semantics

INVALID = 500
HTTP2 = {"kubernetes.io/h2c": "H2C", "gateway.envoyproxy.io/h2c": "H2C", "grpc": "GRPC"}


class Backends:
    """Resolves references. A Service that is not among the documents is taken to exist; a Backend is not."""

    def __init__(self, store: Store, grants: Grants, semantics: Semantics) -> None:
        self._store, self._grants, self._semantics = store, grants, semantics
        self._tls = _tls_targets(store)
        self._known: dict[tuple[Any, ...], Backend] = {}
        self._has_services = bool(store.of("Service"))

    def of(self, refs: list[Body], route: Manifest) -> tuple[Backend, ...]:
        """The backends of a rule with their weights."""
        if len(refs) == 1:
            return (self.one(refs[0], route),)
        return tuple(self.one(ref, route) for ref in refs)

    def one(self, ref: Body, route: Manifest) -> Backend:
        """One reference; `failure` is 500 where it is refused."""
        key = (
            route.kind,
            route.namespace,
            ref.get("group"),
            ref.get("kind"),
            ref.get("namespace"),
            ref.get("name"),
            ref.get("port"),
            ref.get("weight"),
        )
        try:
            found = self._known.get(key)
        except TypeError:  # a list or mapping where a name should stand
            return self._resolve(ref, route)
        if found is None:
            found = self._known[key] = self._resolve(ref, route)
        return found

    def _resolve(self, ref: Body, route: Manifest) -> Backend:
        kind, group = text(ref.get("kind")) or "Service", text(ref.get("group"))
        namespace, name = text(ref.get("namespace")) or route.namespace, text(ref.get("name"))
        port = ref.get("port")
        port = number(port) if port is not None else None
        weight = number(ref.get("weight"), 1)
        if not self._grants.permit((route.group, route.kind, route.namespace), (kind, namespace, name)):
            return Backend(namespace, name, port, port, weight, failure=INVALID)
        if kind == "Backend" and group == ENVOY_GROUP and self._semantics.extensions:
            return self._backend(namespace, name, weight, route)
        if kind not in ("Service", "ServiceImport"):
            return Backend(namespace, name, port, port, weight, failure=INVALID)
        protocol, failure = "GRPC" if route.kind == "GRPCRoute" else "HTTP", 0 if port is not None else INVALID
        service = self._store.get("Service", namespace, name) if self._has_services else None
        port_name = ""
        if service is not None and not failure:
            found = _service_port(service, port, "UDP" if route.kind == "UDPRoute" else "TCP")
            if found is None or (service.spec.get("type") == "ExternalName" and not self._semantics.external_names):
                failure = INVALID
            else:
                port_name = text(found.get("name"))
                protocol = HTTP2.get(text(found.get("appProtocol")), protocol) if protocol == "HTTP" else protocol
        if self._tls and self._speaks_tls("Service", namespace, name, port_name):
            protocol = {"HTTP": "HTTPS", "GRPC": "GRPCS"}.get(protocol, protocol)
        return Backend(namespace, name, port, port, weight, protocol, failure)

    def _speaks_tls(self, kind: str, namespace: str, name: str, section: str) -> bool:
        sections = self._tls.get((kind, namespace, name))
        return sections is not None and ("" in sections or section in sections)

    def _backend(self, namespace: str, name: str, weight: int, route: Manifest) -> Backend:
        found = self._store.get("Backend", namespace, name)
        if found is None or not _acceptable(found):
            return Backend(namespace, name, None, None, weight, failure=INVALID, kind="Backend")
        tls = found.spec.get("tls") is not None or self._speaks_tls("Backend", namespace, name, "")
        protocol = next((HTTP2[one] for one in sequence(found.spec.get("appProtocols")) if one in HTTP2), "HTTP")
        if route.kind == "GRPCRoute":
            protocol = "GRPC"
        if tls:
            protocol = {"HTTP": "HTTPS", "GRPC": "GRPCS", "H2C": "GRPCS"}[protocol]
        endpoint = next(iter(mappings(found.spec.get("endpoints"))), {})
        fqdn, address = mapping(endpoint.get("fqdn")), mapping(endpoint.get("ip"))
        if fqdn:
            port = number(fqdn.get("port"))
            return Backend(
                namespace,
                name,
                None,
                None,
                weight,
                protocol,
                external=text(fqdn.get("hostname")),
                external_port=port,
                kind="Backend",
            )
        port = number(address.get("port"))
        return Backend(namespace, name, port, port, weight, protocol, kind="Backend")


def _service_port(service: Manifest, port: int | None, protocol: str) -> Body | None:
    return next(
        (
            one
            for one in mappings(service.spec.get("ports"))
            if number(one.get("port")) == port and (one.get("protocol") or "TCP") == protocol
        ),
        None,
    )


def _tls_targets(store: Store) -> dict[tuple[str, str, str], set[str]]:
    """What BackendTLSPolicies speak of: sections by target, "" for all of its ports."""
    found: dict[tuple[str, str, str], set[str]] = {}
    for policy in store.of("BackendTLSPolicy"):
        for target in mappings(policy.spec.get("targetRefs")):
            key = (text(target.get("kind")), policy.namespace, text(target.get("name")))
            found.setdefault(key, set()).add(text(target.get("sectionName")))
    return found


def _acceptable(backend: Manifest) -> bool:
    """Host names of two labels or more, addresses that are not loopback, no sockets, and a CA where TLS is checked."""
    tls = backend.spec.get("tls")
    if (
        isinstance(tls, dict)
        and not tls.get("insecureSkipVerify")
        and not (tls.get("caCertificateRefs") or tls.get("wellKnownCACertificates"))
    ):
        return False
    return all(_reachable(one) for one in mappings(backend.spec.get("endpoints")))


def _reachable(endpoint: Body) -> bool:
    fqdn, address = mapping(endpoint.get("fqdn")), mapping(endpoint.get("ip"))
    if endpoint.get("unix"):
        return False
    try:
        if address:
            return not ipaddress.ip_address(text(address.get("address"))).is_loopback
        ipaddress.ip_address(text(fqdn.get("hostname")))
    except ValueError:
        return not address and "." in text(fqdn.get("hostname")).rstrip(".")
    return not fqdn
