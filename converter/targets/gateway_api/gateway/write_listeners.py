"""Listeners of one Gateway: a host-less one for plain HTTP, one per host for TLS."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import Aspects, FieldRef, ObjectRef, Outcome
from converter.routing.host_names import wildcards_above
from converter.routing.table import Certificate, Port
from converter.targets.context import Context, Grant
from converter.targets.gateway_api.gateway.write_allowed_routes import allowed_routes
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.naming import fitted, slug

UNANSWERED: Aspects = frozenset({"connection", "backends", "location"})
"""What differs where nobody listens."""
LISTENED = Outcome.exact("tls.listener", "becomes the certificate of an HTTPS listener")
MAX_LISTENERS = 64
"""Listeners of a Gateway or a ListenerSet."""


class _Names(NamedTuple):
    """Certificates of a port by the host that they are for."""

    by_host: dict[str, Certificate]
    default: Certificate | None


class Listeners:
    """The listeners of the entry at work."""

    def __init__(self, gateway: ObjectRef, context: Context) -> None:
        self.gateway, self.context = gateway, context
        self.by_key: dict[tuple[int, str], WrittenListener] = {}
        self._names: dict[int, _Names] = {}
        self._taken: set[str] = set()

    def find(self, port: Port, host: str) -> WrittenListener | None:
        """The listener for a host of a port, made where it is new; None where TLS would have no certificate."""
        if port.protocol == "HTTP":
            return self._listener(port, "", None)
        certificate = self._certificate(port, host)
        if certificate is None:
            return None
        known = self.by_key.get((port.number, host if certificate.hosts else ""))
        return known or self._listener(port, host if certificate.hosts else "", certificate)

    def passing(self, port: Port, host: str) -> WrittenListener:
        """The listener that passes connections for a host through; TLS and HTTPS listeners may share a port."""
        listener = self._listener(port, host, None)
        listener.name = listener.name.replace("https", "tls", 1)
        listener.protocol, listener.mode = "TLS", "Passthrough"
        return listener

    def stream(self, port: Port) -> WrittenListener:
        """The listener of a TCP or UDP port; the two may share a number."""
        key = (port.number, f"/{port.protocol}")
        listener = self.by_key.get(key)
        if listener is None:
            listener = WrittenListener(self._name(port, ""), port.number, port.protocol, "", holder=self.gateway)
            self.by_key[key] = listener
        return listener

    def _certificate(self, port: Port, host: str) -> Certificate | None:
        names = self._names.get(id(port))
        if names is None:
            by_host: dict[str, Certificate] = {}
            default = None
            for certificate in port.certificates:
                if not certificate.hosts and default is None:
                    default = certificate
                for name in certificate.hosts:
                    by_host.setdefault(name.lower(), certificate)
            names = self._names[id(port)] = _Names(by_host, default)
        found = names.by_host.get(host)
        if host and (found is None or not found.name):
            # one that is the controller's own is as good as none: the wildcard's listener would take the host
            for name in wildcards_above(host):
                found = names.by_host.get(name)
                if found is not None and found.name:
                    break
        if found is None or not found.name:
            found = names.default
        return found if found is not None and found.name else None

    def _listener(self, port: Port, host: str, certificate: Certificate | None) -> WrittenListener:
        key = (port.number, host)
        listener = self.by_key.get(key)
        if listener is None:
            listener = WrittenListener(self._name(port, host), port.number, port.protocol, host, holder=self.gateway)
            if certificate is not None:
                listener.certificates.append(certificate)
            self.by_key[key] = listener
        return listener

    def _name(self, port: Port, host: str) -> str:
        usual = {"HTTP": 80, "HTTPS": 443, "TLS": 443}.get(port.protocol)
        stem = port.protocol.lower() if port.number == usual else f"{port.protocol.lower()}-{port.number}"
        name = fitted(f"{stem}-{slug(host)}" if host else stem, 63)
        if name in self._taken:
            name = fitted(f"{name}-{port.number}", 63)
        count = 2
        while name in self._taken:
            name, count = fitted(f"{stem}-{slug(host)}-{count}", 63), count + 1
        self._taken.add(name)
        return name

    def place(self) -> None:
        """Decide which object each listener stands in: the Gateway, or ListenerSets where it would have too many."""
        listeners = list(self.by_key.values())
        if len(listeners) <= MAX_LISTENERS or self.context.options.gateway:
            return
        by_namespace: dict[str, list[WrittenListener]] = {}
        if all(listener.hostname and listener.certificates for listener in listeners):
            listeners = listeners[1:]  # a Gateway must have at least one itself
        for listener in listeners:
            if listener.hostname and listener.certificates:
                by_namespace.setdefault(self.secret(listener.certificates[0]).namespace, []).append(listener)
        for namespace, group in by_namespace.items():
            for start in range(0, len(group), MAX_LISTENERS):
                wanted = self.gateway.name + (f"-{start // MAX_LISTENERS + 1}" if len(group) > MAX_LISTENERS else "")
                name = self.context.output.names.claim("ListenerSet", namespace, wanted, f"{self.gateway}/{start}")
                for listener in group[start : start + MAX_LISTENERS]:
                    listener.holder = ObjectRef("ListenerSet", namespace, name)

    def secret(self, certificate: Certificate) -> ObjectRef:
        """The Secret of a certificate; one that only a cloud holds gets a name for the user to fill."""
        if certificate.kind == "Secret":
            return ObjectRef("Secret", certificate.namespace, certificate.name)
        host = certificate.hosts[0] if certificate.hosts else "default"
        return ObjectRef("Secret", certificate.namespace or self.gateway.namespace, f"{slug(host)}-tls")

    def bodies(self) -> dict[ObjectRef, list[dict[str, Any]]]:
        """The listeners as they are written, by the object that holds them."""
        out: dict[ObjectRef, list[dict[str, Any]]] = {}
        for listener in sorted(self.by_key.values(), key=lambda one: (one.port, one.hostname != "", one.hostname)):
            out.setdefault(listener.holder, []).append(self._body(listener))
        return out

    def _body(self, listener: WrittenListener) -> dict[str, Any]:
        body: dict[str, Any] = {"name": listener.name, "protocol": listener.protocol, "port": listener.port}
        if listener.hostname:
            body["hostname"] = listener.hostname
        if listener.mode:
            body["tls"] = {"mode": listener.mode}
        elif listener.protocol == "HTTPS":
            body["tls"] = {
                "mode": "Terminate",
                "certificateRefs": [self._ref(listener, one) for one in listener.certificates],
            }
        namespaces = allowed_routes(listener, self.context)
        if namespaces is not None:
            body["allowedRoutes"] = {"namespaces": namespaces}
        return body

    def _ref(self, listener: WrittenListener, certificate: Certificate) -> dict[str, Any]:
        secret, holder = self.secret(certificate), listener.holder
        ref: dict[str, Any] = {"kind": "Secret", "name": secret.name}
        if secret.namespace != holder.namespace:
            ref["namespace"] = secret.namespace
            self.context.output.grants[
                Grant(holder.kind, holder.namespace, "Secret", secret.namespace, secret.name)
            ] = None
        return ref

    def settle_certificates(self, ports: list[Port]) -> None:
        """What became of every certificate of the table."""
        used: dict[int, list[WrittenListener]] = {}
        for listener in self.by_key.values():
            for certificate in listener.certificates:
                used.setdefault(id(certificate), []).append(listener)
        for port in ports:
            for certificate in port.certificates:
                listeners = used.get(id(certificate), [])
                outcome = self._outcome(certificate, listeners)
                fields = _references(listeners) if certificate.name else ()
                elsewhere = listeners and port.number not in [one.port for one in listeners]
                for origin in certificate.origins:
                    self.context.ledger.settle(origin, outcome, "tls", False, fields)
                    if elsewhere:
                        self.context.ledger.settle(origin, _unanswered(port), "tls")

    def _outcome(self, certificate: Certificate, used: list[WrittenListener]) -> Outcome:
        if not certificate.name:
            return Outcome.approximate(
                "tls.no-certificate",
                "the controller answers https for hosts without a Secret with a certificate of its own; the Gateway "
                "has no listener for them",
                "name a Secret in spec.tls for every host that is to be reached by https",
                affects=UNANSWERED,
                when="https",
            )
        if not used:
            return Outcome.approximate(
                "tls.unused",
                "no rule answers for these host names, so no listener needs the certificate",
                affects=UNANSWERED,
                when="https",
            )
        if certificate.kind != "Secret":
            secret = self.secret(certificate)
            return Outcome.manual(
                "tls.certificate-in-cloud",
                f"the certificate {certificate.name} stays in the cloud; the listener refers to Secret "
                f"{secret.namespace}/{secret.name}",
                f"create that Secret with the certificate and key (kubectl create secret tls {secret.name} …)",
                affects=UNANSWERED,
                when="https",
            )
        return LISTENED


def _references(listeners: list[WrittenListener]) -> tuple[FieldRef, ...]:
    """Where listeners name their certificates."""
    return tuple(
        [
            FieldRef(
                one.holder.kind,
                one.holder.namespace,
                one.holder.name,
                f"spec.listeners[{one.name}].tls.certificateRefs",
            )
            for one in listeners
        ]
    )


def _unanswered(port: Port) -> Outcome:
    return Outcome.approximate(
        "tls.unused-port",
        f"no rule answers on port {port.number}, so the Gateway has no listener there; today it answers errors",
        affects={"connection"},
        when=f"port {port.number}",
    )
