"""URLs of services beside the backends of a rule: who decides about requests, who gets copies of them."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from converter.routing.exchange import DEFAULT_PORTS
from converter.targets.context import Grant
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.naming import slug

_INSIDE = ".svc.cluster.local"


class ServiceUrl(NamedTuple):
    """Where the service is."""

    host: str
    port: int
    secure: bool
    path: str
    service: tuple[str, str] | None
    """Namespace and name, where it is a Service of the cluster."""


def place_of(url: str, service: str = "") -> ServiceUrl | None:
    """Host, port and path of an absolute URL; None where variables or another scheme are in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 80)
    except ValueError:
        return None
    host = (parts.hostname or "").rstrip(".")
    if "$" in url or parts.scheme not in ("http", "https") or not host or "@" in parts.netloc:
        return None
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    named: tuple[str, str] | None = None
    if service:
        namespace, _, rest = service.partition("/")
        named = namespace, rest.partition(":")[0]
        host = f"{named[1]}.{namespace}{_INSIDE}"
    elif host.endswith(_INSIDE) and host.count(".") == _INSIDE.count(".") + 1:
        name, namespace = host.removesuffix(_INSIDE).split(".")
        named = namespace, name
    return ServiceUrl(host, port, parts.scheme == "https", path, named)


def reference(draft: RuleDraft, place: ServiceUrl, kind: str, *, check: bool) -> dict[str, Any] | None:
    """The Service itself, or a Backend for TLS and for hosts elsewhere; None where neither can be named.

    `kind`: of the object that refers to it. `check`: certificates of hosts outside the cluster are checked by the usual
    CAs; those inside never are.
    """
    context, host = draft.context, place.host
    if place.service is not None:
        namespace, name = place.service
        known = context.inventory.service(namespace, name)
        if known is not None and known.type == "ExternalName":
            if not known.external_name:
                return None
            host = known.external_name.rstrip(".")
        elif known is not None and all(port.port != place.port for port in known.ports):
            return None
        elif not place.secure:
            ref: dict[str, Any] = {"name": name, "port": place.port}
            if namespace != draft.namespace:
                ref = {"name": name, "namespace": namespace, "port": place.port}
                context.output.grants[Grant(kind, draft.namespace, "Service", namespace, name)] = None
            return ref
    return _backend(draft, place, host, check) if context.capabilities.backend_objects else None


def _backend(draft: RuleDraft, place: ServiceUrl, host: str, check: bool) -> dict[str, Any] | None:
    try:
        address = ip_address(host.strip("[]"))
        if address.is_loopback or place.secure:
            return None
        endpoint: dict[str, Any] = {"ip": {"address": str(address), "port": place.port}}
    except ValueError:
        if "." not in host:
            return None
        endpoint = {"fqdn": {"hostname": host.lower(), "port": place.port}}
    spec: dict[str, Any] = {"endpoints": [endpoint]}
    if place.secure:
        usual = check and place.service is None
        spec["tls"] = {"wellKnownCACertificates": "System"} if usual else {"insecureSkipVerify": True}
    context = draft.context
    name = context.output.names.claim("Backend", draft.namespace, f"{slug(host)}-{place.port}", repr(spec))
    if context.output.objects.get("Backend", draft.namespace, name) is None:
        context.output.objects.add("Backend", draft.namespace, name, spec)
    return {"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name}
