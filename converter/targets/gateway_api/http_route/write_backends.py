"""Backends of a rule as backendRefs, with the objects that they need beside them."""

from __future__ import annotations

import ipaddress
from typing import Any

from converter.model import Aspects, Outcome
from converter.routing.actions import Backend
from converter.targets.context import Context, Grant
from converter.targets.naming import slug

NO_BACKEND: Aspects = frozenset({"status", "backends", "body", "response-headers"})
"""What differs where a rule has no backend and responds with 500."""

ENABLE_BACKEND = "Envoy Gateway needs extensionApis.enableBackend for the kind Backend"
HIGHEST_WEIGHT = 1_000_000


def backend_refs(
    backends: tuple[Backend, ...],
    namespace: str,
    context: Context,
    tls: dict[str, Any] | None = None,
    route_kind: str = "HTTPRoute",
) -> tuple[list[dict[str, Any]], list[Outcome]]:
    """The references of a route in this namespace, and what cannot be as it was.

    `tls` is what Backend.spec.tls should hold.
    """
    refs: list[dict[str, Any]] = []
    outcomes: list[Outcome] = []
    for backend in backends:
        ref, outcome = _ref(backend, namespace, context, tls, route_kind)
        if outcome is not None:
            outcomes.append(outcome)
        if ref is None:
            continue
        if len(backends) > 1 or backend.weight != 1:
            ref["weight"] = min(backend.weight, HIGHEST_WEIGHT)
        refs.append(ref)
    if len(refs) == 1 and refs[0].get("weight"):
        del refs[0]["weight"]
    return refs, outcomes


def _ref(
    backend: Backend, namespace: str, context: Context, tls: dict[str, Any] | None, route_kind: str
) -> tuple[dict[str, Any] | None, Outcome | None]:
    external, refused = _external_name(backend, context) if backend.kind == "Service" else (backend.external, None)
    refused = _unreferable(backend) or refused
    if refused is not None:
        return None, refused
    if external or (backend.protocol in ("HTTPS", "GRPCS")):
        return _own_backend(backend, external, namespace, context, tls)
    ref: dict[str, Any] = {"name": backend.name, "port": backend.number}
    if backend.namespace != namespace:
        ref = {"name": backend.name, "namespace": backend.namespace, "port": backend.number}
        context.output.grants[Grant(route_kind, namespace, "Service", backend.namespace, backend.name)] = None
    outcome = _missing(backend, context)
    if outcome is None and not (route_kind == "GRPCRoute" and backend.protocol == "GRPC"):
        outcome = _protocol(backend, context)
    return ref, outcome


def _unreferable(backend: Backend) -> Outcome | None:
    """A backend that no reference can name."""
    if backend.kind == "TargetGroup":
        return Outcome.manual(
            "backend.target-group",
            f"the target group {backend.name} has no Service; the rule has no backend",
            "name its addresses in a Backend of Envoy Gateway and refer to it",
            affects=NO_BACKEND,
        )
    if backend.number is None and not backend.external_port:
        return Outcome.manual(
            "backend.port-unresolved",
            f"the number of port {backend.port!r} of Service {backend.namespace}/{backend.name} is not known, so "
            "the rule has no backend and returns 500",
            "add the Service to the input, or give --service-ports FILE",
            affects=NO_BACKEND,
        )
    return None


def _external_name(backend: Backend, context: Context) -> tuple[str, Outcome | None]:
    """The name outside the cluster that the Service stands for; "" for other Services."""
    service = context.inventory.service(backend.namespace, backend.name)
    if service is None or backend.external or service.type != "ExternalName":
        return backend.external, None
    external = service.external_name
    if backend.failure and external:
        return external, Outcome.approximate(
            "backend.external-refused",
            f"the controller uses no Service of type ExternalName and returns {backend.failure}; the rule "
            "has no backend and returns 500",
            "remove the path, or give it a Service that may be used",
            affects={"status", "body", "response-headers"},
        )
    if not external:
        return "", Outcome.manual(
            "backend.external-name",
            f"Service {backend.key} is an ExternalName without a name",
            "give it an externalName",
            affects=NO_BACKEND,
        )
    return external, None


def _missing(backend: Backend, context: Context) -> Outcome | None:
    """A Service that the input lacks: 500 from Envoy Gateway for an unresolved reference (reference target.md b3)."""
    if not backend.failure:
        return None
    service = context.inventory.service(backend.namespace, backend.name)
    status = 503 if service is not None and service.find(backend.port) else 500
    if status == backend.failure:
        return Outcome.approximate(
            "backend.empty",
            f"{backend.key} has no endpoints in the input; requests get {status} until it has one",
            affects={"status", "backends"},
        )
    return Outcome.approximate(
        "backend.missing",
        f"{backend.key} has no endpoints: the controller returns {backend.failure}, Envoy Gateway {status}",
        "create the Service, or remove the path",
        affects={"status", "backends", "body", "response-headers"},
    )


def _protocol(backend: Backend, context: Context) -> Outcome | None:
    if backend.protocol not in ("GRPC", "H2C", "FCGI"):
        return None
    if backend.protocol == "FCGI":
        return Outcome.unsupported(
            "backend.fastcgi",
            "Envoy does not speak FastCGI",
            "put a web server in front of the application",
        )
    service = context.inventory.service(backend.namespace, backend.name)
    port = service.find(backend.port) if service else None
    if port is not None and port.app_protocol in ("kubernetes.io/h2c", "grpc"):
        return None
    name = f"Service {backend.namespace}/{backend.name}"
    gap = f"{name} is not in the input" if service is None else f"port {backend.number} of {name} has none"
    return Outcome.manual(
        "backend.app-protocol",
        f"the backend speaks HTTP/2 without TLS; a Gateway learns that from appProtocol of the Service port, and {gap}",
        f"set appProtocol: kubernetes.io/h2c on port {backend.number} of {name}",
    )


def _own_backend(
    backend: Backend, external: str, namespace: str, context: Context, tls: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, Outcome | None]:
    if not context.capabilities.backend_objects:
        words = f"the backend {backend.key} is " + ("a name outside the cluster" if external else "reached over TLS")
        return None if external else {"name": backend.name, "port": backend.number}, Outcome.manual(
            "backend.needs-envoy-gateway",
            f"{words}, which plain Gateway API cannot express",
            "use --to envoy-gateway, or a BackendTLSPolicy with the backend's CA",
        )
    secure = backend.protocol in ("HTTPS", "GRPCS")
    host = external or f"{backend.name}.{backend.namespace}.svc.cluster.local"
    endpoint = _endpoint(host.rstrip("."), backend.external_port or backend.number)
    if endpoint is None:
        return None, Outcome.manual(
            "backend.external-name",
            f"Envoy Gateway takes neither a name of one label nor a loopback address ({host}); the rule has no backend",
            "use the full name of the host",
            affects=NO_BACKEND,
        )
    spec: dict[str, Any] = {"endpoints": [endpoint]}
    if backend.protocol in ("GRPC", "GRPCS", "H2C"):
        spec["appProtocols"] = ["gateway.envoyproxy.io/h2c"]
    if secure:
        spec["tls"] = dict(tls) if tls else {"insecureSkipVerify": True}
    ref = _backend_object(backend, namespace, spec, context)
    if backend.failure:
        return ref, Outcome.approximate(
            "backend.missing",
            f"the controller cannot reach {host} and returns {backend.failure}; Envoy tries it at each request",
            ENABLE_BACKEND,
            affects={"status", "backends", "body", "response-headers"},
        )
    if secure and not tls:
        return ref, _unverified(ref["name"], host, namespace)
    return ref, Outcome.approximate("backend.own-object", _why(external), ENABLE_BACKEND, affects=())


def _unverified(name: str, host: str, namespace: str) -> Outcome:
    """As before, and not as the platforms advise: whoever reads it has to accept the risk or to end it."""
    return Outcome.approximate(
        "backend.tls-unverified",
        f"accepted risk: TLS to {host} is not verified (insecureSkipVerify), as before; the Backend that says so is "
        "balanced by the Service's address",
        f"to verify it, put the backend's CA into a Secret (key ca.crt) of namespace {namespace} and write in Backend "
        f"{namespace}/{name}: tls: {{sni: {host}, caCertificateRefs: [{{group: '', kind: Secret, name: CA}}]}}; "
        f"{ENABLE_BACKEND}",
        affects=(),
    )


def _backend_object(backend: Backend, namespace: str, spec: dict[str, Any], context: Context) -> dict[str, Any]:
    """The reference to a Backend of this form, which is written once."""
    output, port = context.output, backend.external_port or backend.number
    name = output.names.claim("Backend", namespace, f"{backend.name}-{slug(str(port))}", repr(spec))
    if output.objects.get("Backend", namespace, name) is None:
        output.objects.add("Backend", namespace, name, spec)
        output.backends[f"{namespace}/{name}"] = output.backends[f"{namespace}/{name}:{port}"] = backend.resolved
    return {"group": "gateway.envoyproxy.io", "kind": "Backend", "name": name}


def _endpoint(host: str, port: int | None) -> dict[str, Any] | None:
    """A name of two labels or more, or an address that is not loopback."""
    try:
        # what ends in a letter and has no colon is none, and finding that out takes long
        address = None if host[-1:].isalpha() and ":" not in host else ipaddress.ip_address(host)
    except ValueError:
        address = None
    if address is None:
        return {"fqdn": {"hostname": host.lower(), "port": port}} if "." in host else None
    return None if address.is_loopback else {"ip": {"address": str(address), "port": port}}


def _why(external: str) -> str:
    if external:
        return f"the Service is an ExternalName of {external}, so a Backend object names that host"
    return "TLS to the backend needs a Backend object, which sends to the address of the Service"
